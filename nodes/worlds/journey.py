"""The way of a camera that is steered while it plays: speeds ease into each other, so that nothing
jumps, and with a steady hand it is the way of a clip."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from nodes.worlds.clip_motion import AHEAD, SIDEWAYS
from nodes.worlds.sea import FAST, SLOW

EASE = 0.4  # seconds in which a camera takes up about two thirds of a change
SWING = 12.0  # seconds in which a tilt, a roll or a dolly goes there and back
NEARER = 1.6  # metres that a dolly goes in
HAND = 1.0  # degrees that a hand shakes where nothing else is said


@dataclass(frozen=True, slots=True)
class Position:
    """How far a journey has come: seconds in the world, way to the side and ahead at the camera's
    own pace in seconds of travel, way of the waves; way of what runs in seconds to the right and
    which way it turns, -1 left to 1 right; metres that a dolly has gone in; how far the camera
    looks up and leans, as shares of what it does at most; seconds in a hand that shakes by so many
    degrees."""

    seconds: float = 0.0
    side: float = 0.0
    ahead: float = 0.0
    waves: float = 0.0
    run: float = 0.0
    heading: float = 1.0
    nearer: float = 0.0
    pitch: float = 0.0
    lean: float = 0.0
    held: float = 0.0
    shake: float = 0.0


@dataclass(frozen=True, slots=True)
class Aims:
    """What a camera comes to: speeds of its ways and of the waves, which way creatures turn, shares
    of a dolly, a tilt and a roll, degrees of shake."""

    pan: float = 0.0
    orbit: float = 0.0
    ahead: float = 0.0
    waves: float = SLOW
    heading: float = 1.0
    dolly: float = 0.0
    tilt: float = 0.0
    roll: float = 0.0
    shake: float = 0.0

    @staticmethod
    def of(camera: str, heading: float, shake: float) -> Aims:
        """The aims of a camera word; creatures go with a camera that pans, else on as they went."""
        side, orbits = SIDEWAYS.get(camera, 0.0), camera == "orbit"
        return Aims(
            pan=0.0 if orbits else side,
            orbit=side if orbits else 0.0,
            ahead=AHEAD.get(camera, 0.0),
            waves=FAST if camera == "forward" else SLOW,
            heading=math.copysign(1.0, heading if orbits or not side else side),
            dolly=float(camera == "dolly"),
            tilt=float(camera == "tilt"),
            roll=float(camera == "roll"),
            shake=shake or (HAND if camera == "handheld" else 0.0),
        )

    def nearing(self, aims: Aims, share: float) -> Aims:
        """A share of the way to other aims."""

        def eased(name: str) -> float:
            here = getattr(self, name)
            return here + (getattr(aims, name) - here) * share

        return Aims(*(eased(name) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Journey:
    """How far it has come, in seconds, in seconds of travel and in swings, and how fast it goes."""

    seconds: float = 0.0
    pan: float = 0.0
    orbit: float = 0.0
    ahead: float = 0.0
    waves: float = 0.0
    run: float = 0.0
    swings: float = 0.0
    held: float = 0.0
    now: Aims | None = None  # None before the first step

    def after(
        self,
        dt: float,
        camera: str,
        ease_dt: float,
        *,
        pace: float = 1.0,
        shake: float = 0.0,
        heading: float = 1.0,
    ) -> Journey:
        """The journey `dt` seconds of the world later under a camera word; `ease_dt` is how much
        time that took outside, by which hands move. `pace` is the camera's, `shake` in degrees,
        `heading` the way that creatures go at first."""
        aims = Aims.of(camera, heading if self.now is None else self.now.heading, shake)
        share = 1 - math.exp(-max(0.0, ease_dt) / EASE)
        now = aims if self.now is None else self.now.nearing(aims, share)
        return Journey(
            self.seconds + dt,
            self.pan + dt * pace * now.pan,
            self.orbit + dt * pace * now.orbit,
            self.ahead + dt * pace * now.ahead,
            self.waves + dt * now.waves,
            self.run + dt * now.heading,
            self.swings + dt * pace / SWING,
            self.held + ease_dt,
            now,
        )

    def cut(self) -> Journey:
        """The beginning of another shot: time and the hand go on, the camera stands elsewhere."""
        return replace(self, pan=0.0, orbit=0.0, ahead=0.0, run=0.0, swings=0.0, now=None)

    def position(self, camera: str) -> Position:
        """Where a world is seen from whose camera is of the kind that the word says."""
        now, turn = self.now or Aims(), 2 * math.pi * self.swings
        return Position(
            seconds=self.seconds,
            side=self.orbit if camera == "orbit" else self.pan,
            ahead=self.ahead,
            waves=self.waves,
            run=self.run,
            heading=now.heading,
            nearer=NEARER * now.dolly * (0.5 - 0.5 * math.cos(turn)),
            pitch=now.tilt * math.sin(turn) if camera == "tilt" else 0.0,
            lean=now.roll * math.sin(turn) if camera == "roll" else 0.0,
            held=self.held,
            shake=now.shake,
        )
