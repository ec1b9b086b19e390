"""A list of values that is stepped through by time, by beats or by events."""

from __future__ import annotations

import math
from typing import Literal

from engine.errors import ParamError
from engine.node import Held, Node, Tick, param, resource, state
from engine.packet import seconds
from engine.values import Trigger
from nodes.control.cycle import rises

MOST_VALUES = 256


def read_values(text: str) -> tuple[float, ...]:
    """1 to 256 numbers from text such as "0, 0.5, 1"; ParamError with the word that is wrong."""
    words = text.replace(",", " ").replace(";", " ").split()
    if not 1 <= len(words) <= MOST_VALUES:
        raise ParamError(
            f"values holds {len(words)} numbers; write 1 to {MOST_VALUES}, such as '0, 0.5, 1'"
        )
    return tuple(_number(word) for word in words)


def _number(word: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ParamError(
            f"values holds {word[:40]!r}, which is not a number; write for example '0, 0.5, 1'"
        )
    return value


class Sequence(Node, id="control.sequence", aliases=("steps", "list", "pattern")):
    """Steps a parameter of the picture through a list of values, over and over.

    Steps by time (every `every` seconds), by the linked beat (every `every` beats) or by `next`.
    """

    values: str = param(default="0, 0.5, 1, 0.5", doc="The values, with commas between; up to 256")
    by: Literal["time", "beat", "trigger"] = param(default="time", doc="What steps it")
    every: float = param(
        default=1.0, doc="Seconds or beats of a step", min=0.01, max=3600, soft=(0.25, 16), log=True
    )
    next: Trigger = param(
        default=Trigger(0), doc="Goes to the next value, where stepped by trigger"
    )
    glide: float = param(
        default=0.0,
        doc="Share of a step (of time or beats) spent gliding to the next value",
        min=0,
        max=1,
    )
    _seen: int | None = state()
    _steps: int = state(0)
    _read: tuple[str, tuple[float, ...]] = resource(("", ()))

    def process(self, tick: Tick, beat: Held[float | None] = None) -> float:
        self._steps += rises(self._seen, self.next)
        self._seen = self.next
        values = self._parsed()
        along = self._along(tick, beat)
        step = math.floor(along)
        here, there = values[step % len(values)], values[(step + 1) % len(values)]
        share = self._glided(along - step)
        return here + (there - here) * share

    def _along(self, tick: Tick, beat: float | None) -> float:
        if self.by == "trigger":
            return float(self._steps)
        if self.by == "beat":
            return (beat or 0.0) / self.every
        return seconds(tick.pts) / self.every

    def _glided(self, share: float) -> float:
        """Stays first, then moves during the last `glide` of the step."""
        if self.glide <= 0:
            return 0.0
        return max(0.0, 1 - (1 - share) / self.glide)

    def _parsed(self) -> tuple[float, ...]:
        if self._read[0] != self.values or not self._read[1]:
            self._read = (self.values, read_values(self.values))
        return self._read[1]
