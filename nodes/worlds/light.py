"""The palette of each time of day and each scene, and the brush that all layers are painted
with."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from nodes.worlds.words import COLOURS, SCENES, Words

# time: sky top, sky at the horizon, light, haze; then sun, stars, clouds, fog in [0, 1]
TIME_TABLE: dict[str, tuple[str, str, str, str, tuple[float, float, float, float]]] = {
    "dawn": ("7a9fd0", "ffd2b8", "ffe3d0", "f3cfc6", (1.0, 0.0, 0.5, 0.25)),
    "day": ("2f7fd6", "b9defa", "ffffff", "c3dcf2", (0.7, 0.0, 0.7, 0.1)),
    "sunset": ("4a4a8c", "ff9a3c", "ffb980", "f0986a", (1.0, 0.0, 0.6, 0.2)),
    "dusk": ("2c2460", "c86fa0", "a58cc8", "8a6aa8", (0.3, 0.3, 0.5, 0.2)),
    "night": ("060a1e", "1d2f5c", "4a5c8e", "1f2c50", (1.0, 1.0, 0.25, 0.1)),
    "storm": ("3a424c", "8a949a", "8f989e", "78828a", (0.0, 0.0, 1.0, 0.3)),
    "fog": ("c3c9cc", "dfe2e2", "d8dadb", "d9dddd", (0.25, 0.0, 0.2, 0.9)),
    "aurora": ("04101c", "12404a", "4a7a78", "143640", (0.0, 1.0, 0.0, 0.1)),
}
# scene: far ground, near ground
SCENE_TABLE: dict[str, tuple[str, str]] = {
    "mountains": ("7486a0", "435a3a"),
    "desert": ("dcb07a", "c98642"),
    "sea": ("6f8e98", "d8c39a"),
    "forest": ("4f7a5c", "173a1c"),
    "city": ("8288a0", "343846"),
    "snow": ("cbdaee", "f1f6fc"),
    "meadow": ("7fa66a", "5a9a34"),
    "canyon": ("c48870", "a84a26"),
    "islands": ("5f8a78", "3f8436"),
    "abstract": ("888888", "444444"),
}


def rgb(text: str) -> tuple[float, float, float]:
    """Six hexadecimal digits as red, green, blue in [0, 1]."""
    red, green, blue = (int(text[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return red, green, blue


@dataclass(frozen=True, slots=True)
class Worlds:
    """A batch of worlds as tensors: indices (N,), colours (N, 3, 1, 1), amounts and places (N,
    1, 1)."""

    words: list[Words]
    scene: Tensor
    top: Tensor
    horizon_colour: Tensor
    light: Tensor
    haze: Tensor
    far: Tensor
    near: Tensor
    colour: Tensor
    second: Tensor
    sun: Tensor
    stars: Tensor
    clouds: Tensor
    fog: Tensor
    aurora: Tensor
    sun_u: Tensor
    sun_v: Tensor
    horizon: Tensor

    def __len__(self) -> int:
        return len(self.words)

    def is_scene(self, *names: str) -> Tensor:
        """Which worlds (N, 1, 1) are of one of these scenes, as 0.0 or 1.0."""
        order = list(SCENES)
        wanted = torch.tensor([order.index(name) for name in names])
        return torch.isin(self.scene, wanted).float()[:, None, None]


def make_worlds(words: list[Words], rng: Generator) -> Worlds:
    """Draws what the words leave open: the sun's place, the horizon, small shifts of every
    colour."""
    n = len(words)
    times = [TIME_TABLE[w.time] for w in words]
    grounds = [SCENE_TABLE[w.scene] for w in words]
    amounts = torch.tensor([t[4] for t in times])[:, :, None, None]
    low = torch.tensor([w.time in ("dawn", "sunset", "dusk") for w in words])[:, None, None]
    horizon = _between(n, 0.42, 0.62, rng)
    height = torch.where(low, _between(n, 0.02, 0.14, rng), _between(n, 0.2, 0.36, rng))
    return Worlds(
        words=words,
        scene=torch.tensor([list(SCENES).index(w.scene) for w in words]),
        top=_tint([rgb(t[0]) for t in times], rng, 0.05),
        horizon_colour=_tint([rgb(t[1]) for t in times], rng, 0.05),
        light=_tint([rgb(t[2]) for t in times], rng, 0.03),
        haze=_tint([rgb(t[3]) for t in times], rng, 0.03),
        far=_tint([rgb(g[0]) for g in grounds], rng, 0.05),
        near=_tint([rgb(g[1]) for g in grounds], rng, 0.05),
        colour=_tint([COLOURS[w.colour] for w in words], rng, 0.03),
        second=_tint([COLOURS[w.second] for w in words], rng, 0.03),
        sun=amounts[:, 0] * (torch.rand(n, 1, 1, generator=rng) < 0.75),
        stars=amounts[:, 1],
        clouds=amounts[:, 2] * (torch.rand(n, 1, 1, generator=rng) * 1.2).clamp_max(1),
        fog=amounts[:, 3],
        aurora=torch.tensor([w.time == "aurora" for w in words]).float()[:, None, None],
        sun_u=_between(n, 0.12, 0.88, rng),
        sun_v=horizon - height,
        horizon=horizon,
    )


def paint(picture: Tensor, colour: Tensor, amount: Tensor) -> Tensor:
    """Lays colour (N, 3, H, W or 1) over a picture (N, 3, H, W) by an amount (N, H, W)."""
    return torch.lerp(
        picture, colour.expand_as(picture), amount.clamp(0, 1)[:, None].expand_as(picture)
    )


def _tint(colours: list[tuple[float, float, float]], rng: Generator, spread: float) -> Tensor:
    base = torch.tensor(colours)[:, :, None, None]
    shift = spread * torch.randn(base.shape, generator=rng)
    return (base + shift).clamp(0.01, 0.99)


def _between(n: int, low: float, high: float, rng: Generator) -> Tensor:
    return low + (high - low) * torch.rand(n, 1, 1, generator=rng)
