"""When a world is cut: on an event or every so often, and never before the next shot is painted, so
that a cut falls on the same frame on every machine."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from engine.packet import FLICKS_PER_SECOND
from nodes.control.cycle import rises


@dataclass(frozen=True, slots=True)
class Cuts:
    """The cuts so far: the event counter seen last, the rhythm and which beat of it has passed,
    whether a cut is wanted, and from when on (flicks) the next shot is there; None before cuts are
    used."""

    seen: int | None = None
    rhythm: tuple[float, bool] = (0.0, False)
    passed: int = 0
    wanted: bool = False
    ready: int | None = None

    def after(
        self, now: int, trigger: int, every: float, beat: float | None, *, wait: int
    ) -> tuple[Cuts, bool]:
        """The cuts at `now` (flicks), and whether one falls there. `every` counts seconds, or beats
        where there is a `beat`; 0 is never. A shot is painted `wait` flicks after it is begun."""
        rhythm, passed = (every, beat is not None), self._passed(now, every, beat)
        on_time = every > 0 and rhythm == self.rhythm and passed > self.passed
        wanted = self.wanted or on_time or rises(self.seen, trigger) > 0
        ready = self.ready
        if ready is None and (wanted or every > 0):
            ready = now + wait
        falls = wanted and ready is not None and now >= ready
        if falls:
            wanted, ready = False, now + wait
        return replace(
            self, seen=trigger, rhythm=rhythm, passed=passed, wanted=wanted, ready=ready
        ), falls

    @staticmethod
    def _passed(now: int, every: float, beat: float | None) -> int:
        clock = now / FLICKS_PER_SECOND if beat is None else beat
        return math.floor(clock / every) if every > 0 else 0
