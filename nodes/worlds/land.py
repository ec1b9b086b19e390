"""Sky, ridges, water and weather of the landscapes, painted from far to near over a whole batch
at once."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nodes.worlds.light import Worlds, paint
from nodes.worlds.noise import coordinates, fbm, profile, ridges, steps

LAYERS = 4


def sky(worlds: Worlds, height: int, width: int, rng: Generator, *, mended: bool = False) -> Tensor:
    """Gradient, stars, aurora, sun or moon with its glow, and clouds: (N, 3, H, W) in [0, 1].

    `mended` is without dark rays in the aurora and without a rim along the top of clouds, which the
    pictures have that the shipped models learnt from.
    """
    n = len(worlds)
    u, v = coordinates(n, height, width)
    climb = (v / worlds.horizon).clamp(0, 1) ** 1.3
    picture = paint(worlds.top.expand(n, 3, height, width), worlds.horizon_colour, climb)
    twinkle = torch.rand(n, height // 2, width // 2, generator=rng) ** 90
    twinkle = F.interpolate(twinkle[:, None], size=(height, width), mode="bilinear")[:, 0]
    picture = picture + (2.2 * twinkle * worlds.stars * (1 - 0.7 * climb))[:, None]
    picture = _aurora(picture, worlds, u, v, rng, mended=mended)
    return clouds(_sun(picture, worlds, u, v), worlds, climb, rng, mended=mended)


def _sun(picture: Tensor, worlds: Worlds, u: Tensor, v: Tensor) -> Tensor:
    distance = ((u - worlds.sun_u) ** 2 + (v - worlds.sun_v) ** 2).sqrt()
    warm = (worlds.light + 0.25).clamp(0, 1)
    picture = paint(picture, warm, worlds.sun * 0.55 * torch.exp(-distance * 5))
    moon = worlds.stars > 0.5
    radius = torch.where(moon, 0.05, 0.065)
    disc = ((radius - distance) * u.shape[1] * 0.5).clamp(0, 1) * worlds.sun
    return paint(picture, (warm + 0.35).clamp(0, 1), disc)


def _aurora(
    picture: Tensor, worlds: Worlds, u: Tensor, v: Tensor, rng: Generator, *, mended: bool
) -> Tensor:
    n, _height, width = u.shape
    colours = torch.tensor([[0.25, 1.0, 0.55], [0.6, 0.35, 0.95]])[:, None, :, None, None]
    for colour, base in zip(colours, (0.62, 0.5), strict=True):
        line = worlds.horizon * base + 0.1 * profile(n, width, rng, cells=2, octaves=3)[:, None]
        above = line - v
        rays = 0.6 + 0.4 * profile(n, width, rng, cells=24, octaves=3)[:, None]
        rays = rays.clamp_min(0.05) if mended else rays
        curtain = torch.exp(-above.clamp_min(0) * 7) * torch.sigmoid(above * 60) * rays
        picture = picture + colour * (0.75 * curtain * worlds.aurora)[:, None]
    return picture


def clouds(
    picture: Tensor, worlds: Worlds, climb: Tensor, rng: Generator, *, mended: bool = False
) -> Tensor:
    """Lays clouds over pictures (N, 3, H, W); `mended` as for `sky`."""
    n, height, width = climb.shape
    field = fbm(n, height, width, rng, cells=(5, 2.5 * width / height), octaves=5, gain=0.55)
    cover = torch.sigmoid((field - 1.1 + 1.3 * worlds.clouds) * 4) * worlds.clouds.sqrt()
    down = max(1, height // 32)
    shade = torch.roll(field, shifts=down, dims=1) - field
    if mended:
        shade[:, :down] = shade[:, down : 2 * down].flip(1)
    lit = 0.45 * worlds.haze + 0.55 * worlds.light
    colour = lit * (0.88 - 0.35 * shade.clamp(-0.6, 0.6))[:, None] + 0.06
    return paint(picture, colour.clamp(0, 1), 0.9 * cover * (1.15 - 0.55 * climb))


def ridge_lines(
    worlds: Worlds, layer: int, width: int, aspect: float, rng: Generator
) -> tuple[Tensor, Tensor]:
    """The upper edge (N, 1, W) of ridge `layer` (0 = far) and how jagged it is; edges are in
    picture heights."""
    n, near = len(worlds), layer / (LAYERS - 1)
    wide = aspect * (3.5 - 1.5 * near)
    smooth = profile(n, width, rng, cells=wide, octaves=3, gain=0.4)
    rough = profile(n, width, rng, cells=wide, octaves=6)
    peaks = ridges(n, width, rng, cells=wide * 1.6)
    plateau = _mesa(rough)
    houses = steps(n, width, rng, count=max(4, int(aspect * (26 - 12 * near)))) ** 1.6
    pines = rough * 0.35 + _pines(n, width, aspect * (34 - 18 * near), rng)
    dunes = 1 - 2.2 * profile(n, width, rng, cells=wide * 0.8, octaves=1).abs()
    bumps = (profile(n, width, rng, cells=wide * 0.9, octaves=5) - 0.35).clamp_min(-0.6)
    shapes = {
        "mountains": peaks * (0.20 - 0.12 * near),
        "desert": dunes * (0.05 + 0.02 * near),
        "sea": smooth * 0.004,
        "forest": pines * (0.06 + 0.05 * near),
        "city": houses * (0.30 - 0.08 * near),
        "snow": smooth * (0.06 - 0.02 * near),
        "meadow": smooth * (0.05 - 0.015 * near),
        "canyon": plateau * (0.11 - 0.04 * near),
        "islands": bumps * (0.13 if layer == 1 else 0.05),
        "abstract": smooth * 0.02,
    }
    table = torch.stack(list(shapes.values()), 1)  # (N, scenes, W), in the grammar's order
    rise = table[torch.arange(n), worlds.scene][:, None]
    return worlds.horizon + (0.0, 0.07, 0.16, 0.3)[layer] - rise, rise


def ridge(picture: Tensor, worlds: Worlds, layer: int, rng: Generator) -> Tensor:
    """Paints one ridge with light from the sun's side, texture, snow, windows and haze."""
    n, _, height, width = picture.shape
    u, v = coordinates(n, height, width)
    near = layer / (LAYERS - 1)
    line, _ = ridge_lines(worlds, layer, width, width / height, rng)
    under = v - line
    colour = _lit_ground(worlds, line, under, near, rng)
    colour = _snow_caps(colour, worlds, under, line, rng)
    colour = colour * (0.25 + 0.75 * worlds.light)
    colour = _windows(colour, worlds, u, under, rng)
    thick = (0.62 * (1 - near) ** 1.3 + 0.55 * worlds.fog * (1 - near)).clamp(0, 0.95)
    colour = paint(colour, worlds.haze, thick * (0.75 + 0.25 * (under * 6).clamp(0, 1)))
    there = 1 - worlds.is_scene("sea") if layer in (1, 2) else torch.ones(n, 1, 1)
    return paint(picture, colour.clamp(0, 1), (under * height + 0.5).clamp(0, 1) * there)


def _lit_ground(worlds: Worlds, line: Tensor, under: Tensor, near: float, rng: Generator) -> Tensor:
    n, height, width = under.shape
    side = torch.sign(worlds.sun_u - 0.5) + 0.01
    slope = (torch.roll(line, -2, 2) - torch.roll(line, 2, 2)) * width / 4
    sheer = torch.exp(-under.clamp_min(0) * 9)
    rough = fbm(n, height, width, rng, cells=(14, 8 * width / height), octaves=4, gain=0.6)
    bump = torch.roll(rough, 1, 2) - torch.roll(rough, -1, 2)
    rocky = worlds.is_scene("mountains", "canyon", "forest", "islands")
    light = (
        0.9 - 0.22 * torch.tanh(side * slope * 1.5) * sheer + (0.05 + 0.13 * rocky) * side * bump
    )
    strata = torch.sin((under + line) * 150 + rough) * 0.06 * worlds.is_scene("canyon")
    base = torch.lerp(worlds.far, worlds.near, 0.15 + 0.85 * near)
    speckle = (0.03 + 0.05 * worlds.is_scene("meadow", "forest")) * rough
    return base * (light + strata + speckle - 0.25 * under.clamp(0, 0.5))[:, None]


def _snow_caps(
    colour: Tensor, worlds: Worlds, under: Tensor, line: Tensor, rng: Generator
) -> Tensor:
    n, height, width = under.shape
    ragged = fbm(n, height, width, rng, cells=(10, 16 * width / height), octaves=4, gain=0.6)
    altitude = worlds.horizon - 0.04 - line
    cap = torch.sigmoid((altitude * 0.55 - under + 0.02 * ragged) * 120)
    lit = colour.mean(1, keepdim=True) * 0.6 + 0.55
    return paint(colour, lit.clamp(0, 1), cap * worlds.is_scene("mountains") * 0.95)


def _windows(colour: Tensor, worlds: Worlds, u: Tensor, under: Tensor, rng: Generator) -> Tensor:
    n, height, width = under.shape
    rows, columns = 44, round(56 * width / height)
    pick = torch.rand(n, 1, rows, columns, generator=rng)
    lit = F.interpolate((pick > 0.55).float(), size=(height, width), mode="nearest")[:, 0]
    pane = ((u * 56) % 1 > 0.3) & ((under * 44) % 1 > 0.35) & (under > 0.012)
    dark = 1 - worlds.light.mean(1)
    glow = lit * pane * worlds.is_scene("city") * (0.12 + 1.1 * dark.clamp(0, 0.75))
    warm = torch.tensor([1.0, 0.85, 0.5])[None, :, None, None]
    return paint(colour, warm, glow)


def water(picture: Tensor, worlds: Worlds, rng: Generator, *, drift: float = 0.0) -> Tensor:
    """Mirrors the picture below a water line, with ripples that widen towards the viewer and
    the sun's glitter.

    `drift` moves the ripples towards the viewer, for moving pictures.
    """
    n, _, height, width = picture.shape
    u, v = coordinates(n, height, width)
    always = worlds.is_scene("sea", "islands")
    some = worlds.is_scene("mountains", "city", "forest") * (
        torch.rand(n, 1, 1, generator=rng) < 0.4
    )
    line = worlds.horizon + 0.01 + 0.1 * some
    depth = (v - line).clamp_min(0)
    waves = _waves(depth, drift, rng)
    mirror_v = 2 * line - v + waves * depth * 0.35
    mirror_u = u + waves * depth * 0.12
    place = torch.stack([mirror_u * height / width * 2 - 1, mirror_v * 2 - 1], -1)
    mirror = F.grid_sample(picture, place, padding_mode="reflection", align_corners=False)
    deep = torch.tensor([0.05, 0.22, 0.32])[None, :, None, None] * (0.3 + 0.7 * worlds.light)
    tone = (0.22 + 0.5 * depth + 0.13 * waves).clamp(0, 0.8)
    surface = paint(mirror * 0.95, deep, tone)
    path = torch.exp(-(((u - worlds.sun_u) / (0.05 + 0.35 * depth)) ** 2)) * worlds.sun
    surface = paint(
        surface, (worlds.light + 0.3).clamp(0, 1), path * (waves * 1.4 - 0.1).clamp(0, 1) * 0.9
    )
    return paint(picture, surface, (always + some).clamp(0, 1) * ((v - line) * height).clamp(0, 1))


def _waves(depth: Tensor, drift: float, rng: Generator) -> Tensor:
    n, height, width = depth.shape
    texture = fbm(n, 128, 128, rng, cells=(16, 6), octaves=4, gain=0.6)
    columns, _ = coordinates(n, height, width)
    away = 1 / (depth + 0.06)
    across = (columns - 0.5) * (0.25 + 0.08 * away)
    place = torch.stack([across, away * 0.14 - 1 + drift], -1)
    return F.grid_sample(texture[:, None], place, padding_mode="reflection", align_corners=False)[
        :, 0
    ]


def blossoms(picture: Tensor, worlds: Worlds, rng: Generator) -> Tensor:
    """Strews flower heads over a meadow's foreground."""
    n, _, height, width = picture.shape
    _, v = coordinates(n, height, width)
    dots = torch.rand(n, 1, height // 3, width // 3, generator=rng) ** 26
    dots = F.interpolate(dots, size=(height, width), mode="bilinear")[:, 0]
    near = ((v - worlds.horizon - 0.12) * 5).clamp(0, 1)
    mixed = torch.where(torch.rand(n, 1, 1, 1, generator=rng) < 0.6, worlds.second, worlds.colour)
    colour = mixed * (0.35 + 0.65 * worlds.light)
    return paint(picture, colour, (dots * 2.2).clamp(0, 1) * near * worlds.is_scene("meadow"))


def weather(picture: Tensor, worlds: Worlds, rng: Generator) -> Tensor:
    """Rain in storms and flakes over some snow fields."""
    n, _, height, width = picture.shape
    drops = torch.rand(n, 1, max(2, height // 10), width, generator=rng) ** 40
    rain = F.interpolate(drops, size=(height, width), mode="bilinear")[:, 0]
    storm = torch.tensor(
        [w.time == "storm" and w.scene not in ("snow", "desert") for w in worlds.words]
    )
    picture = paint(picture, worlds.haze + 0.15, 0.5 * rain * storm.float()[:, None, None])
    flakes = torch.rand(n, 1, height // 2, width // 2, generator=rng) ** 60
    flakes = F.interpolate(flakes, size=(height, width), mode="bilinear")[:, 0]
    falling = worlds.is_scene("snow") * (torch.rand(n, 1, 1, generator=rng) < 0.5)
    return paint(picture, torch.ones(1, 3, 1, 1), (2 * flakes).clamp(0, 0.9) * falling)


def _mesa(rough: Tensor) -> Tensor:
    level = torch.floor(rough * 1.5) / 1.5
    edge = torch.sigmoid(((rough * 1.5) % 1 - 0.82) * 40) / 1.5
    return level + edge + 0.04 * rough


def _pines(n: int, width: int, count: float, rng: Generator) -> Tensor:
    x = torch.linspace(0, count, width).expand(n, width) + torch.rand(n, 1, generator=rng)
    size = torch.rand(n, int(count) + 3, generator=rng) * 0.8 + 0.5
    tall = size.gather(1, x.long().clamp(0, int(count) + 2))
    spike = 1 - 2 * (x % 1 - 0.5).abs()
    teeth = 0.12 * ((spike * 5) % 1)
    return (spike - teeth) * tall
