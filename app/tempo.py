"""The beat that cues, prompt line and picture share: a count of beats over the stream's time.

It is tapped, typed or nudged; what follows it is a function of pts, so that a launch on a beat
lands on that beat's time exactly.
"""

from __future__ import annotations

import math
import statistics
import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol

from app.notice import Notice
from engine.cells import LINK
from engine.packet import FLICKS_PER_SECOND, FOREVER, seconds
from nodes.control.cycle import Cycle

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.graph import Graph

SLOWEST, FASTEST = 20.0, 999.0  # bpm
USUAL = 120.0
BAR = 4  # beats, as nearly all music for dancing has them
TAPS = 8  # how many count
ENOUGH = 3  # taps that make a tempo
LONGEST_GAP = 3.2  # seconds; a longer pause begins another series
BOUNCE = 0.4  # of the usual gap; what comes sooner is the same tap
NUDGE = 1 / 32  # beat
NODE = "control.beat_clock"
ORIGIN = "beat"  # who drives the beat clock's parameters
SLACK = FLICKS_PER_SECOND // 1000  # a boundary that passed a moment ago still counts
JUMP = 0.5  # seconds between machine and stream time that mean another engine
OFF = 0.02  # beats by which a clock may be off before it is moved
SETTLED = FLICKS_PER_SECOND // 4  # until a moved clock has sent a beat that tells
SAME = 1e-6  # bpm


class Timed(Protocol):
    """What is needed of a session."""

    @property
    def graph(self) -> Graph: ...
    @property
    def opened(self) -> Notice[Any]: ...
    def now(self) -> int: ...
    def value(self, key: str, name: str) -> Any: ...
    def driven(self, key: str, name: str) -> str | None: ...
    def set(self, key: str, name: str, value: Any, origin: str = ...) -> None: ...
    def tap(self, key: str, port: str = ...) -> Any: ...


class Tempo:
    """Beats by pts. Beat clocks of the graph run along, and turning one of them turns this."""

    def __init__(
        self,
        session: Timed,
        bpm: float = USUAL,
        *,
        wall: Callable[[], float] = time.monotonic,
    ) -> None:
        self.changed: Notice[float] = Notice()
        self._session = session
        self._wall = wall
        self._cycle = Cycle(_limited(bpm) / 60)
        self._taps: list[int] = []
        self._told: dict[str, float] = {}  # the bpm that each beat clock was last seen at
        self._loose: dict[str, int] = {}  # clocks to bring onto the beat: when they were moved
        self._leader: str | None = None  # the clock whose beat is taken over
        self._seen = (session.now(), wall())
        session.opened.listen(lambda _: self.adopt())
        self.adopt()

    # Reading

    @property
    def bpm(self) -> float:
        return self._cycle.rate * 60

    def beat(self, pts: int | None = None) -> float:
        """Beats since the first one at a time in flicks (None: now); below 0 before it."""
        return self._cycle.at(self._session.now() if pts is None else pts)

    def in_bar(self, pts: int | None = None) -> int:
        """Which beat of the bar runs, from 0."""
        return math.floor(self.beat(pts)) % BAR

    def pts_of(self, beat: float) -> int:
        """When a beat is, in flicks."""
        cycle = self._cycle
        return cycle.pts + round((beat - cycle.cycles) / cycle.rate * FLICKS_PER_SECOND)

    def next(self, beats: int, after: int | None = None) -> int:
        """The time of the next beat that is a multiple of `beats`; 0 beats are no wait."""
        after = self._session.now() if after is None else after
        if beats <= 0:
            return after
        return self.pts_of(beats * math.ceil(self.beat(after - SLACK) / beats))

    def seconds_of(self, beats: float) -> float:
        return beats / self._cycle.rate

    # Setting

    def set_bpm(self, bpm: float) -> None:
        """Another tempo from now on, 20 to 999 bpm; the beat that runs goes on."""
        self._move(self._cycle.with_rate(_limited(bpm) / 60, self._session.now()))

    def tap(self) -> None:
        """One tap on the beat; from three on they set the tempo and where the beat falls."""
        now = self._session.now()
        if self._taps and not 0 <= seconds(now - self._taps[-1]) <= LONGEST_GAP:
            self._taps = []
        self._taps = [*self._taps, now][-TAPS:]
        found = fit(self._taps)
        if found is not None:
            gap, last = found
            rate = _limited(60 / gap) / 60
            whole = math.floor(self._cycle.at(now) + 0.5)
            self._move(Cycle(rate, last, float(whole)))

    def nudge(self, beats: float = NUDGE) -> None:
        """Moves all beats earlier (up) or later (down)."""
        self._move(self._cycle.shifted(beats))

    def double(self) -> None:
        """Twice the tempo; every beat stays one."""
        self._scale(2.0)

    def halve(self) -> None:
        """Half the tempo; every other beat stays one."""
        self._scale(0.5)

    def resync(self) -> None:
        """This moment is the first beat of a bar."""
        self._taps = []
        bars = math.ceil(self.beat() / BAR)
        self._move(Cycle(self._cycle.rate, self._session.now(), float(bars * BAR)))

    def _scale(self, factor: float) -> None:
        if SLOWEST <= self.bpm * factor <= FASTEST:
            now = self._session.now()
            self._move(Cycle(self._cycle.rate * factor, now, self._cycle.at(now) * factor))

    def _move(self, cycle: Cycle) -> None:
        if cycle != self._cycle:
            self._cycle = cycle
            self._drive()
            self.changed.tell(self.bpm)

    # Beat clocks of the graph

    def adopt(self) -> None:
        """Takes tempo and beat of the graph's first beat clock: a document was opened."""
        self._told = {}
        self._leader = next(iter(self._clocks()), None)
        if self._leader is not None:
            self.set_bpm(self._session.value(self._leader, "bpm"))
        self._loose = {}

    def tick(self) -> None:
        """Follows another engine's time, and a beat clock that somebody turned."""
        self._follow_time()
        for key in self._clocks():
            bpm = self._session.value(key, "bpm")
            if abs(bpm - self._told.setdefault(key, bpm)) > SAME:
                self._told[key] = bpm
                self.set_bpm(bpm)
            self._align(key)

    def _follow_time(self) -> None:
        """Stream time that jumps is another engine's: the beat goes on over the gap."""
        then, wall_then = self._seen
        now, wall = self._session.now(), self._wall()
        self._seen = (now, wall)
        passed = wall - wall_then
        if abs(seconds(now - then) - passed) > JUMP + passed / 10:
            moved = now - then - round(passed * FLICKS_PER_SECOND)
            self._cycle = Cycle(self._cycle.rate, self._cycle.pts + moved, self._cycle.cycles)
            self._taps = []
            self._loose = dict.fromkeys(self._clocks(), now)

    def _clocks(self) -> list[str]:
        """The beat clocks that no link drives."""
        flat = self._session.graph.flatten()
        keys = [key for key, entry in flat.nodes.items() if entry.type == NODE]
        return [key for key in keys if self._session.driven(key, "bpm") != LINK]

    def _drive(self) -> None:
        for key in self._clocks():
            self._session.set(key, "bpm", self.bpm, ORIGIN)
            self._told[key] = self._session.value(key, "bpm")
            self._loose[key] = self._session.now()

    def _align(self, key: str) -> None:
        """Takes over the beat of a clock that leads, else moves it onto this one by its nudge.

        Only what the clock sent a moment after it was moved tells where it is.
        """
        tap = self._session.tap(key, "beat")
        packet = tap.newest() if tap is not None else None
        leads = key == self._leader
        if packet is None or not (leads or packet.pts > self._loose.get(key, FOREVER) + SETTLED):
            return
        off = self.beat(packet.pts) - packet.value
        off -= round(off)
        if leads:
            self._leader = None
            self._cycle = self._cycle.shifted(-off)
        elif abs(off) <= OFF:
            del self._loose[key]
        else:
            nudge = self._session.value(key, "nudge") + off
            self._session.set(key, "nudge", nudge - round(nudge), ORIGIN)
            self._loose[key] = self._session.now()

    def __repr__(self) -> str:
        return f"<Tempo {self.bpm:.1f} bpm at beat {self.beat():.2f}>"


def fit(taps: list[int]) -> tuple[float, int] | None:
    """Seconds a beat and the time of the last one, from taps in flicks; None where they are few.

    A bounce is dropped, a tap that was left out counts as passed, and what strays from the line
    through the others is left out of it.
    """
    gaps = [later - pts for pts, later in pairwise(taps)]
    if len(taps) < ENOUGH:
        return None
    usual = statistics.median(gaps)
    if usual <= 0:
        return None
    points = _counted(taps, usual)
    if len(points) < ENOUGH:
        return None
    slope, start = statistics.linear_regression(*zip(*points, strict=True))
    good = [(n, pts) for n, pts in points if abs(start + slope * n - pts) < usual / 8]
    if len(good) >= ENOUGH and len(good) < len(points):
        slope, start = statistics.linear_regression(*zip(*good, strict=True))
    return slope / FLICKS_PER_SECOND, round(start + slope * points[-1][0])


def _counted(taps: list[int], usual: float) -> list[tuple[int, int]]:
    """Taps with the beats they fall on; one that bounces falls on none."""
    points = [(0, taps[0])]
    for pts in taps[1:]:
        number, last = points[-1]
        if pts - last >= BOUNCE * usual:
            points.append((number + max(1, round((pts - last) / usual)), pts))
    return points


def _limited(bpm: float) -> float:
    """The tempo within 20 to 999 bpm; what is no number is the usual one."""
    return min(FASTEST, max(SLOWEST, float(bpm))) if math.isfinite(bpm) else USUAL
