"""The beat: a tempo by number or by tapping, as running beats, as phase and as a pulse."""

from __future__ import annotations

import math
from typing import NamedTuple

from engine.node import Node, Tick, param, state
from engine.packet import seconds
from engine.values import Trigger
from nodes.control.cycle import Cycle, rises

LONGEST_TAP = 2.0  # seconds; a longer pause begins a new series of taps
TAPS = 8  # how many are averaged


class Beat(NamedTuple):
    beat: float
    phase: float
    pulse: Trigger


class BeatClock(Node, id="control.beat_clock", aliases=("tempo", "bpm", "tap", "metronome")):
    """Counts the beats of the music, so that movements of the picture can run in time with it.

    Tap along twice or more: the tempo is taken from the taps and each tap falls on a beat, until
    `bpm` is turned again. `beat` runs on (0, 0.5, 1 ...), `phase` is the share of the beat that
    has passed, `pulse` counts one up at each beat.
    """

    bpm: float = param(
        default=120.0, doc="Beats a minute", min=1, max=999, soft=(60, 200), step=0.1, unit="bpm"
    )
    tap: Trigger = param(
        default=Trigger(0), doc="Tap it on the beat; two or more taps set the tempo"
    )
    nudge: float = param(
        default=0.0, doc="Moves all beats earlier (up) or later (down)", min=-1, max=1, unit="beats"
    )
    _cycle: Cycle | None = state()
    _bpm: float | None = state()
    _taps: tuple[int, ...] = state(())
    _seen: int | None = state()
    _counted: int = state(0)

    def process(self, tick: Tick) -> Beat:
        self._follow_knob(tick.pts)
        if rises(self._seen, self.tap):
            self._take_tap(tick.pts)
        self._seen = self.tap
        assert self._cycle is not None
        beat = self._cycle.at(tick.pts) + self.nudge
        self._counted = max(self._counted, math.floor(beat) + 1)
        return Beat(beat, beat - math.floor(beat), Trigger(self._counted))

    def _follow_knob(self, pts: int) -> None:
        if self._bpm != self.bpm:
            cycle = self._cycle or Cycle(self.bpm / 60)
            self._cycle = cycle.with_rate(self.bpm / 60, pts)
            self._bpm = self.bpm

    def _take_tap(self, pts: int) -> None:
        if self._taps and seconds(pts - self._taps[-1]) > LONGEST_TAP:
            self._taps = ()
        self._taps = (*self._taps, pts)[-TAPS:]
        span = seconds(self._taps[-1] - self._taps[0])
        if span <= 0:
            return
        assert self._cycle is not None
        cycle = self._cycle.with_rate((len(self._taps) - 1) / span, pts)
        passed = cycle.at(pts) + self.nudge
        # the nearest whole beat is not below the one that is running: none is counted twice
        self._cycle = cycle.shifted(math.floor(passed + 0.5) - passed)
