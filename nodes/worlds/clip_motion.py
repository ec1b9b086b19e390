"""Where everything is at every moment: camera travel, ridges that come nearer, and the thing's
place, turn and size; it all goes on for ever, so that any stretch of time is like any other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Generator, Tensor

from nodes.worlds.things import FLYING

if TYPE_CHECKING:
    from nodes.worlds.clip_words import ClipWords
    from nodes.worlds.light import Worlds

FPS = 24.0
PAN = 0.3  # picture heights a second, for the nearest ridge
FLIGHT = 0.45  # ridges passed a second
SPACING = 1.6  # picture heights between one house and the next that a pan passes


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


def travel(words: list[ClipWords], frames: int, rng: Generator) -> Travel:
    """Draws the camera's speed and follows it for `frames` moments at FPS."""
    n, seconds = len(words), torch.arange(frames) / FPS
    speed = 0.8 + 0.4 * torch.rand(n, 1, generator=rng)
    sideways = {"left": -1.0, "right": 1.0, "orbit": 0.8}
    side = torch.tensor([sideways.get(w.camera, 0.0) for w in words])[:, None]
    ahead = {"forward": 1.0, "backward": -1.0}
    onward = torch.tensor([ahead.get(w.camera, 0.0) for w in words])[:, None]
    phase = torch.rand(n, 1, generator=rng)
    return Travel(
        shift=PAN * side * speed * (seconds - seconds[-1] / 2),
        passed=phase + FLIGHT * onward * speed * seconds,
        orbit=torch.tensor([w.camera == "orbit" for w in words]),
        flying=is_flying(words),
        seconds=seconds,
    )


def track(words: list[ClipWords], worlds: Worlds, camera: Travel, rng: Generator) -> Track:
    """Follows each thing: what flies stays with the camera, what stands passes by."""
    n, seconds = len(words), camera.seconds[None]
    radius = 0.2 + 0.07 * torch.rand(n, 1, generator=rng)
    beat = 2 * math.pi * (seconds * (0.55 + 0.2 * torch.rand(n, 1, generator=rng)))
    beat = beat + 2 * math.pi * torch.rand(n, 1, generator=rng)
    horizon = worlds.horizon[:, 0]
    flies = torch.tensor([w.still.thing in FLYING for w in words])[:, None]
    boat = torch.tensor([w.still.thing == "boat" for w in words])[:, None]
    u = 0.5 + 0.24 * (torch.rand(n, 1, generator=rng) - 0.5) + 0 * seconds
    air = horizon - 0.1 + 0.12 * torch.rand(n, 1, generator=rng)
    ground = horizon + 0.3 - 0.75 * radius
    v = torch.where(flies, air, torch.where(boat, horizon + 0.2 - 0.6 * radius, ground))
    v = v + boat * 0.012 * beat.sin()
    passing = torch.remainder(u - camera.shift, SPACING) - 0.3
    stays = flies | boat | camera.orbit[:, None]
    u = torch.where(stays, u, passing)
    return _moved(words, u, v, radius, beat, flies)


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
