"""What a person types into a number field, as a number: sums, and changes of the present value.

The sums are those of the Math node (`nodes/control/expression.py`), so that nothing typed runs as
code; here is what a field adds: "+1" and "*2" change the value, "x" is it, units may follow.
"""

from __future__ import annotations

import math
import re

from engine.errors import ParamError
from nodes.control.expression import MAX_LENGTH, parse

VALUE = "x"  # the present value, in a sum
SHOWN = 40  # characters of a text that a sentence quotes
CHANGE = re.compile(r"\s*(?:(\*\*)|([-+*/%])=|([+*/%]))\s*(.+)", re.DOTALL)
DECIMAL_COMMA = re.compile(r"\s*[-+]?[0-9]*,[0-9]+\s*")


def evaluate(text: str, value: float = 0.0, unit: str = "") -> float:
    """The number that a text means where `value` stands; ParamError with a sentence otherwise.

    "1/3" is a third; "+1", "*2", "/2", "%2" and "-=1" change the value, "-1" is minus one; "2*x"
    uses it; "12 px" has the unit.
    """
    if len(text) > MAX_LENGTH:
        raise ParamError(
            f"a number of {len(text)} characters is too long; type {MAX_LENGTH} at most"
        )
    sum_ = _without_unit(text, unit).strip()
    if not sum_:
        raise ParamError("there is no number; type one, such as 0.5, or a sum such as 1/3")
    return _computed(_as_sum(sum_), value, _short(text.strip()))


def _as_sum(text: str) -> str:
    """A change of the value as a sum in which the value is named."""
    if DECIMAL_COMMA.fullmatch(text):
        text = text.replace(",", ".")
    change = CHANGE.fullmatch(text)
    if change is None:
        return text
    operator = change[1] or change[2] or change[3]
    return f"{VALUE} {operator} ({change[4]})"


def _computed(text: str, value: float, typed: str) -> float:
    try:
        result = float(parse(text, (VALUE,))({VALUE: value}))
    except ParamError as error:
        raise ParamError(f"{typed!r} is no number: {error}") from None
    except (ArithmeticError, ValueError) as error:
        raise ParamError(f"{typed!r} has no result ({error}); change the sum") from None
    if not math.isfinite(result):
        raise ParamError(f"{typed!r} is too large for a number; type a smaller one")
    return result


def _without_unit(text: str, unit: str) -> str:
    return text.rstrip().removesuffix(unit) if unit else text


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
