"""What a link carries: a value with its presentation time in flicks and the epoch of its port.

A flick is 1/705,600,000 s: 24, 25, 30 and 60 frames/s, their /1.001 forms, 44.1, 48 and 90 kHz are
all whole numbers of flicks, so times add and compare exactly.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Generic, TypeVar

FLICKS_PER_SECOND = 705_600_000
FOREVER = 1 << 62  # later than any pts: the watermark of a port that has ended

T_co = TypeVar("T_co", covariant=True)


class Packet(Generic[T_co]):
    """One value on its way, never written after it was made.

    A node returns a Packet only to say more than its value does: another `pts` (flicks) than the
    call's, or `cut=True` where the material jumps (a seek, a reopened device), which raises the
    port's epoch. `ready` is the device event after which the value may be read, None where it may
    be read at once.
    """

    __slots__ = ("cut", "epoch", "pts", "ready", "value")

    def __init__(
        self, value: T_co, pts: int, *, cut: bool = False, epoch: int = 0, ready: Any = None
    ) -> None:
        self.value = value
        self.pts = pts
        self.cut = cut
        self.epoch = epoch
        self.ready = ready

    def __repr__(self) -> str:
        return f"<Packet {type(self.value).__name__} {seconds(self.pts):.3f} s epoch {self.epoch}>"


def flicks(time: float | Fraction) -> int:
    """A time in seconds as flicks, rounded to the nearest."""
    return round(time * FLICKS_PER_SECOND)


def seconds(pts: int) -> float:
    """A time in flicks as seconds."""
    return pts / FLICKS_PER_SECOND


def frame_rate(fps: float) -> Fraction:
    """A frame rate as an exact ratio: 29.97 is 30000/1001, 23.976 is 24000/1001, 25 is 25."""
    for base in (24, 30, 48, 60, 120):
        if abs(fps - base / 1.001) < 0.005:
            return Fraction(base * 1000, 1001)
    return Fraction(fps).limit_denominator(1001)
