"""One line of a document's bindings as a value: which control drives what, and how.

A binding's JSON keeps what is not known here. A binding to an action or a cue has a `param` that no
node can have, because every binding of a document names one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from app.control.source import BindingError, Source, parse
from app.control.span import CURVES
from app.control.takeover import TAKEOVERS
from engine.errors import did_you_mean
from engine.parts import split_end

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.document import Document

Mode = Literal["continuous", "toggle", "momentary", "trigger", "cycle", "relative"]
Encoder = Literal["twos", "signed", "offset"]
NO_PARAM = {"action": "@action.run", "cue": "@cue.launch"}  # no key of a node has an @
BY_NUMBER = "*"  # the cue that a program change counts


@dataclass(frozen=True)
class Binding:
    """`param` is `node.name`; exactly one of param, action and cue is given.

    `range` is in the parameter's units (indices of choices), None for all of it. `encoder` says how
    a relative control counts: two's complement, a sign bit, or an offset from 64; `speed`
    multiplies its steps. `resolution` is 7 or 14 bits.
    """

    source: Source
    param: str = ""
    action: str = ""
    cue: str = ""
    range: tuple[float, float] | None = None
    takeover: str = ""
    mode: Mode = "continuous"
    encoder: Encoder = "twos"
    speed: float = 1.0
    curve: str = "linear"
    invert: bool = False
    resolution: int = 7
    given: Mapping[str, Any] = field(default_factory=dict[str, Any], compare=False, repr=False)

    @staticmethod
    def of(data: Mapping[str, Any]) -> Binding:
        """A binding from its JSON; BindingError with the sentence where it cannot be one."""
        known = {name: read(name, data[name]) for name, read in READERS.items() if name in data}
        found = Binding(source=_source(data.get("source")), given=dict(data), **known)
        if found.action or found.cue:
            found = replace(found, param="")
        if (found.param != "") + (found.action != "") + (found.cue != "") != 1:
            raise BindingError(f"the binding of {found.source} names nothing that it drives")
        return found

    def json(self) -> dict[str, Any]:
        """The binding as a document keeps it: what was read, with what was changed since."""
        kept = {name: value for name, value in self.given.items() if name not in KNOWN}
        mine: dict[str, Any] = {"param": self.param or self._no_param(), "source": str(self.source)}
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name in READERS and (value != each.default or each.name in self.given):
                mine[each.name] = list(value) if isinstance(value, tuple) else value
        if not self.param:
            mine["param"] = self._no_param()
        if self.range is None:
            mine.pop("range", None)
        return {**mine, **kept}

    def _no_param(self) -> str:
        return str(self.given.get("param") or NO_PARAM["action" if self.action else "cue"])

    @property
    def end(self) -> tuple[str, str]:
        """The node's key and the parameter's name."""
        return split_end(self.param)

    @property
    def target(self) -> str:
        """What it drives, in a word."""
        return self.param or self.action or f"cue {self.cue}"

    @property
    def soft(self) -> str:
        """How it takes over: what was chosen, else pick-up for hands and none for streams."""
        if self.takeover:
            return self.takeover
        return "pickup" if self.source.kind in ("midi", "gamepad") else "none"

    @property
    def arrival(self) -> Source:
        """The source as it arrives: fourteen bits come as a control of their own."""
        fine = self.resolution == 14 and self.source.control in ("cc", "nrpn")
        return self.source._replace(control=f"{self.source.control}14") if fine else self.source

    @property
    def origin(self) -> str:
        """Who drives, as values remember it."""
        return self.source.kind


@dataclass(frozen=True)
class Unreadable:
    """A binding of the document that is none, kept as it was found."""

    given: Mapping[str, Any]
    problem: str


def read(document: Document) -> tuple[Binding | Unreadable, ...]:
    """The bindings of a document, in its order."""
    return tuple(_read(data) for data in document.bindings)


def bind(document: Document, binding: Binding) -> Document:
    """Adds a binding, in place of one from the same control to the same target."""
    same = [n for n, b in enumerate(read(document)) if _is_same(b, binding)]
    if same:
        return rebind(document, same[0], binding)
    return replace(document, bindings=(*document.bindings, binding.json()))


def rebind(document: Document, index: int, binding: Binding) -> Document:
    """Puts a binding in the place of another."""
    _check(document, index)
    data = binding.json()
    if data == document.bindings[index]:
        return document
    rows = (*document.bindings[:index], data, *document.bindings[index + 1 :])
    return replace(document, bindings=rows)


def unbind(document: Document, *indices: int) -> Document:
    """Takes bindings away."""
    for index in indices:
        _check(document, index)
    left = (row for index, row in enumerate(document.bindings) if index not in indices)
    return replace(document, bindings=tuple(left)) if indices else document


def _check(document: Document, index: int) -> None:
    if not 0 <= index < len(document.bindings):
        count = len(document.bindings)
        raise BindingError(f"there are {count} bindings, so none has the number {index}")


def _read(data: Mapping[str, Any]) -> Binding | Unreadable:
    try:
        return Binding.of(data)
    except BindingError as error:
        return Unreadable(data, str(error))


def _is_same(old: Binding | Unreadable, new: Binding) -> bool:
    return isinstance(old, Binding) and (old.source, old.target) == (new.source, new.target)


def _source(value: Any) -> Source:
    if not isinstance(value, str):
        raise BindingError(f"a binding's source is text such as 'midi:1/cc/74', not {value!r}")
    return parse(value)


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise BindingError(f"a binding's {name} is text, not {value!r}")
    return value


def _one_of(choices: Any) -> Any:
    def read(name: str, value: Any) -> str:
        if value not in tuple(choices):
            hint = did_you_mean(str(value), choices)
            raise BindingError(f"a binding's {name} is {', '.join(choices)}, not {value!r}{hint}")
        return str(value)

    return read


def _switch(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise BindingError(f"a binding's {name} is true or false, not {value!r}")
    return value


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e300:
        raise BindingError(f"a binding's {name} is a number, not {value!r}")
    return value


def _bits(name: str, value: Any) -> int:
    if value not in (7, 14) or isinstance(value, bool):
        raise BindingError(f"a binding's {name} is 7 or 14 bits, not {value!r}")
    return int(value)


def _range(name: str, value: Any) -> tuple[float, float] | None:
    if value is None:
        return None
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise BindingError(f"a binding's {name} is two numbers such as [0, 1], not {value!r}")
    low, high = (_number(name, each) for each in value)
    if low == high or not math.isfinite(high - low):
        raise BindingError(f"a binding's {name} has two different ends, not {list(value)}")
    return low, high


READERS = {
    "param": _text,
    "action": _text,
    "cue": _text,
    "range": _range,
    "takeover": _one_of(("", *TAKEOVERS)),
    "mode": _one_of(get_args(Mode)),
    "encoder": _one_of(get_args(Encoder)),
    "speed": _number,
    "curve": _one_of(CURVES),
    "invert": _switch,
    "resolution": _bits,
}
KNOWN = frozenset({"source", *READERS})
