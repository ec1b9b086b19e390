"""A number that follows another without jumps; exact in time, however often it is called."""

from __future__ import annotations

import math
from typing import Literal

from engine.node import Node, Tick, param, state
from engine.packet import seconds


class Smooth(Node, id="control.smooth", aliases=("lag", "slew", "damp")):
    """Takes the jumps out of a number, so that what it drives in the picture glides.

    `exponential` covers 63 % of the way in `time`; `steady` moves by at most `speed` a second. The
    same input over the same time gives the same output at any frame rate.
    """

    mode: Literal["exponential", "steady"] = param(
        default="exponential", doc="Fast first and then slower, or at one speed"
    )
    time: float = param(
        default=0.2,
        doc="Time constant of the exponential mode",
        min=0,
        max=600,
        soft=(0, 5),
        unit="s",
    )
    speed: float = param(
        default=1.0, doc="Greatest change a second in the steady mode", min=0, max=1e6, soft=(0, 10)
    )
    _value: float | None = state()
    _pts: int = state(0)

    def process(self, tick: Tick, value: float) -> float:
        passed = seconds(max(tick.pts - self._pts, 0))
        if not math.isfinite(value):
            value = self._value or 0.0  # let in, it would never leave again
        before = value if self._value is None else self._value
        follow = self._exponential if self.mode == "exponential" else self._steady
        self._value, self._pts = follow(before, value, passed), tick.pts
        return self._value

    def _exponential(self, before: float, goal: float, passed: float) -> float:
        if self.time <= 0:
            return goal
        return goal + (before - goal) * math.exp(-passed / self.time)

    def _steady(self, before: float, goal: float, passed: float) -> float:
        reach = self.speed * passed
        return before + min(max(goal - before, -reach), reach)
