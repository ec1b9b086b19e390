"""A value that travels from one number to another in a given time."""

from __future__ import annotations

import math
from typing import Literal

from engine.node import Node, Tick, param, state
from engine.packet import seconds
from engine.values import Trigger
from nodes.control.cycle import rises

EASINGS = {
    "linear": lambda x: x,
    "smooth": lambda x: x * x * (3 - 2 * x),
    "ease in": lambda x: x * x,
    "ease out": lambda x: x * (2 - x),
    "late": lambda x: x**5,
    "early": lambda x: 1 - (1 - x) ** 5,
}
REPEATS = {
    "once": lambda turns: min(max(turns, 0.0), 1.0),
    "loop": lambda turns: turns - math.floor(turns) if turns > 0 else 0.0,
    "back and forth": lambda turns: 1 - abs(1 - turns % 2) if turns > 0 else 0.0,
}


class Ramp(Node, id="control.ramp", aliases=("fade", "animate", "tween")):
    """Takes a parameter of the picture from one value to another: a fade, a slow zoom.

    Time runs from the start of the stream, or from the last `restart`.
    """

    start: float = param(default=0.0, doc="Value at the beginning", soft=(0, 1))
    end: float = param(default=1.0, doc="Value at the end", soft=(0, 1))
    time: float = param(
        default=4.0,
        doc="Time from start to end",
        min=0,
        max=86400,
        soft=(0.1, 60),
        unit="s",
        log=True,
    )
    wait: float = param(
        default=0.0, doc="Time before it moves", min=0, max=86400, soft=(0, 60), unit="s"
    )
    repeat: Literal["once", "loop", "back and forth"] = param(
        default="once", doc="What happens at the end: stay there, begin again, or turn round"
    )
    shape: Literal["linear", "smooth", "ease in", "ease out", "late", "early"] = param(
        default="linear", doc="How the speed is spread: even, gentle at both ends, at one end"
    )
    restart: Trigger = param(default=Trigger(0), doc="Begins again from here")
    _begun: int = state(0)
    _seen: int | None = state()

    def process(self, tick: Tick) -> float:
        if rises(self._seen, self.restart):
            self._begun = tick.pts
        self._seen = self.restart
        along = seconds(tick.pts - self._begun) - self.wait
        turns = along / self.time if self.time > 0 else float(along >= 0)
        share = EASINGS[self.shape](REPEATS[self.repeat](turns))
        return self.start * (1 - share) + self.end * share
