"""The objects of the worlds as signed shapes: each takes local coordinates and gives its
colours and its cover."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Generator, Tensor

from nodes.worlds.light import Worlds, paint
from nodes.worlds.noise import coordinates

if TYPE_CHECKING:
    from collections.abc import Callable

FLYING = ("balloon", "orb", "ring", "crystal", "star", "butterfly", "bird", "fish")
CARRIED = ("boat", "horse")  # on the ground, and yet the camera does not leave them behind
WARM = (0.98, 0.82, 0.32)
WOOD = (0.36, 0.22, 0.12)
PALE = (0.95, 0.93, 0.88)
LEAF = (0.22, 0.55, 0.2)


class Canvas:
    """A little picture that a thing paints itself on: colour (M, 3, H, W) and cover (M, H, W)."""

    def __init__(self, x: Tensor, y: Tensor, colour: Tensor, edge: Tensor) -> None:
        self.x, self.y, self.tint, self._edge = x, y, colour, edge
        self.colour = torch.zeros(len(x), 3, *x.shape[1:])
        self.cover = torch.zeros_like(x)

    def fill(
        self,
        inside: Tensor,
        colour: Tensor | tuple[float, float, float],
        shade: Tensor | float = 1.0,
    ) -> None:
        """Paints where `inside` (M, H, W), in object radii, is positive."""
        amount = (inside * self._edge + 0.5).clamp(0, 1)
        base = torch.tensor(colour)[None, :, None, None] if isinstance(colour, tuple) else colour
        lit = base * (shade[:, None] if isinstance(shade, Tensor) else shade)
        self.colour = paint(self.colour, lit.expand_as(self.colour).clamp(0, 1), amount)
        self.cover = torch.maximum(self.cover, amount)


def place_things(picture: Tensor, worlds: Worlds, rng: Generator) -> Tensor:
    """Puts each world's object on the ground or in the air, lit by the time of day."""
    out = picture.clone()
    for name in SHAPES:
        rows = [i for i, w in enumerate(worlds.words) if w.thing == name and w.scene != "abstract"]
        if rows:
            index = torch.tensor(rows)
            out[index] = _scatter(picture[index], worlds, index, name, rng)
    return out


def draw_thing(
    picture: Tensor,
    name: str,
    colour: Tensor,
    light: Tensor,
    *,
    at_u: Tensor,
    at_v: Tensor,
    size: Tensor,
) -> Tensor:
    """Draws one kind of thing into pictures (M, 3, H, W); places and sizes (M, 1, 1) in picture
    heights."""
    m, _, height, width = picture.shape
    u, v = coordinates(m, height, width)
    canvas = Canvas((u - at_u) / size, (v - at_v) / size, colour, size * height)
    SHAPES[name](canvas)
    return paint(picture, canvas.colour * (0.4 + 0.6 * light), canvas.cover)


def _scatter(picture: Tensor, worlds: Worlds, index: Tensor, name: str, rng: Generator) -> Tensor:
    m, _, height, width = picture.shape
    size = 0.13 + 0.13 * torch.rand(m, 1, 1, generator=rng)
    at_u = (0.25 + 0.5 * torch.rand(m, 1, 1, generator=rng)) * width / height
    ground = worlds.horizon[index] + 0.3 - 0.75 * size
    air = worlds.horizon[index] - 0.2 + 0.25 * torch.rand(m, 1, 1, generator=rng)
    at_v = air if name in FLYING else ground
    return draw_thing(
        picture, name, worlds.colour[index], worlds.light[index], at_u=at_u, at_v=at_v, size=size
    )


def _round(
    canvas: Canvas, radius: float = 1.0, x: float = 0.0, y: float = 0.0
) -> tuple[Tensor, Tensor]:
    """A disc and the shading of a ball lit from the upper left."""
    dx, dy = (canvas.x - x) / radius, (canvas.y - y) / radius
    r2 = dx**2 + dy**2
    z = (1 - r2).clamp_min(0).sqrt()
    shade = 0.35 + 0.75 * (0.75 * z - 0.4 * dx - 0.5 * dy).clamp_min(0)
    return (1 - r2.sqrt()) * radius, shade


def _box(canvas: Canvas, left: float, right: float, top: float, bottom: float) -> Tensor:
    across = torch.minimum(canvas.x - left, right - canvas.x)
    return torch.minimum(across, torch.minimum(canvas.y - top, bottom - canvas.y))


def _orb(canvas: Canvas) -> None:
    inside, shade = _round(canvas)
    canvas.fill(inside, canvas.tint, shade)
    spot, _ = _round(canvas, 0.16, -0.38, -0.42)
    canvas.fill(spot, (1.0, 1.0, 1.0))


def _ring(canvas: Canvas) -> None:
    r = (canvas.x**2 + canvas.y**2).sqrt()
    tube = (r - 0.78) / 0.24
    shade = 0.5 + 0.7 * (1 - tube**2).clamp_min(0).sqrt() - 0.25 * (canvas.x + canvas.y) / (r + 0.1)
    canvas.fill(0.24 - (r - 0.78).abs(), canvas.tint, shade)


def _flower(canvas: Canvas) -> None:
    canvas.fill(
        0.07 - (canvas.x + 0.1 * torch.sin(canvas.y * 2)).abs() - 9 * (-canvas.y).clamp_min(0), LEAF
    )
    leaf = 0.3 - ((canvas.x - 0.35) ** 2 + 5 * (canvas.y - 1.2 + 0.4 * canvas.x) ** 2).sqrt()
    canvas.fill(leaf, LEAF, 0.85)
    y = canvas.y + 0.2
    r, angle = (canvas.x**2 + y**2).sqrt(), torch.atan2(y, canvas.x)
    petals = 0.62 + 0.26 * torch.cos(7 * angle) - r
    canvas.fill(petals, canvas.tint, 0.7 + 0.5 * r)
    canvas.fill(0.24 - r, WARM, 1.1 - r)


def _tree(canvas: Canvas) -> None:
    canvas.fill(_box(canvas, -0.14, 0.14, -0.5, 1.1), WOOD)
    for x, y, radius in (
        (0, -0.55, 0.6),
        (-0.5, -0.2, 0.45),
        (0.5, -0.25, 0.47),
        (0.1, -0.05, 0.5),
    ):
        inside, shade = _round(canvas, radius, x, y)
        ragged = 0.05 * torch.sin(canvas.x * 23) * torch.sin(canvas.y * 19)
        canvas.fill(inside + ragged, canvas.tint, shade + 2 * ragged)


def _tower(canvas: Canvas) -> None:
    body = torch.minimum(
        0.26 + 0.06 * canvas.y - canvas.x.abs(), torch.minimum(canvas.y + 1, 1.1 - canvas.y)
    )
    side = 1 - 0.9 * (canvas.x + 0.25).clamp(0, 0.6)
    canvas.fill(body, canvas.tint, side)
    canvas.fill(torch.minimum(body, 0.09 - ((canvas.y * 2.2) % 1 - 0.5).abs() * 0.5), PALE, side)
    canvas.fill(
        torch.minimum(0.4 * (canvas.y + 1.6) - canvas.x.abs(), -0.95 - canvas.y),
        (0.3, 0.2, 0.24),
        side,
    )
    for y in (-0.6, 0.3):
        canvas.fill(_box(canvas, -0.07, 0.07, y - 0.12, y + 0.12), WARM)


def _balloon(canvas: Canvas) -> None:
    y = canvas.y + 0.25
    squeeze = 1 + 0.35 * y.clamp_min(0)
    r = ((canvas.x * squeeze) ** 2 + y**2).sqrt()
    gore = torch.sin(
        torch.asin((canvas.x * squeeze / (1 - y**2).clamp_min(0.05).sqrt()).clamp(-1, 1)) * 6
    )
    shade = 1.05 - 0.35 * canvas.x - 0.3 * r
    canvas.fill(0.8 - r, canvas.tint, shade)
    canvas.fill(torch.minimum(0.8 - r, gore * 0.2), PALE, shade)
    canvas.fill(_box(canvas, -0.16, 0.16, 0.85, 1.1), WOOD)
    lines = 0.025 - (canvas.x.abs() - 0.14 - 0.3 * (0.85 - canvas.y)).abs()
    canvas.fill(torch.minimum(lines, torch.minimum(canvas.y - 0.4, 0.85 - canvas.y)), WOOD)


def _boat(canvas: Canvas) -> None:
    hull = torch.minimum(
        0.95 - canvas.x.abs() - 0.7 * (canvas.y - 0.45),
        torch.minimum(canvas.y - 0.45, 0.9 - canvas.y),
    )
    canvas.fill(hull, canvas.tint, 1.2 - 0.6 * canvas.y)
    canvas.fill(_box(canvas, -0.03, 0.03, -1, 0.5), WOOD)
    for side, reach in ((1, 0.42), (-1, 0.3)):
        x = canvas.x * side
        sail = torch.minimum(
            reach * (canvas.y + 0.95) - x, torch.minimum(x - 0.06, 0.35 - canvas.y)
        )
        canvas.fill(sail, PALE, 1.0 - 0.15 * (side < 0))


def _crystal(canvas: Canvas) -> None:
    tall = torch.where(canvas.y < -0.35, (canvas.y + 0.8) * 1.6, (1.1 - canvas.y) * 0.52)
    facet = torch.floor((canvas.x / (tall.abs() + 0.05) + 1) * 2.5) % 3
    shade = 0.65 + 0.28 * facet + 0.2 * (canvas.y < -0.35)
    canvas.fill(torch.minimum(tall - canvas.x.abs(), canvas.y + 0.72), canvas.tint, shade)


def _house(canvas: Canvas) -> None:
    wall = _box(canvas, -0.75, 0.75, -0.1, 0.95)
    canvas.fill(wall, PALE, 0.95 - 0.2 * (canvas.x > 0.2))
    roof = torch.minimum(1.0 * (canvas.y + 0.9) + 0.1 - canvas.x.abs(), 0.0 - canvas.y)
    canvas.fill(roof, canvas.tint, 1 - 0.3 * (canvas.x > 0.1))
    canvas.fill(_box(canvas, -0.15, 0.17, 0.35, 0.95), WOOD)
    for x in (-0.5, 0.5):
        canvas.fill(_box(canvas, x - 0.14, x + 0.14, 0.2, 0.5), WARM)


def _mushroom(canvas: Canvas) -> None:
    canvas.fill(_box(canvas, -0.25, 0.25, 0.0, 0.95), PALE, 0.95 - 0.4 * canvas.x)
    dome = torch.minimum(
        0.95 - (canvas.x**2 + (1.25 * (canvas.y - 0.15)) ** 2).sqrt(), 0.2 - canvas.y
    )
    canvas.fill(dome, canvas.tint, 0.95 - 0.3 * canvas.x - 0.2 * canvas.y)
    for x, y, radius in (
        (-0.4, -0.2, 0.15),
        (0.15, -0.4, 0.17),
        (0.55, -0.05, 0.12),
        (-0.05, -0.02, 0.1),
    ):
        canvas.fill(_round(canvas, radius, x, y)[0], PALE)


def _pyramid(canvas: Canvas) -> None:
    inside = torch.minimum(0.72 * (canvas.y + 0.75) - canvas.x.abs(), 0.9 - canvas.y)
    split = canvas.x > 0.28 * (canvas.y + 0.75)
    courses = 0.05 * torch.sign(torch.sin(canvas.y * 30))
    canvas.fill(inside, canvas.tint, 1.05 - 0.45 * split + courses)


def _butterfly(canvas: Canvas) -> None:
    x = canvas.x.abs()
    for cx, cy, rx, ry in ((0.5, -0.35, 0.5, 0.42), (0.4, 0.35, 0.36, 0.36)):
        inside = 1 - (((x - cx) / rx) ** 2 + ((canvas.y - cy + 0.25 * (x - cx)) / ry) ** 2).sqrt()
        canvas.fill(inside * 0.4, (0.1, 0.08, 0.1))
        canvas.fill((inside - 0.16) * 0.4, canvas.tint, 0.75 + 0.5 * inside)
    canvas.fill(0.08 - (x**2 + (0.13 * canvas.y) ** 2).sqrt(), (0.12, 0.09, 0.08))


def _star(canvas: Canvas) -> None:
    r, angle = (canvas.x**2 + canvas.y**2).sqrt(), torch.atan2(canvas.x, -canvas.y)
    wedge = (angle * 5 / (2 * torch.pi)) % 1 - 0.5
    ray = 0.42 + 0.56 * (2 * wedge.abs())
    canvas.fill(ray - r, canvas.tint, 1.0 - 0.35 * torch.sign(wedge).clamp_min(0) + 0.15 * (1 - r))


SHAPES: dict[str, Callable[[Canvas], None]] = {
    "flower": _flower,
    "tree": _tree,
    "tower": _tower,
    "ring": _ring,
    "orb": _orb,
    "balloon": _balloon,
    "boat": _boat,
    "crystal": _crystal,
    "house": _house,
    "mushroom": _mushroom,
    "pyramid": _pyramid,
    "butterfly": _butterfly,
    "star": _star,
}
