"""Moving worlds: layers painted once by the still world's brushes, then moved and laid over each
other for every frame; text, track and camera are known exactly."""

from __future__ import annotations

import random
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nodes.worlds.clip_layers import REACH, RIDGES, Layers, paint_layers
from nodes.worlds.clip_motion import Track, Travel, is_flying, track, travel
from nodes.worlds.clip_words import ClipWords, describe_clip, draw_clip_words
from nodes.worlds.light import Worlds, make_worlds
from nodes.worlds.noise import fbm
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
    """An endless, seeded supply of described moving pictures."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._rng = torch.Generator().manual_seed(seed)

    def batch(self, n: int, frames: int, side: int) -> Clips:
        """Draws n fresh clips of square frames."""
        words = [draw_clip_words(self._dice) for _ in range(n)]
        texts = [describe_clip(w, self._dice) for w in words]
        return render_clips(words, texts, frames, side, self._rng)


def render_clips(
    words: list[ClipWords], texts: list[str], frames: int, side: int, rng: Generator
) -> Clips:
    """Clips of these words; the same generator state gives the same clips."""
    worlds = make_worlds([w.still for w in words], rng)
    layers = paint_layers(worlds, is_flying(words), side, WIDE * side, rng)
    camera = travel(words, frames, rng)
    thing = track(words, worlds, camera, rng)
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
        """The `place`-th ridge from the far end at every moment; which one that is changes as
        they pass."""
        camera, worlds = self.camera, self.worlds
        flying = camera.flying[:, None].float()
        passed = camera.passed * flying
        near = (place + passed - passed.floor()) / (RIDGES - 1)  # (N, T)
        number = torch.remainder(place - passed.floor(), RIDGES)[..., None, None]
        scale = (1 + flying * (1.2 * near - 0.4))[..., None, None]
        base = 0.3 * near**1.45 + 1.4 * (near - 1).clamp_min(0)
        pivot = torch.where(camera.orbit[:, None], near - 0.75, 0.12 + 0.88 * near)
        shift = (camera.shift * pivot)[..., None, None]
        v = self.horizon + (self.v - self.horizon - (base * flying)[..., None, None]) / scale
        v = (v.clamp(0.5 / self.side, 1 - 0.5 / self.side) + number) / RIDGES
        u = (WIDE / 2 + (self.u - 0.5) / scale + shift) / RIDGES
        found = self.sample(self.layers.ridges, u, v)
        clear = (1 - near.clamp(0, 1))[:, None, :, None, None]
        thick = (0.55 * clear**1.3 + 0.5 * worlds.fog[:, None, None] * clear).clamp(0, 0.95)
        colour = torch.lerp(found[:, :3], worlds.haze[:, :, None].expand_as(found[:, :3]), thick)
        appear = (near * 3).clamp(0, 1) if place == 0 else torch.ones_like(near)
        appear = torch.where(camera.flying[:, None], appear, 1.0)[:, None, :, None, None]
        self.lay(colour, found[:, 3:] * appear)

    def water(self, forward: Tensor, rng: Generator) -> None:
        """Mirrors what is painted so far below the horizon of seas, with waves that come nearer."""
        texture = fbm(self.n, 128, 128, rng, cells=(12, 6), octaves=3, gain=0.5)
        rows = [i for i, w in enumerate(self.worlds.words) if w.scene in ("sea", "islands")]
        if not rows:
            return
        pace = torch.where(forward[rows], 0.22, 0.06)[:, None] * self.camera.seconds
        part = _Sea(self, rows, texture[rows], pace)
        self.film[rows] = part.surface()

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
        spots = torch.rand(self.n, 1, self.side // 2, self.side // 2, generator=rng) ** 70
        drops = torch.rand(self.n, 1, self.side // 16, self.side // 2, generator=rng) ** 30
        size = (self.side, self.side)
        flakes = 2.0 * F.interpolate(spots, size=size, mode="bicubic").clamp(0, 1)
        rain = 0.5 * F.interpolate(drops, size=size, mode="bilinear")
        times = [(w.scene, w.time) for w in self.worlds.words]
        snows = torch.tensor([s == "snow" and t in ("dusk", "storm", "fog") for s, t in times])
        rains = torch.tensor([s not in ("snow", "desert") and t == "storm" for s, t in times])
        falls = torch.where(snows, 0.25, 1.1)[:, None, None, None]
        seconds = self.camera.seconds[:, None, None]
        v = torch.remainder(self.v - falls * seconds, 1.0)
        u = torch.remainder(self.u + 0.05 * seconds * falls + self.camera.shift[..., None, None], 1)
        picture = torch.where(snows[:, None, None, None], flakes, rain)
        found = self.sample(picture, u, v) * (snows | rains).float()[:, None, None, None, None]
        tint = torch.where(snows[:, None, None, None], 1.0, self.worlds.haze + 0.2)
        self.lay(tint[:, :, None].expand_as(self.film), found.clamp(0, 0.9))


class _Sea:
    """Water for some rows of a stage."""

    def __init__(self, stage: _Stage, rows: list[int], texture: Tensor, pace: Tensor) -> None:
        self._stage, self._rows = stage, rows
        self._v, self._u = stage.v[rows], stage.u[rows]
        self._line = stage.horizon[rows] + 0.01
        self._depth = (self._v - self._line).clamp_min(0)
        self._waves = self._sampled(texture, pace)

    def _sampled(self, texture: Tensor, pace: Tensor) -> Tensor:
        away = 1 / (self._depth + 0.06)
        shift = self._stage.camera.shift[self._rows][..., None, None]
        across = (self._u - 0.5 + shift) * (0.25 + 0.08 * away)
        place = torch.stack([across, away * 0.14 - 1 + pace[..., None, None]], -1).flatten(1, 2)
        found = F.grid_sample(
            texture[:, None], place, padding_mode="reflection", align_corners=False
        )
        return found.unflatten(2, (self._stage.t, -1))[:, 0]

    def surface(self) -> Tensor:
        """The film's rows with their water, (M, 3, T, H, W)."""
        film, worlds, waves, depth = (
            self._stage.film[self._rows], self._stage.worlds, self._waves, self._depth,
        )  # fmt: skip
        u = self._u + waves * depth * 0.1
        v = 2 * self._line - self._v + waves * depth * 0.3
        place = torch.stack([u * 2 - 1, v * 2 - 1], -1).flatten(0, 1)
        frames = film.movedim(2, 1).flatten(0, 1)
        mirror = F.grid_sample(frames, place, padding_mode="reflection", align_corners=False)
        mirror = mirror.unflatten(0, depth.shape[:2]).movedim(2, 1)
        light = worlds.light[self._rows][:, :, None]
        deep = torch.tensor([0.05, 0.22, 0.32])[:, None, None, None] * (0.3 + 0.7 * light)
        tone = (0.22 + 0.5 * depth + 0.11 * waves).clamp(0, 0.8)[:, None]
        surface = torch.lerp(mirror * 0.95, deep.expand_as(mirror), tone.expand_as(mirror))
        sun_u, sun = worlds.sun_u[self._rows][:, None], worlds.sun[self._rows][:, None]
        path = torch.exp(-(((self._u - sun_u) / (0.05 + 0.35 * depth)) ** 2)) * sun
        glitter = (path * (waves * 1.4 - 0.1).clamp(0, 1) * 0.9)[:, None]
        surface = torch.lerp(surface, (light + 0.3).clamp(0, 1).expand_as(surface), glitter)
        edge = ((self._v - self._line) * self._stage.side).clamp(0, 1)[:, None]
        return torch.lerp(film, surface, edge)


def _stylised(film: Tensor, words: list[ClipWords], rng: Generator) -> Tensor:
    """Each clip in its own style; every frame is drawn on the same paper."""
    for name, style in STYLE_FILTERS.items():
        rows = [i for i, w in enumerate(words) if w.still.style == name]
        state = rng.get_state()
        for moment in range(film.shape[1] if rows else 0):
            rng.set_state(state)
            film[rows, moment] = style(film[rows, moment], rng).clamp(0, 1)
    return film
