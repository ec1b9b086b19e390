"""From where a control stands to what a parameter holds, and back: range, curve, direction."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.control.source import BindingError
from engine.values import Trigger

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.param import Param

# name -> (bend, its inverse), both of [0, 1] onto itself and rising
CURVES: dict[str, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "linear": (float, float),
    "slow": (lambda p: p * p, math.sqrt),
    "fast": (math.sqrt, lambda p: p * p),
    "s": (
        lambda p: p * p * (3 - 2 * p),
        lambda y: 0.5 - math.sin(math.asin(1 - 2 * y) / 3),
    ),
}


def is_mappable(param: Param) -> bool:
    """Whether a control can drive it: numbers, switches, choices and triggers that change live."""
    return param.live and (bool(param.choices) or param.type in (float, int, bool, Trigger))


@dataclass(frozen=True)
class Span:
    """The part of a parameter that a control sweeps."""

    param: Param
    low: float
    high: float
    curve: str = "linear"
    invert: bool = False

    @staticmethod
    def of(
        param: Param,
        ends: tuple[float, float] | None = None,
        *,
        curve: str = "linear",
        invert: bool = False,
    ) -> Span:
        """All of a parameter, or a part; BindingError where no control can drive it."""
        if not is_mappable(param):
            why = "is fixed while the node runs" if not param.live else "is no number or choice"
            raise BindingError(f"{param.name} {why}, so no control can drive it")
        low, high = ends or natural(param)
        return Span(param, low, high, curve, invert)

    def value(self, position: float) -> Any:
        """What the parameter holds where the control stands at a position in [0, 1]."""
        at = CURVES[self.curve][0](1 - position if self.invert else position)
        if self.param.choices:
            return self.param.choices[self._choice(at)]
        return self.param.clamp(self.param.parse(self._number(at)))

    def position(self, value: Any) -> float:
        """Where a control would stand for a value; the nearest end where it is beyond."""
        at = min(1.0, max(0.0, self._share(value)))
        at = CURVES[self.curve][1](at)
        return 1 - at if self.invert else at

    def stepped(self, value: Any, steps: int) -> Any:
        """The value some notches on, stopped at the ends: an encoder's way of moving."""
        ahead = -steps if self.invert else steps
        if self.param.choices:
            at = self._index(value) + ahead
            low, high = sorted((round(self.low), round(self.high)))
            return self.param.choices[min(high, max(low, at))]
        if self.param.type is bool:
            return ahead > 0
        low, high = sorted((self.low, self.high))
        if self.param.type is int and high - low <= 127:
            return self.param.clamp(self.param.parse(min(high, max(low, value + ahead))))
        return self.value(min(1.0, max(0.0, self.position(value) + steps / 127)))

    def after(self, value: Any) -> Any:
        """The next choice or step, round again at the end."""
        if self.param.choices:
            low, high = sorted((round(self.low), round(self.high)))
            at = self._index(value) + 1
            return self.param.choices[at if low <= at <= high else low]
        if self.param.type is bool:
            return not value
        low, high = sorted((self.low, self.high))
        wanted = value + (self.param.step or (1 if self.param.type is int else (high - low) / 8))
        past = wanted > high + 1e-9 * max(1.0, abs(high))
        return self.param.clamp(self.param.parse(low if past else wanted))

    def is_same(self, a: Any, b: Any) -> bool:
        """Whether two values are one to a person's hand."""
        if isinstance(a, float) or isinstance(b, float):
            return abs(a - b) <= 1e-6 * max(abs(a), abs(b), abs(self.high - self.low))
        return a == b

    @property
    def _is_log(self) -> bool:
        return self.param.log and self.low > 0 and self.high > 0

    def _number(self, at: float) -> float:
        if self._is_log:
            return self.low * (self.high / self.low) ** at
        return self.low + (self.high - self.low) * at

    def _share(self, value: Any) -> float:
        if self.param.choices:
            count = abs(self.high - self.low) + 1
            return (abs(self._index(value) - self.low) + 0.5) / count
        if self.high == self.low:
            return 0.0
        if self._is_log:
            return math.log(max(value, 1e-12) / self.low) / math.log(self.high / self.low)
        return (float(value) - self.low) / (self.high - self.low)

    def _choice(self, at: float) -> int:
        """Bins of one width, so that each choice has its share of the way."""
        count = abs(self.high - self.low) + 1
        index = min(int(at * count), round(count) - 1)
        last = len(self.param.choices) - 1
        return min(last, max(0, round(self.low) + (index if self.high >= self.low else -index)))

    def _index(self, value: Any) -> int:
        return self.param.choices.index(value) if value in self.param.choices else 0


def natural(param: Param) -> tuple[float, float]:
    """The slider's span of a parameter: soft, else the limits, else what is around its default."""
    if param.choices:
        return 0, len(param.choices) - 1
    if param.type in (bool, Trigger):
        return 0, 1
    if param.soft:
        return param.soft
    default = float(param.default)
    low = param.min if param.min is not None else min(0.0, default)
    high = param.max if param.max is not None else max(1.0, 2 * default, low + 1)
    return low, high
