"""Where a number lies on its slider, how far a drag moves it, and how it is written.

A slider spans the soft range; a drag of 300 pixels crosses it. Numbers without a range of use to a
hand (seeds, positions in a film) are open: they have no bar and move by a step a pixel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.spec import Param

DRAG = 300  # pixels that cross the soft range
FINE = 0.1  # what Shift makes of a movement
WIDEST = 20_000  # a wider span of limits is nothing to slide over
STEPS = 20  # where a parameter names no step, Ctrl snaps to about as many places
SIGNIFICANT = 3  # digits of a number on a logarithmic slider
SPLIT = 2  # pixels a step of an open whole number


@dataclass(frozen=True)
class Scale:
    """The slider of one number; `low` and `high` are its ends, None where it is open."""

    low: float | None
    high: float | None
    step: float
    whole: bool
    log: bool

    @staticmethod
    def of(param: Param) -> Scale:
        """The slider that a parameter asks for."""
        span = _span(param)
        whole = param.type is not float
        log = param.log and span is not None and span[0] > 0
        step = param.step or (1.0 if whole else _nice_step(span))
        return Scale(*(span or (None, None)), step=step, whole=whole, log=log)

    @property
    def is_open(self) -> bool:
        return self.low is None or self.high is None

    def place(self, value: float) -> float:
        """Where a value lies: 0 at the low end, 1 at the high end, beyond them outside."""
        if self.low is None or self.high is None or self.low == self.high:
            return 0.0
        if self.log:
            low, high = math.log(self.low), math.log(self.high)
            return (math.log(value) - low) / (high - low) if value > 0 else 0.0
        return (value - self.low) / (self.high - self.low)

    def at(self, place: float) -> float:
        """The value at a place."""
        if self.low is None or self.high is None:
            return 0.0
        if self.log:
            return self.low * (self.high / self.low) ** place
        return self.low + (self.high - self.low) * place

    def dragged(self, value: float, pixels: float) -> float:
        """The value after a movement: within the slider, or no farther out than it was."""
        if self.is_open:
            return value + pixels * (self.step / SPLIT if self.whole else self.step / 10)
        start = self.place(value)
        place = start + pixels / DRAG
        return self.at(min(max(place, min(start, 0.0)), max(start, 1.0)))

    def snapped(self, value: float) -> float:
        """The nearest step."""
        if self.log:
            return _rounded(value, 1)
        return round(value / self.step) * self.step

    def stepped(self, value: float, steps: float) -> float:
        """The value some steps on, as the arrow keys go."""
        if self.log:
            return self.dragged(value, steps * DRAG / STEPS / 2)
        moved = value + steps * (1.0 if self.whole else self.step)
        return self._within(value, moved)

    def tidy(self, value: float) -> float:
        """The value without digits that no hand has meant."""
        if self.whole:
            return float(round(value))
        if self.log:
            return _rounded(value, SIGNIFICANT + 1)
        return round(value, self.decimals + 2)

    @property
    def decimals(self) -> int:
        """How many digits after the point tell two places of the slider apart."""
        if self.whole:
            return 0
        if self.low is None or self.high is None:
            return 2
        return min(max(3 - math.floor(math.log10(max(self.high - self.low, 1e-9))), 0), 6)

    def text(self, value: float) -> str:
        """The value as the field shows it; digits do not come and go while it moves."""
        if self.whole:
            return str(round(value))
        if abs(value) >= 1e7 or 0 < abs(value) < 1e-5:
            return f"{value:.3g}"
        if self.log and value > 0:
            return f"{value:.{min(max(2 - math.floor(math.log10(value)), 0), 5)}f}"
        return _without_sign_of_zero(f"{value:.{self.decimals}f}")

    def _within(self, old: float, new: float) -> float:
        if self.low is None or self.high is None:
            return new
        return min(max(new, min(old, self.low)), max(old, self.high))


def exact(value: float) -> str:
    """A number with every digit it has, as it is typed again."""
    return str(value) if isinstance(value, int) else f"{value:.15g}"


def _span(param: Param) -> tuple[float, float] | None:
    low, high = param.soft or (param.min, param.max)
    if low is None or high is None or high - low > WIDEST:
        return None
    return float(low), float(high)


def _nice_step(span: tuple[float, float] | None) -> float:
    if span is None or span[0] >= span[1]:
        return 0.1
    rough = (span[1] - span[0]) / STEPS
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * nice for nice in (1, 2, 5, 10) if power * nice >= rough * 0.999)


def _rounded(value: float, digits: int) -> float:
    """A number to so many significant digits."""
    return float(f"{value:.{digits}g}")


def _without_sign_of_zero(text: str) -> str:
    return text.lstrip("-") if not text.strip("-0.") else text
