"""What floats in the air of a world: points of light, dust or petals on ways of their own, all laid
over a frame by one product of matrices."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Kind:
    """How many there are in a square frame, their colour and size in picture heights, how they fall
    (below 0: rise) and stray, in heights a second, and how much they blink and hide."""

    count: int
    colour: tuple[float, float, float]
    size: float
    fall: float
    stray: float
    blink: float
    cover: float


KINDS: dict[str, Kind] = {
    "fireflies": Kind(46, (0.95, 1.0, 0.45), 0.007, -0.005, 0.05, 1.0, 1.4),
    "dust": Kind(80, (1.0, 0.95, 0.82), 0.004, 0.012, 0.03, 0.35, 0.55),
    "embers": Kind(60, (1.0, 0.5, 0.12), 0.004, -0.16, 0.04, 0.6, 1.3),
    "petals": Kind(44, (1.0, 0.72, 0.82), 0.009, 0.10, 0.06, 0.0, 1.0),
}


class Air:
    """The points of one kind in a frame; where each is follows from the time alone."""

    def __init__(self, kind: str, seed: int, aspect: float) -> None:
        rng = torch.Generator().manual_seed(seed ^ 0x51ED)
        self._kind = KINDS[kind]
        self._wide = aspect + 0.2  # room at both sides, so that none appears or is gone in sight
        count = round(self._kind.count * self._wide)
        self._dice = torch.rand(6, count, generator=rng, dtype=torch.float64)

    def lay(self, film: Tensor, seconds: float, shift: float) -> None:
        """Lays the points over a picture (1, 3, H, W), in place."""
        high, wide = film.shape[2:]
        x, y, near, light = self._points(seconds, shift)
        size = self._kind.size * (0.6 + near)
        rows = _bumps(y, size, high, high)
        across = _bumps(x, size, high, wide)
        cover = (rows.mT * (light * self._kind.cover)) @ across
        glow = cover.clamp_(0, 1)
        tint = torch.tensor(self._kind.colour)[:, None, None]
        film[0] += (tint - film[0]) * glow

    def _points(self, seconds: float, shift: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        kind, (x, y, near, pace, phase, turn) = self._kind, self._dice
        beat = 2 * math.pi * (phase + seconds * (0.15 + 0.25 * pace))
        x = x * self._wide + kind.stray * beat.sin() * 2 - shift * (0.4 + 0.8 * near)
        y = y * 1.2 + kind.fall * seconds * (0.6 + 0.8 * near) + kind.stray * (1.3 * beat).cos()
        x, y = torch.remainder(x, self._wide) - 0.1, torch.remainder(y, 1.2) - 0.1
        glint = 0.5 + 0.5 * (2 * math.pi * (turn + seconds * (0.3 + 0.5 * pace))).sin()
        light = 1 - kind.blink + kind.blink * glint**3
        return x.float(), y.float(), near.float(), light.float()


def _bumps(middle: Tensor, size: Tensor, high: int, count: int) -> Tensor:
    """Bells (K, count) about places in picture heights."""
    line = (torch.arange(count) + 0.5) / high
    return torch.exp(-0.5 * ((line - middle[:, None]) / size[:, None].clamp_min(0.5 / high)) ** 2)
