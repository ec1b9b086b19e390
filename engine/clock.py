"""Two clocks with one face: live time follows the machine, offline time is set tick by tick.

`now()` is the stream's time in flicks since it started.
"""

from __future__ import annotations

import time
from typing import Protocol

from engine.packet import FLICKS_PER_SECOND, seconds

NANOSECONDS_PER_SECOND = 1_000_000_000


class Clock(Protocol):
    """What the engine needs to know of time."""

    def now(self) -> int:
        """Stream time in flicks."""
        ...


class LiveClock:
    """The machine's monotonic time since `start()`; zero before, so that nothing precedes it."""

    def __init__(self) -> None:
        self._origin: int | None = None

    def start(self) -> None:
        """Makes the present moment stream time zero."""
        self._origin = time.perf_counter_ns()

    def now(self) -> int:
        if self._origin is None:
            return 0
        return (time.perf_counter_ns() - self._origin) * FLICKS_PER_SECOND // NANOSECONDS_PER_SECOND

    def __repr__(self) -> str:
        return f"<LiveClock {seconds(self.now()):.3f} s>"


class SetClock:
    """A time that is set: the offline clock, and the fake clock of tests."""

    def __init__(self, now: int = 0) -> None:
        self.time = now

    def now(self) -> int:
        return self.time

    def __repr__(self) -> str:
        return f"<SetClock {seconds(self.time):.3f} s>"


class DeviceClock:
    """Maps a device's timestamps onto stream time by a slow affine fit: stream = offset + device.

    The offset follows the smallest delay seen, because delivery is only ever late, and forgets at
    `drift` seconds a second so that a slowly drifting device clock is followed.
    """

    def __init__(self, drift: float = 0.0005) -> None:
        self._drift = drift
        self._offset: float | None = None
        self._last = 0

    def map(self, stamp: int, arrival: int) -> int:
        """A device timestamp and its arrival in stream time, both in flicks -> its stream time."""
        seen = arrival - stamp
        if self._offset is None:
            self._offset = seen
        self._offset = min(seen, self._offset + self._drift * max(0, arrival - self._last))
        self._last = arrival
        return round(stamp + self._offset)

    def __repr__(self) -> str:
        offset = "unset" if self._offset is None else f"{self._offset / FLICKS_PER_SECOND:.3f} s"
        return f"<DeviceClock offset {offset}>"
