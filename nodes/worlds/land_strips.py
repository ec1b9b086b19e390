"""The land of a world that goes on for ever: painted once, wider than any frame, by the brushes of
the moving worlds, so that a square frame of it is a frame of theirs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Generator, Tensor

from nodes.worlds.clip_layers import RIDGES, paint_layers, soft, thickness
from nodes.worlds.clip_motion import Build, Pace, draw_build, draw_pace
from nodes.worlds.clip_weather import weather_textures
from nodes.worlds.endless import Strip, joined
from nodes.worlds.land import sky
from nodes.worlds.light import Worlds, make_worlds
from nodes.worlds.sea import wave_texture
from nodes.worlds.words import Words

TILE = 3  # picture heights of one painted tile, as wide as the layers of a clip
FORK = 0x9E3779B9  # added to a seed for what only an endless world has


@dataclass(frozen=True, slots=True)
class Place:
    """What the land of a world follows from; two worlds of one place share their painted land."""

    scene: str
    time: str
    flying: bool
    seed: int
    height: int
    width: int


@dataclass(frozen=True, slots=True)
class Land:
    """The painted land of one world and all that its seed drew; see `paint_land`."""

    place: Place
    worlds: Worlds
    sky: Tensor  # (1, 3, H, W)
    clouds: Strip
    ridges: tuple[Strip, ...]  # from the farthest; of worlds that are not flown through with haze
    pace: Pace
    build: Build
    wind: float
    waves: Tensor  # (1, 1, 128, 128)
    flakes: Tensor  # (H, 2 H), a ring both ways, as `drops`
    drops: Tensor
    paper: Tensor  # the state of the generator that the style draws its paper with


def paint_land(place: Place) -> Land:
    """Paints everything but the thing; the same place is the same land."""
    rng = torch.Generator().manual_seed(place.seed)
    fork = torch.Generator().manual_seed((place.seed + FORK) % 2**63)
    high, flying = place.height, torch.tensor([place.flying])
    worlds = make_worlds([Words(place.scene, place.time, "none", "red", "red", "photo")], rng)
    first = paint_layers(worlds, flying, high, TILE * high, rng, mended=True)
    second = paint_layers(worlds, flying, high, TILE * high, fork, mended=True)
    above = first.sky if place.width == high else _wide_sky(worlds, place, fork)
    ridges = [
        joined(_rows(first.ridges, i), _rows(second.ridges, i), bend=True) for i in range(RIDGES)
    ]
    if not place.flying:
        ridges = [_hazed(r, worlds, i / (RIDGES - 1)) for i, r in enumerate(ridges)]
    pace, build = draw_pace(1, rng), draw_build(1, rng)
    wind = (0.02 + 0.03 * torch.rand(1, 1, generator=rng)) * (1 + worlds.fog[:, 0])
    waves = wave_texture(1, rng)
    flakes, drops = weather_textures(1, high, rng)
    return Land(
        place=place,
        worlds=worlds,
        sky=above,
        clouds=Strip(joined(first.clouds[0], second.clouds[0], bend=False)),
        ridges=tuple(Strip(r) for r in ridges),
        pace=pace,
        build=build,
        wind=float(wind),
        waves=waves,
        flakes=_doubled(flakes[0, 0]),
        drops=_doubled(drops[0, 0]),
        paper=rng.get_state(),
    )


def with_words(land: Land, words: Words, shade: int | None = None) -> Worlds:
    """The land's world with a thing and colours in it; the thing's shade of its colour is that of
    the land's seed or of another."""
    own = make_worlds([words], torch.Generator().manual_seed(land.place.seed))
    if shade in (None, land.place.seed):
        return own
    return replace(own, colour=make_worlds([words], torch.Generator().manual_seed(shade)).colour)


def _rows(stacked: Tensor, place: int) -> Tensor:
    high = stacked.shape[2] // RIDGES
    return stacked[0, :, place * high : (place + 1) * high]


def _hazed(ridge: Tensor, worlds: Worlds, near: float) -> Tensor:
    thick = thickness(torch.tensor(near), worlds.fog[0])
    colour = torch.lerp(ridge[:3], worlds.haze[0].expand_as(ridge[:3]), thick)
    return torch.cat([colour, ridge[3:]])


def _wide_sky(worlds: Worlds, place: Place, rng: Generator) -> Tensor:
    """The sky of a frame that is not square; its sun stands where the square frame has it."""
    aside = (place.width / place.height - 1) / 2
    calm = replace(worlds, clouds=torch.zeros_like(worlds.clouds), sun_u=worlds.sun_u + aside)
    wide = max(place.width, math.ceil(place.height / 2))
    picture = sky(calm, place.height, wide, rng, mended=True)
    return soft(picture)[..., : place.width]


def _doubled(picture: Tensor) -> Tensor:
    """Twice as wide, the second half the other way up and round, so that few see it again."""
    return torch.cat([picture, picture.flip(0, 1)], 1)
