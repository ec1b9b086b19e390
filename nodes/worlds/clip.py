"""Moving worlds: layers painted once by the still world's brushes, then moved and laid over each
other for every frame; text, track and camera are known exactly."""

from __future__ import annotations

import random
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nodes.worlds.clip_layers import REACH, RIDGES, Layers, paint_layers, thickness
from nodes.worlds.clip_motion import (
    Lead,
    Track,
    Travel,
    draw_lead,
    is_flying,
    led,
    ridge_place,
    track,
    travel,
)
from nodes.worlds.clip_weather import RAINFALL, SLANT, SNOWFALL, weather_textures, weathers
from nodes.worlds.clip_words import ClipWords, describe_clip, draw_clip_words
from nodes.worlds.light import Worlds, make_worlds
from nodes.worlds.noise import Paper
from nodes.worlds.sea import FAST, SLOW, WET, Sea, wave_texture
from nodes.worlds.styles import STYLE_FILTERS

WIDE = 3  # widths of a frame that the layers span


@dataclass(frozen=True, slots=True)
class Clips:
    """Moving pictures (N, T, 3, H, W) in [0, 1], what each shows in words, and where its thing
    and its camera are."""

    frames: Tensor
    texts: list[str]
    words: list[ClipWords]
    track: Track
    camera: Travel


class ClipPainter:
    """An endless, seeded supply of described moving pictures; where things are `led`, each has one
    that goes over the picture, which no word says."""

    def __init__(self, seed: int, *, led: bool = False) -> None:
        self._led = led
        self._dice = random.Random(seed)
        self._rng = torch.Generator().manual_seed(seed)

    def batch(self, n: int, frames: int, side: int) -> Clips:
        """Draws n fresh clips of square frames."""
        drawn = {"things": 1.0} if self._led else {}
        words = [draw_clip_words(self._dice, **drawn) for _ in range(n)]
        texts = [describe_clip(w, self._dice) for w in words]
        lead = draw_lead(n, self._rng) if self._led else None
        return render_clips(words, texts, frames, side, self._rng, lead)


def render_clips(
    words: list[ClipWords],
    texts: list[str],
    frames: int,
    side: int,
    rng: Generator,
    lead: Lead | None = None,
) -> Clips:
    """Clips of these words; the same generator state gives the same clips. `lead` leads their
    things over the picture."""
    worlds = make_worlds([w.still for w in words], rng)
    layers = paint_layers(worlds, is_flying(words), side, WIDE * side, rng)
    camera = travel(words, frames, rng)
    thing = track(words, worlds, camera, rng)
    if lead is not None:
        thing = led(thing, lead, camera.seconds)
    film = _composed(words, worlds, layers, camera, thing, rng)
    return Clips(_stylised(film, words, rng), texts, words, thing, camera)


def _composed(
    words: list[ClipWords],
    worlds: Worlds,
    layers: Layers,
    camera: Travel,
    thing: Track,
    rng: Generator,
) -> Tensor:
    stage = _Stage(worlds, layers, camera, rng)
    stage.clouds()
    for place in range(RIDGES - 1):
        stage.ridge(place)
    stage.water(torch.tensor([w.camera == "forward" for w in words]), rng)
    stage.ridge(RIDGES - 1)
    stage.thing(thing)
    stage.weather(rng)
    return stage.film.clamp(0, 1).movedim(1, 2)


class _Stage:
    """The film so far, (N, 3, T, H, W), and the coordinates that every layer is sampled at."""

    def __init__(self, worlds: Worlds, layers: Layers, camera: Travel, rng: Generator) -> None:
        n, _, height, width = layers.sky.shape
        self.n, self.t, self.side = n, len(camera.seconds), height
        self.worlds, self.layers, self.camera = worlds, layers, camera
        line = (torch.arange(height) + 0.5) / height
        self.u = line.expand(n, self.t, height, width)
        self.v = line[:, None].expand(n, self.t, height, width)
        self.film = layers.sky[:, :, None].repeat(1, 1, self.t, 1, 1)
        self.horizon = worlds.horizon[:, None]  # (N, 1, 1, 1)
        self.wind = (0.02 + 0.03 * torch.rand(n, 1, generator=rng)) * (1 + worlds.fog[:, 0])

    def sample(self, picture: Tensor, u: Tensor, v: Tensor, padding: str = "border") -> Tensor:
        """Looks a picture (N, C, h, w) up at u, v (N, T, H, W) given in its own heights."""
        high, wide = picture.shape[2:]
        place = torch.stack([u * (2 * high / wide) - 1, v * 2 - 1], -1)
        flat = place.flatten(1, 2)
        found = F.grid_sample(picture, flat, padding_mode=padding, align_corners=False)
        return found.unflatten(2, (self.t, -1))

    def lay(self, colour: Tensor, cover: Tensor) -> None:
        """Straight colours (N, 3, T, H, W) by a cover (N, 1 or T.., H, W)."""
        self.film = torch.lerp(self.film, colour.expand_as(self.film), cover.expand_as(self.film))

    def clouds(self) -> None:
        drift = self.wind * self.camera.seconds + 0.12 * self.camera.shift
        found = self.sample(self.layers.clouds, self.u + 1 + drift[..., None, None], self.v)
        self.lay(found[:, :3], found[:, 3:])

    def ridge(self, place: int) -> None:
        """The `place`-th ridge from the far end at every moment."""
        at, worlds = ridge_place(self.camera, place, RIDGES), self.worlds
        scale, base, number = (x[..., None, None] for x in (at.scale, at.base, at.number))
        shift = (self.camera.shift * at.pivot)[..., None, None]
        v = self.horizon + (self.v - self.horizon - base) / scale
        v = (v.clamp(0.5 / self.side, 1 - 0.5 / self.side) + number) / RIDGES
        u = (WIDE / 2 + (self.u - 0.5) / scale + shift) / RIDGES
        found = self.sample(self.layers.ridges, u, v)
        thick = thickness(at.near[:, None, :, None, None], worlds.fog[:, None, None])
        colour = torch.lerp(found[:, :3], worlds.haze[:, :, None].expand_as(found[:, :3]), thick)
        self.lay(colour, found[:, 3:] * at.appear[:, None, :, None, None])

    def water(self, forward: Tensor, rng: Generator) -> None:
        """Mirrors what is painted so far below the horizon of seas, with waves that come nearer."""
        texture = wave_texture(self.n, rng)
        rows = [i for i, w in enumerate(self.worlds.words) if w.scene in WET]
        if not rows:
            return
        pace = torch.where(forward[rows], FAST, SLOW)[:, None] * self.camera.seconds
        shift = self.camera.shift[rows].flatten()
        sea = Sea.of(self.worlds, rows, texture[rows], repeat=self.t)
        film = self.film[rows].movedim(2, 1).flatten(0, 1)
        u, v = self.u[rows].flatten(0, 1), self.v[rows].flatten(0, 1)
        surface = sea.surface(film, u, v, sea.waves(u, v, shift, pace.flatten()))
        self.film[rows] = surface.unflatten(0, (-1, self.t)).movedim(2, 1)

    def thing(self, track: Track) -> None:
        shape = (self.n, self.t, 1, 1)
        x = (self.u - track.u.view(shape)) / track.radius.view(shape)
        y = (self.v - track.v.view(shape)) / track.radius.view(shape)
        cos, sin = track.turn.cos().view(shape), track.turn.sin().view(shape)
        across, down = x * cos + y * sin, y * cos - x * sin
        found = self.sample(
            self.layers.thing, across / (2 * REACH) + 0.5, down / (2 * REACH) + 0.5, "zeros"
        )
        self.film = self.film * (1 - found[:, 3:]) + found[:, :3]

    def weather(self, rng: Generator) -> None:
        """Rain in storms; flakes over snow fields in the dark and in storms."""
        flakes, rain = weather_textures(self.n, self.side, rng)
        snows, rains = (torch.tensor(x) for x in weathers(self.worlds.words))
        falls = torch.where(snows, SNOWFALL, RAINFALL)[:, None, None, None]
        seconds = self.camera.seconds[:, None, None]
        v = torch.remainder(self.v - falls * seconds, 1.0)
        u = torch.remainder(
            self.u + SLANT * seconds * falls + self.camera.shift[..., None, None], 1
        )
        picture = torch.where(snows[:, None, None, None], flakes, rain)
        found = self.sample(picture, u, v) * (snows | rains).float()[:, None, None, None, None]
        tint = torch.where(snows[:, None, None, None], 1.0, self.worlds.haze + 0.2)
        self.lay(tint[:, :, None].expand_as(self.film), found.clamp(0, 0.9))


def _stylised(film: Tensor, words: list[ClipWords], rng: Generator) -> Tensor:
    """Each clip in its own style; every frame is drawn on the same paper."""
    for name, style in STYLE_FILTERS.items():
        rows = [i for i, w in enumerate(words) if w.still.style == name]
        paper = Paper(rng)
        for moment in range(film.shape[1] if rows else 0):
            film[rows, moment] = style(film[rows, moment], paper.again()).clamp(0, 1)
    return film
