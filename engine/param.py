"""A declared knob: what it may hold, and how a value from a file, a person or a link becomes one of
its own.
"""

from __future__ import annotations

import dataclasses
import re
import typing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from engine.errors import ParamError, SpecError, did_you_mean
from engine.values import Color, Prompt, Trigger

LARGEST = 1e300  # also what tells infinity and NaN from numbers
HALF = re.compile("[\ud800-\udfff]")  # of a character; no file can hold one
ARTICLES: dict[type, str] = {
    int: "a whole number",
    float: "a number",
    Trigger: "a count",
    Path: "a path",
    Color: "a colour",
}


@dataclass(frozen=True)
class Param:
    """A declared knob. `min`/`max` are validity and clamp; `soft` is the slider's span."""

    name: str
    type: type
    default: Any
    doc: str
    min: float | None = None
    max: float | None = None
    soft: tuple[float, float] | None = None
    step: float | None = None
    unit: str = ""
    log: bool = False
    live: bool = True
    choices: tuple[str, ...] = ()

    @property
    def exposable(self) -> bool:
        """Whether a link can drive it."""
        return self.live and self.type is not Path

    def parse(self, value: Any) -> Any:
        """The value in the parameter's own type; ParamError where it cannot be one. Limits are not
        applied.
        """
        if self.choices:
            return self._choice(value)
        if self.type is bool:
            return self._switch(value)
        if self.type in (int, float, Trigger):
            return self._number(value)
        if self.type is Prompt:
            return _prompt(self.name, value)
        if not isinstance(value, str | Path):
            raise ParamError(f"{self.name} takes {_article(self.type)}, not {value!r}")
        return self.type(_whole(self.name, str(value)))

    def clamp(self, value: Any) -> Any:
        """The nearest value within the limits."""
        if self.min is not None and value < self.min:
            return self.type(self.min)
        if self.max is not None and value > self.max:
            return self.type(self.max)
        return value

    def refuse_outside(self, value: Any) -> None:
        """ParamError where a value passes the limits."""
        if value != self.clamp(value):
            raise ParamError(f"{self.name} = {value!r} is outside {self.span()}")

    def span(self) -> str:
        """The limits in words."""
        low = "-∞" if self.min is None else f"{self.min:g}"
        high = "∞" if self.max is None else f"{self.max:g}"
        return f"{low} to {high}{' ' + self.unit if self.unit else ''}"

    def _choice(self, value: Any) -> str:
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST:
            return self.choices[int(value) % len(self.choices)]
        if value not in self.choices:
            listed = ", ".join(repr(choice) for choice in self.choices)
            raise ParamError(
                f"{self.name} takes one of {listed}, not {value!r}"
                f"{did_you_mean(str(value), self.choices)}"
            )
        return str(value)

    def _switch(self, value: Any) -> bool:
        if isinstance(value, bool):
            return value
        if isinstance(value, int | float) and abs(value) < LARGEST:
            return value >= 0.5
        raise ParamError(f"{self.name} takes true or false, not {value!r}")

    def _number(self, value: Any) -> Any:
        if not isinstance(value, int | float) or not abs(value) < LARGEST:
            raise ParamError(f"{self.name} takes {_article(self.type)}, not {value!r}")
        return self.type(value) if self.type is float else self.type(round(value))


def read_params(cls: type) -> tuple[Param, ...]:
    """The parameters that a dataclass declares; SpecError where one is declared wrongly."""
    hints = typing.get_type_hints(cls, include_extras=True)
    fields = dataclasses.fields(cls)
    return tuple(
        _read_param(cls, field, hints[field.name]) for field in fields if "param" in field.metadata
    )


def _read_param(cls: type, field: dataclasses.Field[Any], hint: Any) -> Param:
    declared = dict(field.metadata["param"])
    where = f"{cls.__name__}.{field.name}"
    if not declared["doc"]:
        raise SpecError(f"{where} has no doc")
    choices: tuple[str, ...] = ()
    if typing.get_origin(hint) is Literal:
        choices, hint = typing.get_args(hint), str
    if hint not in (bool, int, float, str, Path, Color, Prompt, Trigger):
        raise SpecError(
            f"{where} has the type {hint!r}; a parameter is a number, switch, choice, text or path"
        )
    found = Param(name=field.name, type=hint, default=field.default, choices=choices, **declared)
    try:
        found.refuse_outside(found.parse(field.default))
    except ParamError as error:
        raise SpecError(f"{where} has a default that it cannot hold: {error}") from None
    if found.min is not None and found.max is not None and found.min > found.max:
        raise SpecError(f"{where} has min {found.min} over max {found.max}")
    return found


def to_json(value: Any) -> Any:
    """A parameter value as JSON holds it."""
    if isinstance(value, Prompt):
        return {"pieces": [list(piece) for piece in value.pieces], "blend": value.blend}
    if isinstance(value, Path):
        return value.as_posix() if value.parts else ""
    return str(value) if isinstance(value, Color) else value


def schema(param: Param) -> dict[str, Any]:
    """A parameter in the words of JSON Schema."""
    kinds = {bool: "boolean", int: "integer", Trigger: "integer", float: "number", Prompt: "object"}
    schema = {
        "type": kinds.get(param.type, "string"),
        "description": param.doc,
        "default": to_json(param.default),
        "enum": list(param.choices) or None,
        "minimum": param.min,
        "maximum": param.max,
        "x-soft": list(param.soft) if param.soft else None,
        "x-step": param.step,
        "x-unit": param.unit or None,
        "x-live": None if param.live else False,
    }
    return {key: value for key, value in schema.items() if value is not None}


def _article(kind: type) -> str:
    return ARTICLES.get(kind, "text")


def _prompt(name: str, value: Any) -> Prompt:
    if isinstance(value, Prompt):
        found = value
    elif isinstance(value, str):
        found = Prompt.of(value)
    else:
        found = _mixed(name, value)
    for text, _ in found.pieces:
        _whole(name, text)
    return found


def _mixed(name: str, value: Any) -> Prompt:
    try:
        pieces = tuple((str(text), float(weight)) for text, weight in value["pieces"])
        return Prompt(pieces, str(value.get("blend", "linear")))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ParamError(f"{name} takes text or weighted pieces of text, not {value!r}") from None


def _whole(name: str, text: str) -> str:
    """The text; ParamError where it holds half of a character, which no document can."""
    half = HALF.search(text)
    if half is not None:
        raise ParamError(
            f"{name} holds half of a character, {half[0]!r} at place {half.start()}: write it anew"
        )
    return text
