"""Where everything is at every moment: camera travel, ridges that come nearer, and the thing's
place, turn and size; it all goes on for ever, so that any stretch of time is like any other."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import Generator, Tensor

from nodes.worlds.things import CARRIED, FLYING

if TYPE_CHECKING:
    from nodes.worlds.clip_words import ClipWords
    from nodes.worlds.light import Worlds

FPS = 24.0
PAN = 0.3  # picture heights a second, for the nearest ridge
FLIGHT = 0.45  # ridges passed a second
SIDEWAYS = {"left": -1.0, "right": 1.0, "orbit": 0.8}
AHEAD = {"forward": 1.0, "backward": -1.0}
SPACING = 1.6  # picture heights between one house and the next that a pan passes
AWAY = (0.12, 0.05)  # picture heights off its place that a thing which is led may be midway
LED = (0.35, 0.12)  # picture heights a second that it goes at most, across and down


@dataclass(frozen=True, slots=True)
class Travel:
    """The camera over time, (N, T): sideways shift of the nearest ridge in picture heights, ridges
    passed; and (N,) bool which worlds are circled or flown through."""

    shift: Tensor
    passed: Tensor
    orbit: Tensor
    flying: Tensor
    seconds: Tensor  # (T,)


@dataclass(frozen=True, slots=True)
class Track:
    """The thing over time, (N, T): middle u, v in picture heights, radius, turn in radians."""

    u: Tensor
    v: Tensor
    radius: Tensor
    turn: Tensor


def is_flying(words: list[ClipWords]) -> Tensor:
    """(N,) bool: whose ridges pass under the camera; on water only the waves do."""
    inland = [w.still.scene not in ("sea", "islands") for w in words]
    ahead = [w.camera in ("forward", "backward") for w in words]
    return torch.tensor([a and b for a, b in zip(ahead, inland, strict=True)])


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast each camera travels, about 1, and where between two ridges it begins, (N, 1)."""

    speed: Tensor
    phase: Tensor


@dataclass(frozen=True, slots=True)
class Lead:
    """How things are led over the picture beside what they do by themselves, (N, 2, 1) each, across
    and down: picture heights off their places midway, and picture heights a second."""

    away: Tensor
    speed: Tensor


@dataclass(frozen=True, slots=True)
class Build:
    """What each thing keeps for ever, (N, 1): radius, beats a second, the beat's and its own
    beginning, height in the air in [0, 1]."""

    radius: Tensor
    rate: Tensor
    begin: Tensor
    u: Tensor
    air: Tensor


@dataclass(frozen=True, slots=True)
class RidgePlace:
    """Where one ridge is seen, (N, T): nearness (0 far, 1 near), which of the painted ones it is,
    its scale about the horizon, how far below it begins, its share of the camera's shift, and how
    far it has appeared."""

    near: Tensor
    number: Tensor
    scale: Tensor
    base: Tensor
    pivot: Tensor
    appear: Tensor


def draw_pace(n: int, rng: Generator) -> Pace:
    """Draws the cameras' speeds."""
    speed = 0.8 + 0.4 * torch.rand(n, 1, generator=rng)
    return Pace(speed, torch.rand(n, 1, generator=rng))


def travel(words: list[ClipWords], frames: int, rng: Generator) -> Travel:
    """Draws the camera's speed and follows it for `frames` moments at FPS."""
    pace, seconds = draw_pace(len(words), rng), torch.arange(frames) / FPS
    side = torch.tensor([SIDEWAYS.get(w.camera, 0.0) for w in words])[:, None]
    onward = torch.tensor([AHEAD.get(w.camera, 0.0) for w in words])[:, None]
    return Travel(
        shift=PAN * side * pace.speed * (seconds - seconds[-1] / 2),
        passed=pace.phase + FLIGHT * onward * pace.speed * seconds,
        orbit=torch.tensor([w.camera == "orbit" for w in words]),
        flying=is_flying(words),
        seconds=seconds,
    )


def ridge_place(camera: Travel, place: int, count: int) -> RidgePlace:
    """The `place`-th of `count` ridges from the far end; which one that is changes as they pass."""
    flying = camera.flying[:, None].float()
    passed = camera.passed * flying
    near = (place + passed - passed.floor()) / (count - 1)
    appear = (near * 3).clamp(0, 1) if place == 0 else torch.ones_like(near)
    return RidgePlace(
        near=near,
        number=torch.remainder(place - passed.floor(), count),
        scale=1 + flying * (1.2 * near - 0.4),
        base=(0.3 * near**1.45 + 1.4 * (near - 1).clamp_min(0)) * flying,
        pivot=torch.where(camera.orbit[:, None], near - 0.75, 0.12 + 0.88 * near),
        appear=torch.where(camera.flying[:, None], appear, 1.0),
    )


def draw_build(n: int, rng: Generator) -> Build:
    """Draws the things' sizes, rhythms and places."""
    radius = 0.2 + 0.07 * torch.rand(n, 1, generator=rng)
    rate = 0.55 + 0.2 * torch.rand(n, 1, generator=rng)
    begin, u, air = (torch.rand(n, 1, generator=rng) for _ in range(3))
    return Build(radius, rate, begin, u, air)


def track(words: list[ClipWords], worlds: Worlds, camera: Travel, rng: Generator) -> Track:
    """Draws each thing's build and follows it; see `follow`."""
    return follow(words, worlds, camera, draw_build(len(words), rng))


def follow(
    words: list[ClipWords], worlds: Worlds, camera: Travel, build: Build, *, beyond: float = 0.0
) -> Track:
    """Follows each thing: what flies stays with the camera, what stands passes by.

    `beyond` is how far a frame reaches over a square one at each side, in picture heights.
    """
    seconds, radius = camera.seconds[None], build.radius
    beat = 2 * math.pi * (seconds * build.rate)
    beat = beat + 2 * math.pi * build.begin
    horizon = worlds.horizon[:, 0]
    flies = torch.tensor([w.still.thing in FLYING for w in words])[:, None]
    boat = torch.tensor([w.still.thing == "boat" for w in words])[:, None]
    u = 0.5 + 0.24 * (build.u - 0.5) + 0 * seconds
    air = horizon - 0.1 + 0.12 * build.air
    ground = horizon + 0.3 - 0.75 * radius
    v = torch.where(flies, air, torch.where(boat, horizon + 0.2 - 0.6 * radius, ground))
    v = v + boat * 0.012 * beat.sin()
    passing = torch.remainder(u - camera.shift + beyond, SPACING + 2 * beyond) - 0.3 - beyond
    carried = torch.tensor([w.still.thing in CARRIED for w in words])[:, None]
    stays = flies | carried | camera.orbit[:, None]
    u = torch.where(stays, u, passing)
    return _moved(words, u, v, radius, beat, flies)


def draw_lead(n: int, rng: Generator) -> Lead:
    """Draws where things are led, which no word says."""
    away, speed = (
        torch.tensor(most)[:, None] * (2 * torch.rand(n, 2, 1, generator=rng) - 1)
        for most in (AWAY, LED)
    )
    return Lead(away, speed)


def led(thing: Track, lead: Lead, seconds: Tensor) -> Track:
    """The things at these moments (T,), led on."""
    off = lead.away + lead.speed * (seconds - seconds[-1] / 2)  # (N, 2, T)
    return replace(thing, u=thing.u + off[:, 0], v=thing.v + off[:, 1])


def _moved(
    words: list[ClipWords], u: Tensor, v: Tensor, radius: Tensor, beat: Tensor, flies: Tensor
) -> Track:
    def does(*names: str) -> Tensor:
        return torch.tensor([w.motion in names for w in words], dtype=torch.float32)[:, None]

    lift = does("floating") * 0.07 * beat.sin() - does("bouncing") * 0.26 * beat.sin().abs()
    lift = lift + does("bouncing") * 0.16 + does("circling") * 0.12 * beat.sin()
    side = does("circling") * 0.17 * beat.cos() + does("floating") * 0.04 * (0.5 * beat).cos()
    turn = does("spinning") * beat * 0.6 + does("swaying") * 0.3 * beat.sin() * (0.4 + 0.6 * flies)
    size = 1 + does("pulsing") * 0.2 * beat.sin()
    return Track(u + side, v + lift, radius * size, turn + 0 * u)
