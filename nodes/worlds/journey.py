"""The way of a camera that is steered while it plays: speeds ease into each other, so that nothing
jumps, and with a steady hand it is the way of a clip."""

from __future__ import annotations

import math
from dataclasses import dataclass

from nodes.worlds.clip_motion import AHEAD, SIDEWAYS
from nodes.worlds.live import Position
from nodes.worlds.sea import FAST, SLOW

EASE = 0.4  # seconds in which a camera takes up about two thirds of a change


@dataclass(frozen=True, slots=True)
class Journey:
    """How far it has come, in seconds and in seconds of travel, and how fast it goes."""

    seconds: float = 0.0
    pan: float = 0.0
    orbit: float = 0.0
    ahead: float = 0.0
    waves: float = 0.0
    speeds: tuple[float, ...] | None = None  # of the last four; None before the first step

    def after(self, dt: float, camera: str, ease_dt: float) -> Journey:
        """The journey `dt` seconds of the world later under a camera word; `ease_dt` is how much
        time that took outside, by which hands move."""
        aims = _aims(camera)
        share = 1 - math.exp(-max(0.0, ease_dt) / EASE)
        last = aims if self.speeds is None else self.speeds
        speeds = tuple(a + (b - a) * share for a, b in zip(last, aims, strict=True))
        pan, orbit, ahead, waves = (dt * speed for speed in speeds)
        return Journey(
            self.seconds + dt,
            self.pan + pan,
            self.orbit + orbit,
            self.ahead + ahead,
            self.waves + waves,
            speeds,
        )

    def position(self, camera: str) -> Position:
        """Where a world is seen from whose camera is of the kind that the word says."""
        side = self.orbit if camera == "orbit" else self.pan
        return Position(self.seconds, side, self.ahead, self.waves)


def _aims(camera: str) -> tuple[float, ...]:
    side = SIDEWAYS.get(camera, 0.0)
    orbits = camera == "orbit"
    waves = FAST if camera == "forward" else SLOW
    return (0.0 if orbits else side, side if orbits else 0.0, AHEAD.get(camera, 0.0), waves)
