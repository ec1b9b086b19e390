"""A value that swings up and down for ever: the slow hand that moves other parameters."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from engine.node import Held, Node, Rng, Tick, param, state
from nodes.control.cycle import Cycle
from nodes.control.wander import draw, wander

if TYPE_CHECKING:
    from collections.abc import Callable

SHAPES: dict[str, Callable[[float], float]] = {
    "sine": lambda phase: 0.5 - 0.5 * math.cos(math.tau * phase),
    "triangle": lambda phase: 1 - abs(1 - 2 * phase),
    "saw": lambda phase: phase,
}
RANDOM: dict[str, Callable[[Rng, float], float]] = {
    "random steps": lambda rng, cycles: draw(rng, math.floor(cycles)),
    "random smooth": wander,
}


class LFO(Node, id="control.lfo", title="LFO", aliases=("oscillator", "wave", "swing", "random")):
    """Swings a parameter of the picture between `low` and `high` over and over.

    Sine and triangle begin at `low` and rise, saw climbs and drops, square is `high` for `width`
    of the cycle, the random shapes take another height each cycle. With a beat linked, a cycle
    lasts `beats` beats; otherwise `rate` is its speed, and turning it never makes the swing jump.
    """

    shape: Literal["sine", "triangle", "saw", "square", "random steps", "random smooth"] = param(
        default="sine", doc="The form of the swing"
    )
    rate: float = param(
        default=0.25,
        doc="Cycles a second without a beat",
        min=0,
        max=1000,
        soft=(0.01, 10),
        unit="Hz",
        log=True,
    )
    beats: float = param(
        default=4.0,
        doc="Beats of a cycle, where a beat is linked",
        min=0.01,
        max=4096,
        soft=(0.25, 32),
        unit="beats",
        log=True,
    )
    low: float = param(default=0.0, doc="The lowest value", soft=(0, 1))
    high: float = param(default=1.0, doc="The highest value", soft=(0, 1))
    phase: float = param(default=0.0, doc="Where in the cycle it begins, in cycles", soft=(0, 1))
    width: float = param(default=0.5, doc="Share of the cycle that a square is high", min=0, max=1)
    _cycle: Cycle | None = state()
    _pts: int = state(0)

    def process(self, tick: Tick, beat: Held[float | None] = None) -> float:
        cycles = self._passed(tick.pts) if beat is None else beat / self.beats
        share = self._height(cycles + self.phase)
        return self.low * (1 - share) + self.high * share

    def _passed(self, pts: int) -> float:
        # another rate counts from the last call on: the height then is where the new swing begins
        cycle = self._cycle or Cycle(self.rate)
        self._cycle = cycle.with_rate(self.rate, self._pts)
        self._pts = pts
        return self._cycle.at(pts)

    def _height(self, cycles: float) -> float:
        if self.shape in RANDOM:
            return RANDOM[self.shape](self.ctx.rng, cycles)
        phase = cycles - math.floor(cycles)
        return float(phase < self.width) if self.shape == "square" else SHAPES[self.shape](phase)
