"""The dashboard's macros: each moves parameters between two ends of their own. Knows no Qt.

A macro is kept among the document's cues in row -2, at the column of its slot, its values the two
ends of each parameter, so that it follows a node that is renamed and forgets one that is removed:

    {"name": "haze", "row": -2, "column": 0, "set": {"blur.radius": [0, 8], "fog.level": [1, 0.2]}}

Its position is not kept: it is where the first parameter's live value lies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from app.control.source import BindingError
from app.control.span import Span
from app.cues import edits
from app.cues.cue import MACROS, read_cues, row_of
from engine.cells import LINK
from engine.errors import GraphError
from engine.parts import split_end

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.cues.cue import Cue
    from engine.document import Document
    from engine.graph import Graph
    from engine.spec import Param

KNOBS = 16
X, Y = KNOBS, KNOBS + 1  # the slots of the pad's two axes
SLOTS = KNOBS + 2
SHORT = 10  # letters of a name that a small knob has room for
ORIGIN = "dashboard"  # who drives


class Turned(Protocol):
    """What is needed of a session."""

    @property
    def graph(self) -> Graph: ...
    def value(self, key: str, name: str) -> Any: ...
    def set(self, key: str, name: str, value: Any, origin: str = ...) -> None: ...
    def release(self, key: str, name: str, origin: str = ...) -> None: ...
    def driven(self, key: str, name: str) -> str | None: ...


@dataclass(frozen=True)
class Target:
    """A parameter and the part of it that a macro sweeps, from `low` to `high` or down to it."""

    key: str
    name: str
    span: Span

    @property
    def end(self) -> str:
        return f"{self.key}.{self.name}"


@dataclass(frozen=True)
class Macro:
    """What one knob moves; `at` is its place among the document's cues."""

    slot: int
    name: str
    targets: tuple[Target, ...]
    color: str = ""
    at: int = -1

    def turn(self, session: Turned, position: float) -> None:
        """Moves every parameter to a position in [0, 1], live."""
        position = min(1.0, max(0.0, position))
        for target in self.targets:
            session.set(target.key, target.name, target.span.value(position), ORIGIN)

    def position(self, session: Turned) -> float:
        """Where the first parameter's live value lies, 0 to 1."""
        if not self.targets:
            return 0.0
        first = self.targets[0]
        return first.span.position(session.value(first.key, first.name))

    def release(self, session: Turned) -> None:
        """Lets every parameter go back to the document's value."""
        for target in self.targets:
            session.release(target.key, target.name, ORIGIN)

    def driven(self, session: Turned) -> str | None:
        """Who else moves its first parameter: another controller, a cue or a link."""
        if not self.targets:
            return None
        who = session.driven(self.targets[0].key, self.targets[0].name)
        return None if who == ORIGIN else who

    def text(self, session: Turned) -> str:
        """The live value of its first parameter as a person reads it."""
        if not self.targets:
            return ""
        first = self.targets[0]
        value, unit = session.value(first.key, first.name), first.span.param.unit
        shown = f"{value:.3g}" if isinstance(value, float) else str(value)
        return f"{shown} {unit}".strip()


def macros(document: Document) -> dict[int, Macro]:
    """The macros of a document by slot; parameters that no control can drive are passed over."""
    cues = read_cues(document)
    return {
        slot: _macro(document.graph, slot, at, cues[at])
        for slot, at in row_of(document, MACROS).items()
        if slot < SLOTS
    }


def add_macro(document: Document, key: str, name: str, slot: int | None = None) -> Document:
    """A parameter on a knob: the first free one, or beside what the slot already moves.

    GraphError where all are taken, or where no knob can move the parameter.
    """
    span = span_of(document.graph, key, name)
    found = macros(document)
    slot = _free(found) if slot is None else slot
    if not 0 <= slot < SLOTS:
        raise GraphError(f"the dashboard has {KNOBS} knobs and a pad, so there is no {slot + 1}")
    ends = {f"{key}.{name}": [span.low, span.high]}
    if slot in found:
        at = found[slot].at
        return edits.set_values(document, at, {**document.cues[at].get("set", {}), **ends})
    title = f"{_spoken(key)} {_spoken(name)}"
    title = title if len(title) <= SHORT else _spoken(name)
    return edits.store(document, ends, row=MACROS, column=slot, name=title)


def remove_macro(document: Document, slot: int) -> Document:
    """Empties a knob."""
    return edits.delete(document, _at(document, slot))


def remove_target(document: Document, slot: int, end: str) -> Document:
    """Takes a parameter off a knob, and the knob away with the last."""
    at = _at(document, slot)
    left = {e: span for e, span in document.cues[at].get("set", {}).items() if e != end}
    return edits.set_values(document, at, left) if left else edits.delete(document, at)


def set_range(document: Document, slot: int, end: str, low: float, high: float) -> Document:
    """The ends that a knob sweeps; the greater first turns the direction round."""
    at = _at(document, slot)
    values = dict(document.cues[at].get("set", {}))
    if end not in values:
        raise GraphError(f"knob {slot + 1} does not move {end}")
    param = span_of(document.graph, *split_end(end)).param
    if not param.choices:
        low, high = float(param.clamp(low)), float(param.clamp(high))
    return edits.set_values(document, at, {**values, end: [low, high]})


def invert(document: Document, slot: int) -> Document:
    """Turns a knob's direction round."""
    at = _at(document, slot)
    turned = {
        end: list(reversed(ends)) if isinstance(ends, list) else ends
        for end, ends in document.cues[at].get("set", {}).items()
    }
    return edits.set_values(document, at, turned)


def rename_macro(document: Document, slot: int, name: str) -> Document:
    """Another name."""
    return edits.rename(document, _at(document, slot), name)


def move_macro(document: Document, slot: int, to: int) -> Document:
    """To another knob; what is there changes places with it."""
    at, other = _at(document, slot), macros(document).get(to)
    if other is not None:
        document = edits.change(document, other.at, column=slot)
    return edits.change(document, at, column=to)


def span_of(graph: Graph, key: str, name: str) -> Span:
    """All of a parameter as a knob sweeps it; GraphError where none can."""
    try:
        return Span.of(_param(graph, key, name))
    except BindingError as error:
        raise GraphError(str(error)) from None


def free_targets(graph: Graph, driven: Callable[[str, str], str | None]) -> list[tuple[str, str]]:
    """Every parameter that a knob can move and no link drives, as (key, name)."""
    flat = graph.flatten()
    known = ((key, param) for key in flat.nodes for param in flat.params(key))
    turnable = ((key, param.name) for key, param in known if _is_turnable(param))
    return [end for end in turnable if driven(*end) != LINK]


def _is_turnable(param: Param) -> bool:
    return param.live and (bool(param.choices) or param.type in (float, int, bool))


def _macro(graph: Graph, slot: int, at: int, cue: Cue) -> Macro:
    targets = tuple(
        target for end, ends in cue.values.items() if (target := _target(graph, end, ends))
    )
    return Macro(slot, cue.name, targets, cue.color, at)


def _target(graph: Graph, end: str, ends: Any) -> Target | None:
    key, name = split_end(end)
    try:
        whole = span_of(graph, key, name)
        low, high = (float(each) for each in ends)
    except (GraphError, ValueError, TypeError):
        return None
    return Target(key, name, Span(whole.param, low, high))


def _param(graph: Graph, key: str, name: str) -> Param:
    for param in graph.params(key):
        if param.name == name:
            return param
    raise GraphError(f"{key} has no parameter {name!r}")


def _at(document: Document, slot: int) -> int:
    at = row_of(document, MACROS).get(slot)
    if at is None:
        raise GraphError(f"knob {slot + 1} is empty")
    return at


def _free(found: Mapping[int, Macro]) -> int:
    for slot in range(KNOBS):
        if slot not in found:
            return slot
    raise GraphError(f"all {KNOBS} knobs are taken; take one away first")


def _spoken(name: str) -> str:
    return name.rpartition("/")[2].replace("_", " ")
