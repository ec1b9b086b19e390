"""The parts of a moving world, painted once and wider than the frame: sky, clouds, ridges, a
thing; the camera then moves over them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nodes.worlds.land import _lit_ground, _snow_caps, clouds, ridge_lines, sky
from nodes.worlds.light import Worlds, paint
from nodes.worlds.noise import coordinates
from nodes.worlds.things import SHAPES, Canvas

RIDGES = 4
REACH = 1.4  # a thing's little picture reaches this far from its middle, in its radii


@dataclass(frozen=True, slots=True)
class Layers:
    """Painted parts of N worlds; RGBA with straight colours in [0, 1]."""

    sky: Tensor  # (N, 3, H, W)
    clouds: Tensor  # (N, 4, H, wide)
    ridges: Tensor  # (N, 4, RIDGES * H, wide): ridge 0, the farthest, on top
    thing: Tensor  # (N, 4, S, S); empty where the words name none


def paint_layers(
    worlds: Worlds,
    flying: Tensor,
    height: int,
    wide: int,
    rng: Generator,
    *,
    mended: bool = False,
) -> Layers:
    """Paints everything that the camera will pass; `flying` (N,) marks worlds whose ridges come
    nearer one after another and so are all alike; `mended` as for `sky`."""
    n = len(worlds)
    calm = replace(worlds, clouds=torch.zeros_like(worlds.clouds))
    above = sky(calm, height, height, rng, mended=mended)
    _, v = coordinates(n, height, wide)
    climb = (v / worlds.horizon).clamp(0, 1) ** 1.3

    def brush(picture: Tensor) -> Tensor:
        return clouds(picture, worlds, climb, rng, mended=mended)

    cover = _lifted(brush, n, height, wide, rng)
    ridges = [_ridge(worlds, i, flying, height, wide, rng) for i in range(RIDGES)]
    return Layers(soft(above), cover, torch.cat(ridges, 2), paint_things(worlds, height // 2))


def thickness(near: Tensor, fog: Tensor) -> Tensor:
    """How much of the haze lies before a ridge of this nearness (0 far, 1 near), in [0, 1]."""
    clear = 1 - near.clamp(0, 1)
    return (0.55 * clear**1.3 + 0.5 * fog * clear).clamp(0, 0.95)


def soft(picture: Tensor) -> Tensor:
    """A picture (N, 3, H, W) without its sharpest edge, as small frames need it."""
    return F.avg_pool2d(F.pad(picture, (1, 1, 1, 1), mode="replicate"), 3, 1)


def _lifted(
    brush: Callable[[Tensor], Tensor], n: int, height: int, wide: int, rng: Generator
) -> Tensor:
    """What a brush lays over any picture, as RGBA: found by painting over black and over white."""
    state = rng.get_state()
    black = brush(torch.zeros(n, 3, height, wide))
    rng.set_state(state)
    white = brush(torch.ones(n, 3, height, wide))
    cover = (1 - (white - black).mean(1, keepdim=True)).clamp(0, 1)
    return torch.cat([(black / cover.clamp_min(0.02)).clamp(0, 1), cover], 1)


def _ridge(
    worlds: Worlds, layer: int, flying: Tensor, height: int, wide: int, rng: Generator
) -> Tensor:
    """One ridge (N, 4, H, wide) without haze; the air between is added where it is seen."""
    n, near = len(worlds), layer / (RIDGES - 1)
    _, v = coordinates(n, height, wide)
    line, _ = ridge_lines(worlds, layer, wide, wide / height, rng)
    _, rise = ridge_lines(worlds, 1, wide, wide / height, rng)
    line = torch.where(flying[:, None, None], worlds.horizon - rise, line)
    under = v - line
    ground = torch.where(flying[:, None, None, None], 0.6, near)
    colour = _ground(worlds, line, under, near, ground, rng)
    colour = _snow_caps(colour, worlds, under, line, rng)
    colour = colour * (0.25 + 0.75 * worlds.light)
    colour = _lit_windows(colour, worlds, under, rng)
    there = torch.ones(n, 1, 1)
    if layer:
        there = 1 - worlds.is_scene("sea")
    cover = (under * height + 0.5).clamp(0, 1) * there
    return torch.cat([colour.clamp(0, 1), cover[:, None]], 1)


def _ground(
    worlds: Worlds, line: Tensor, under: Tensor, near: float, tone: Tensor, rng: Generator
) -> Tensor:
    plain = _lit_ground(worlds, line, under, near, rng)
    base = torch.lerp(worlds.far, worlds.near, 0.15 + 0.85 * near)
    wanted = torch.lerp(worlds.far, worlds.near, 0.15 + 0.85 * tone)
    return soft(plain * wanted / base)


def _lit_windows(colour: Tensor, worlds: Worlds, under: Tensor, rng: Generator) -> Tensor:
    """Windows large enough to be seen in small frames."""
    n, _, height, wide = colour.shape
    u, _ = coordinates(n, height, wide)
    rows, columns = 20, round(24 * wide / height)
    pick = torch.rand(n, 1, rows, columns, generator=rng)
    lit = F.interpolate((pick > 0.55).float(), size=(height, wide), mode="nearest")[:, 0]
    pane = ((u * 24) % 1 > 0.35) & ((under * 20) % 1 > 0.4) & (under > 0.02)
    dark = 1 - worlds.light.mean(1)
    glow = lit * pane * worlds.is_scene("city") * (0.1 + 1.1 * dark.clamp(0, 0.75))
    return paint(colour, torch.tensor([1.0, 0.85, 0.5])[None, :, None, None], glow)


def paint_things(worlds: Worlds, side: int) -> Tensor:
    """Each world's thing in its colour and light, in a little picture of its own."""
    n = len(worlds)
    out = torch.zeros(n, 4, side, side)
    place = (torch.arange(side) + 0.5) / side * 2 * REACH - REACH
    for name in SHAPES:
        rows = [i for i, w in enumerate(worlds.words) if w.thing == name]
        if rows:
            x = place.expand(len(rows), side, side)
            edge = torch.full((len(rows), 1, 1), side / (2 * REACH))
            canvas = Canvas(x, x.mT, worlds.colour[rows], edge)
            SHAPES[name](canvas)
            lit = canvas.colour * (0.45 + 0.55 * worlds.light[rows])
            out[rows] = torch.cat([lit.clamp(0, 1), canvas.cover[:, None]], 1)
    return out
