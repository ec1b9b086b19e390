"""Abstract pictures: dead leaves, overlapping soft and hard forms of all sizes, whose
statistics resemble photographs."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nodes.worlds.light import paint
from nodes.worlds.noise import coordinates, fbm


def dead_leaves(
    colour: Tensor, second: Tensor, height: int, width: int, rng: Generator, *, count: int = 22
) -> Tensor:
    """Pictures (N, 3, H, W) of overlapping forms in two named colours (N, 3, 1, 1) and their
    neighbours."""
    n = len(colour)
    u, v = coordinates(n, height, width)
    grain = fbm(n, height, width, rng, cells=(6, 6 * width / height), octaves=6, gain=0.7)
    ramp = torch.rand(n, 1, 1, generator=rng) * v + torch.rand(n, 1, 1, generator=rng) * u
    picture = paint(
        _near(colour, second, rng).expand(n, 3, height, width), _near(colour, second, rng), ramp
    )
    for i in range(count):
        reach = 0.5 * 0.9**i + 0.03
        picture = _form(picture, _near(colour, second, rng), u, v, grain, reach, rng)
    return _focus(picture.clamp(0, 1), rng)


def _form(
    picture: Tensor, tint: Tensor, u: Tensor, v: Tensor, grain: Tensor, reach: float, rng: Generator
) -> Tensor:
    n, _, height, width = picture.shape

    def draw(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(n, 1, 1, generator=rng)

    x, y = u - draw(-0.1, 1.1) * width / height, v - draw(-0.1, 1.1)
    turn = draw(0, 2 * torch.pi)
    a, b = x * turn.cos() + y * turn.sin(), y * turn.cos() - x * turn.sin()
    long, thin, power = reach * draw(0.5, 1.6), reach * draw(0.25, 1.0), 1.2 + 5 * draw(0, 1) ** 2
    size = ((a / long).abs() ** power + (b / thin).abs() ** power) ** (1 / power)
    size = size + 0.12 * draw(0, 1) * torch.roll(grain, int(97 * reach) + 3, 2)
    ball = (1 - size.clamp(0, 1) ** 2).sqrt()
    shade = 1 + draw(-0.3, 0.3) * (a / long) + draw(0, 0.5) * (ball - 0.5) + draw(0, 0.16) * grain
    stripes = torch.sin(a / reach * draw(6, 40)) * 0.25 * (draw(0, 1) > 0.8)
    soft = height * thin * torch.where(draw(0, 1) > 0.75, 0.1, 0.8)
    return paint(picture, tint * (shade + stripes)[:, None], ((1 - size) * soft + 0.5).clamp(0, 1))


def _near(colour: Tensor, second: Tensor, rng: Generator) -> Tensor:
    """One of the two colours, shifted; sometimes a neutral."""
    n = len(colour)
    pick = torch.rand(n, 1, 1, 1, generator=rng)
    neutral = torch.rand(n, 1, 1, 1, generator=rng).expand(n, 3, 1, 1)
    base = torch.where(pick < 0.42, colour, torch.where(pick < 0.8, second, neutral))
    shifted = base * (0.55 + 0.7 * torch.rand(n, 1, 1, 1, generator=rng))
    return (shifted + 0.07 * torch.randn(n, 3, 1, 1, generator=rng)).clamp(0.02, 0.98)


def _focus(picture: Tensor, rng: Generator) -> Tensor:
    """Blurs about a third of the pictures a little, as lenses do."""
    blurred = F.avg_pool2d(F.pad(picture, (2, 2, 2, 2), mode="reflect"), 5, 1)
    pick = torch.rand(len(picture), 1, 1, 1, generator=rng) < 0.3
    return torch.where(pick, blurred, picture)
