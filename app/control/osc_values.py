"""What the arguments of an OSC message mean for a parameter: a value in its own units, or a way on.

A first argument of one sign says how the second is taken: "a" as it is, "+" and "-" added, "*"
multiplied, "n" from 0 to 1 over the slider's span; "?" asks.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from app.control.span import Span, is_mappable
from engine.errors import ParamError
from engine.param import to_json
from engine.values import Color, Prompt, Trigger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.param import Param

SIGNS = frozenset({"a", "+", "-", "*", "n"})
ASK = "?"


def wanted(param: Param, args: Sequence[Any], current: Callable[[], Any]) -> Any:
    """The value that arguments ask for; None for a button's release. ParamError."""
    sign, rest = ("", list(args))
    if len(args) > 1 and args[0] in SIGNS and isinstance(args[0], str):
        sign, rest = args[0], list(args[1:])
    if param.type is Trigger:
        return _pressed(rest, current)
    if param.type is Color and len(rest) >= 3:
        return _color(param, rest)
    value = _only(param, rest)
    if sign in ("+", "-", "*"):
        value = _moved(param, sign, value, current())
    if sign == "n":
        return _spanned(param, value)
    return _settled(param, value)


def answer(value: Any) -> list[Any]:
    """A parameter's value as OSC carries it."""
    if isinstance(value, Prompt):
        return [" ".join(text for text, _ in value.pieces)]
    if isinstance(value, bool | Trigger):
        return [int(value)]
    value = to_json(value)
    return [value if isinstance(value, int | float | str) else str(value)]


def _pressed(args: Sequence[Any], current: Callable[[], Any]) -> Any:
    """One more for a press; buttons send 0 when they are let go."""
    held = args[0] if args else True
    is_up = isinstance(held, int | float) and not held
    return None if is_up else Trigger(int(current()) + 1)


def _only(param: Param, args: Sequence[Any]) -> Any:
    """The one argument; a switch that is called without one goes on."""
    if not args and param.type is bool:
        return True
    if not args:
        raise ParamError(f"{param.name} takes a value, and none was sent")
    value = args[0]
    if isinstance(value, str) and param.type in (int, float, bool) and not param.choices:
        return _number(param, value)
    return value


def _number(param: Param, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ParamError(f"{param.name} takes a number, not {text[:40]!r}") from None


def _moved(param: Param, sign: str, by: Any, current: Any) -> Any:
    numbers = (int, float)
    if param.choices and current in param.choices:
        current = param.choices.index(current)
    if not isinstance(by, numbers) or not isinstance(current, numbers):
        raise ParamError(f"{param.name} is no number, so {sign!r} cannot move it")
    if not math.isfinite(by):
        raise ParamError(f"{param.name} cannot be moved by {by}")
    return current + by if sign == "+" else current - by if sign == "-" else current * by


def _spanned(param: Param, value: Any) -> Any:
    if not is_mappable(param) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ParamError(f"{param.name} cannot be set from 0 to 1 by {value!r}")
    return Span.of(param).value(min(1.0, max(0.0, float(value))))


def _color(param: Param, args: Sequence[Any]) -> Any:
    """Three numbers in [0, 1], or in [0, 255] where one of them says so."""
    try:
        red, green, blue = (float(each) for each in args[:3])
    except (TypeError, ValueError):
        raise ParamError(f"{param.name} takes '#rrggbb' or three numbers") from None
    if not all(math.isfinite(each) for each in (red, green, blue)):
        raise ParamError(f"{param.name} takes numbers from 0 to 1")
    whole = 1 if max(red, green, blue) > 1 else 255
    parts = (min(255, max(0, round(each * whole))) for each in (red, green, blue))
    return Color("#" + "".join(f"{part:02x}" for part in parts))


def _settled(param: Param, value: Any) -> Any:
    if param.type is Color and isinstance(value, tuple):  # the type r of OSC: four bytes
        return _color(param, [each / 255 for each in value[:3]])
    if isinstance(value, bytes | list | tuple) or value is None:
        raise ParamError(f"{param.name} takes {param.type.__name__}, not {type(value).__name__}")
    return param.clamp(param.parse(value))
