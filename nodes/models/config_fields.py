"""Config files to frozen dataclasses: each field as it is declared, or a sentence about it."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from engine.errors import WeightsError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")
NUMBERS = {int: int, float: (int, float)}


def parse(cls: type[T], values: object, where: str) -> T:
    """A dataclass from the object of a JSON file; `where` names it in a WeightsError about what is
    unknown, missing, of another type, or refused by the class itself.
    """
    if not isinstance(values, dict):
        raise WeightsError(f"{where} holds {values!r}, not an object")
    hints = get_type_hints(cls)
    _expect_names(cls, values, where)
    found = {name: _as(hints[name], value, f"{where}.{name}") for name, value in values.items()}
    try:
        return cls(**found)
    except ValueError as error:
        raise WeightsError(f"{where}: {error}") from None


def _expect_names(cls: Any, values: Mapping[str, object], where: str) -> None:
    fields = {field.name: field for field in dataclasses.fields(cls)}
    unknown = next((name for name in values if name not in fields), None)
    if unknown is not None:
        raise WeightsError(f"{where} has no field {unknown!r}{did_you_mean(unknown, fields)}")
    missing = [name for name, field in fields.items() if name not in values and _needed(field)]
    if missing:
        raise WeightsError(f"{where} lacks {', '.join(missing)}")


def _needed(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _as(hint: Any, value: object, where: str) -> Any:
    origin = get_origin(hint)
    if origin in (tuple, frozenset) and isinstance(value, list):
        return _many(origin, get_args(hint), value, where)
    if origin is Literal and value in get_args(hint):
        return value
    if hint in NUMBERS and _is_number(hint, value):
        return hint(value)
    if hint in (str, bool) and type(value) is hint:
        return value
    raise WeightsError(f"{where} is {value!r}, not {_called(hint)}")


def _many(origin: Any, kinds: tuple[Any, ...], values: list[Any], where: str) -> Any:
    fixed = origin is tuple and kinds[-1] is not ...
    if fixed and len(values) != len(kinds):
        raise WeightsError(f"{where} has {len(values)} values, not {len(kinds)}")
    each = kinds if fixed else (kinds[0],) * len(values)
    return origin(_as(kind, value, where) for kind, value in zip(each, values, strict=True))


def _is_number(hint: Any, value: Any) -> bool:
    return isinstance(value, NUMBERS[hint]) and type(value) is not bool and math.isfinite(value)


def _called(hint: Any) -> str:
    return hint.__name__ if isinstance(hint, type) else str(hint).removeprefix("typing.")
