"""Sees that the engine hangs, says so, and has it started again; the output holds its picture.

Two things can hang. The engine's own lane: it calls the output node once a tick, so its calls stop;
where what it holds has not been called yet, it passes them by no more.
A slow lane, which has a generator in it: it takes no picture while one waits for it, for far longer
than its calls take. An engine that is stopped, loads, waits for a source, is at the end of its
material or is merely slow is left alone.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

from engine.faults import AT_END
from engine.runner import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.session import Session
    from engine.probe import NodeStats
    from engine.stats import Stats

EVERY = 0.25  # seconds between looks
STALLED, HUNG = 1.0, 5.0  # seconds without progress
SLOW_CALLS = 4  # so many times its usual call a lane may take before it counts as stalled
REST = 10.0  # seconds that a fresh engine gets, doubled at each restart up to
LONGEST_REST = 160.0
LIGHT = "light"
Health = Literal["stopped", "well", "stalled", "hung"]


class Watchdog:
    """Looks after one session; `tick` belongs to the session's thread."""

    def __init__(self, session: Session, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._session = session
        self._clock = clock
        self._looked = -EVERY
        self._calls: dict[str, int] = {}  # by lane
        self._moved: dict[str, float] = {}  # when each lane made progress last
        self._passes: int | None = None  # of the engine's own lane
        self._progress = False  # somewhere, since the last look
        self._rest = REST
        self._rests_until = 0.0
        self.health: Health = "stopped"
        self.restarts = 0

    def tick(self) -> None:
        """Looks four times a second; may restart the engine."""
        now = self._clock()
        if now - self._looked < EVERY:
            return
        late = now - self._looked - EVERY  # the interface itself stood still: nobody could look
        self._looked = now
        if late > STALLED:
            self._moved = {lane: moved + late for lane, moved in self._moved.items()}
        self._progress = False
        stats = self._session.stats()
        if stats is None:
            self._calls, self._moved, self.health = {}, {}, "stopped"
            return
        self._judge(self._worst(stats, now), now)

    def _worst(self, stats: Stats, now: float) -> tuple[float, str]:
        """The longest stall in seconds beyond what is usual, and its lane."""
        stalls = [
            (now - self._moved[lane] - spare, lane) for lane, spare in self._lanes(stats, now)
        ]
        return max(stalls, default=(0.0, ""))

    def _lanes(self, stats: Stats, now: float) -> Iterator[tuple[str, float]]:
        """Every lane that ought to move, with the seconds that it may take for a call."""
        homes: dict[str, list[NodeStats]] = {}
        for node in stats.nodes:
            homes.setdefault(node.lane, []).append(node)
        waiting = {
            link.name.rpartition("-> ")[2].rpartition(".")[0]
            for link in stats.links
            if link.waiting
        }
        is_stuck = stats.passes is not None and stats.passes == self._passes
        self._passes = stats.passes
        at_rest = any(n.message == AT_END or n.status == Status.FAILED.value for n in stats.nodes)
        for lane, nodes in homes.items():
            ought = _ought_to_move(lane, nodes, waiting) and not (lane == LIGHT and at_rest)
            ought |= lane == LIGHT and is_stuck
            calls = sum(node.calls for node in nodes)
            self._progress |= calls > self._calls.get(lane, calls)
            if calls != self._calls.get(lane) or not ought:
                self._calls[lane], self._moved[lane] = calls, now
            usual = max(max(node.mean_ms, node.p95_ms) for node in nodes) / 1000
            yield lane, max(0.0, (SLOW_CALLS * usual) - STALLED) if lane != LIGHT else 0.0

    def _judge(self, worst: tuple[float, str], now: float) -> None:
        stall, lane = worst
        if stall <= STALLED:
            if self.health != "stopped" and not self._progress:
                return
            if self.health in ("stalled", "hung"):
                self._session.said.tell("the picture moves again", "info")
            self.health = "well"
            return
        if self.health not in ("stalled", "hung"):
            self.health = "stalled"
            self._session.said.tell(
                f"the engine stalls ({lane} lane); the output holds its picture", "warning"
            )
        if stall > HUNG and now >= self._rests_until:
            self.health = "hung"
            self.restarts += 1
            self._rests_until = now + self._rest
            self._rest = min(2 * self._rest, LONGEST_REST)
            self._calls, self._moved = {}, {}
            self._session.restart()

    def __repr__(self) -> str:
        return f"<Watchdog {self.health} {self.restarts} restarts>"


def _ought_to_move(lane: str, nodes: list[NodeStats], waiting: set[str]) -> bool:
    """Whether a lane has work: nobody loads, and somebody is called who has been called before."""
    if any(node.status == Status.LOADING.value for node in nodes):
        return False
    at_work = [node for node in nodes if node.status == Status.READY.value and node.calls]
    if lane == LIGHT:
        return bool(at_work)
    return any(node.key in waiting for node in at_work) and not lane.startswith("io")
