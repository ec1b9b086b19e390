"""What a node shows, read off the graph as a frozen value: equal faces are drawn once.

Nothing here needs Qt: layouts ask for sizes too.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

from app.canvas import metrics
from engine import values
from engine.parts import SUBGRAPH, split_end
from engine.spec import Policy, matching_input

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.placement import Place
    from engine.graph import Graph
    from engine.parts import Border, Link
    from engine.spec import Param, Port

Preview = Literal["picture", "trace", ""]

PICTURES = frozenset({values.Frame, values.Clip, values.Mask, values.Depth, values.Flow})
NUMBERS = frozenset({float, int, bool, values.Trigger})
WORDS: dict[type, str] = {
    float: "number",
    int: "whole number",
    bool: "switch",
    str: "text",
    object: "anything",
    values.Clip: "clip",
    values.CameraPath: "camera",
    values.TextEncoder: "text encoder",
}


class PortRef(NamedTuple):
    """A port of a node; the key is a path."""

    key: str
    name: str
    is_output: bool

    @property
    def end(self) -> str:
        """As links and edits name it: `key.name`."""
        return f"{self.key}.{self.name}"


class Pin(NamedTuple):
    """A port as it is drawn, in a row of its node."""

    name: str
    label: str
    type: type
    is_output: bool
    is_param: bool
    needed: bool
    row: int
    doc: str
    is_shown: bool = False  # the subgraph around shows it as its own


@dataclass(frozen=True)
class Face:
    """All that decides how a node at rest looks. `kind` is its type in words, "" where the title
    says it; `passes` pairs the input and output that a bypass joins.
    """

    title: str
    kind: str = ""
    category: str = ""
    pins: tuple[Pin, ...] = ()
    preview: Preview = ""
    collapsed: bool = False
    color: str = ""
    known: bool = True
    is_graph: bool = False
    passes: tuple[tuple[str, str], ...] = ()

    @cached_property
    def rows(self) -> int:
        return max((pin.row for pin in self.pins), default=-1) + 1

    @cached_property
    def size(self) -> tuple[int, int]:
        return metrics.node_size(self.rows, self.preview, self.collapsed)

    def pin(self, name: str, is_output: bool) -> Pin | None:
        """The port of that name and side."""
        same = (pin for pin in self.pins if pin.name == name and pin.is_output is is_output)
        return next(same, None)

    def at(self, name: str, is_output: bool) -> tuple[float, float]:
        """Where a port's centre lies in the node; that of a port it lacks is at the header."""
        pin = None if self.collapsed else self.pin(name, is_output)
        x = self.size[0] if is_output else 0
        if pin is None:
            return x, metrics.HEADER / 2
        return x, metrics.HEADER + metrics.GAP + (pin.row + 0.5) * metrics.ROW


class Wired(NamedTuple):
    """The names of a node's ports that have links, and (name, is_output) of those that the
    subgraph around shows.
    """

    inputs: frozenset[str] = frozenset()
    outputs: frozenset[str] = frozenset()
    shown: frozenset[tuple[str, bool]] = frozenset()


def wired(links: Iterable[Link], border: Border | None = None) -> dict[str, Wired]:
    """What is linked at each node of a graph that has a border where it is a subgraph's."""
    into: defaultdict[str, set[str]] = defaultdict(set)
    out: defaultdict[str, set[str]] = defaultdict(set)
    shown: defaultdict[str, set[tuple[str, bool]]] = defaultdict(set)
    for link in links:
        into[link.target_key].add(link.target_port)
        out[link.source_key].add(link.source_port)
    for key, name, is_output in border_ends(border) if border else ():
        shown[key].add((name, is_output))
    return {
        key: Wired(frozenset(into[key]), frozenset(out[key]), frozenset(shown[key]))
        for key in {*into, *out, *shown}
    }


def border_ends(border: Border) -> set[tuple[str, str, bool]]:
    """Key, name and side of everything inside that a subgraph shows."""
    inputs = [end for ends in border.inputs.values() for end in ends]
    ends = [(end, False) for end in (*inputs, *border.params.values())]
    ends += [(end, True) for end in border.outputs.values()]
    return {(*split_end(end), is_output) for end, is_output in ends}


def read_face(graph: Graph, key: str, place: Place, ends: Wired) -> Face:
    """The face of a node of this graph. Ports that only links speak of are shown all the same."""
    entry, spec = graph.nodes[key], graph.spec(key)
    pins = [
        pin._replace(is_shown=(pin.name, pin.is_output) in ends.shown)
        for pin in _pins(graph, key, ends)
    ]
    shown = pins if not place.hide_ports else [pin for pin in pins if _is_wired(pin, ends)]
    title, kind = _names(graph, key)
    return Face(
        title=place.title or title,
        kind=kind if not place.title else (kind or title),
        category=entry.type.partition(".")[0],
        pins=tuple(_in_rows(shown)),
        preview=_preview(pins) if place.thumbnail and not place.collapsed else "",
        collapsed=place.collapsed,
        color=place.color,
        known=spec is not None or entry.body is not None,
        is_graph=entry.body is not None,
        passes=tuple(_passes(graph, key)),
    )


def word(kind: type) -> str:
    """A type as people call it."""
    return WORDS.get(kind, kind.__name__.lower())


def _names(graph: Graph, key: str) -> tuple[str, str]:
    """A title from the key, and the type in words where the title does not say it."""
    entry, spec = graph.nodes[key], graph.spec(key)
    type_title = spec.title if spec else "Subgraph" if entry.type == SUBGRAPH else entry.type
    stem, _, number = key.rpartition("_")
    base = stem if number.isdecimal() and stem else key
    if spec is not None and base == spec.id.rpartition(".")[2]:
        return (f"{type_title} {number}" if base != key else type_title), ""
    title = _spoken(key)
    return title, "" if title.lower() == type_title.lower() else type_title


def _spoken(name: str) -> str:
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _pins(graph: Graph, key: str, ends: Wired) -> list[Pin]:
    exposed = set(graph.nodes[key].expose)
    inputs = [_input(port) for port in graph.inputs(key)]
    known = {pin.name for pin in inputs}
    fed = exposed | ends.inputs | {name for name, is_output in ends.shown if not is_output}
    params = [param for param in graph.params(key) if param.name in fed]
    inputs += [_param(param) for param in params if param.name not in known]
    outputs = [_output(port) for port in graph.outputs(key)]
    return [
        *inputs,
        *_spoken_of(ends.inputs - {pin.name for pin in inputs}, False),
        *outputs,
        *_spoken_of(ends.outputs - {pin.name for pin in outputs}, True),
    ]


def _input(port: Port) -> Pin:
    doc = {
        Policy.HELD: "keeps the newest",
        Policy.WINDOW: "takes several at once",
        Policy.WIRED: "is given once",
    }.get(port.policy, "")
    return Pin(
        port.name, port.name.replace("_", " "), port.type, False, False, not port.optional, 0, doc
    )


def _param(param: Param) -> Pin:
    return Pin(
        param.name, param.name.replace("_", " "), param.type, False, True, False, 0, param.doc
    )


def _output(port: Port) -> Pin:
    label = word(port.type) if port.name == "out" else port.name.replace("_", " ")
    return Pin(port.name, label, port.type, True, False, False, 0, "")


def _spoken_of(names: Iterable[str], is_output: bool) -> list[Pin]:
    missing = "a link names this port, which the node does not have"
    return [Pin(n, n, object, is_output, False, False, 0, missing) for n in sorted(names)]


def _in_rows(pins: Iterable[Pin]) -> Iterable[Pin]:
    rows = {False: 0, True: 0}
    for pin in pins:
        yield pin._replace(row=rows[pin.is_output])
        rows[pin.is_output] += 1


def _is_wired(pin: Pin, ends: Wired) -> bool:
    return pin.is_shown or pin.name in (ends.outputs if pin.is_output else ends.inputs)


def _preview(pins: list[Pin]) -> Preview:
    outputs = [pin.type for pin in pins if pin.is_output]
    kinds = outputs or [pin.type for pin in pins if not pin.is_param]
    if any(kind in PICTURES for kind in kinds):
        return "picture"
    return "trace" if outputs and outputs[0] in NUMBERS else ""


def _passes(graph: Graph, key: str) -> Iterable[tuple[str, str]]:
    spec = graph.spec(key)
    for output in graph.outputs(key):
        if spec is not None:
            found = matching_input(spec, output)
        else:
            same = (port for port in graph.inputs(key) if port.type is output.type)
            found = next(same, None)
        if found is not None:
            yield found.name, output.name
