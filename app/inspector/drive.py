"""A parameter set in motion: control nodes beside its node, linked to it with a range that fits.

Each way is one edit of the document, so one undo takes it away again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app import placement
from app.editing.sizes import estimated, rect
from app.inspector.scale import Scale
from engine.errors import GraphError
from engine.subgraph import graph_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.document import Document
    from engine.graph import Graph
    from engine.spec import Param

LFO, BEAT_CLOCK = "control.lfo", "control.beat_clock"
SHARE = 0.25  # of the slider's span, to either side of the value
ROOM = (200.0, 120.0)  # pixels that a control node and the gap around it take
LEFT, DOWN = 240.0, 40.0  # canvas pixels from the node that is driven
Range = tuple[float, float]


def swing(document: Document, key: str, name: str) -> Document:
    """A sine about the value, a cycle in four seconds."""
    return _with_lfo(document, key, name, shape="sine", rate=0.25)


def drift(document: Document, key: str, name: str) -> Document:
    """A smooth random movement about the value."""
    return _with_lfo(document, key, name, shape="random smooth", rate=0.5)


def kick(document: Document, key: str, name: str) -> Document:
    """A kick at each beat that falls back until the next; a beat clock that is there is used."""
    low, high = fitting(document, key, name)
    document, clock = _beat_clock(document, key)
    turned: dict[str, Any] = {"shape": "saw", "beats": 1.0, "low": high, "high": low}
    document, lfo = _added(document, LFO, key, **turned)
    graph = document.graph.connect(f"{clock}.beat", f"{lfo}.beat")
    return _linked(document.with_graph(graph), f"{lfo}.out", key, name)


WAYS: dict[str, tuple[str, Callable[[Document, str, str], Document]]] = {
    "lfo": ("LFO", swing),
    "beat": ("Beat", kick),
    "lfo.random": ("Smooth random", drift),
}


def fitting(document: Document, key: str, name: str) -> Range:
    """A range about the value that a parameter may be moved in without harm."""
    param = _param(document.graph, key, name)
    if param.choices:
        return 0.0, len(param.choices) - 0.001
    if param.type is bool:
        return 0.0, 1.0
    return _about(param, Scale.of(param), float(document.graph.value(key, name)))


def _about(param: Param, scale: Scale, value: float) -> Range:
    if scale.is_open:
        reach = max(abs(value) * SHARE, 10 * scale.step)
        return _clamped(param, value - reach), _clamped(param, value + reach)
    middle = min(max(scale.place(value), SHARE), 1 - SHARE)
    return scale.tidy(scale.at(middle - SHARE)), scale.tidy(scale.at(middle + SHARE))


def _clamped(param: Param, value: float) -> float:
    return float(param.clamp(value))


def _param(graph: Graph, key: str, name: str) -> Param:
    found = next((param for param in graph.params(key) if param.name == name), None)
    if found is None or not found.exposable or not _is_moved(found):
        raise GraphError(f"{key}.{name} cannot be driven by a number")
    return found


def _is_moved(param: Param) -> bool:
    return bool(param.choices) or param.type in (bool, int, float)


def is_drivable(param: Param) -> bool:
    """Whether numbers can move a parameter."""
    return param.exposable and _is_moved(param)


def _with_lfo(document: Document, key: str, name: str, **values: Any) -> Document:
    low, high = fitting(document, key, name)
    document, lfo = _added(document, LFO, key, low=low, high=high, **values)
    return _linked(document, f"{lfo}.out", key, name)


def _beat_clock(document: Document, key: str) -> tuple[Document, str]:
    parent = _parent(key)
    nodes = graph_at(document.graph, parent).nodes
    clocks = [parent + known for known, entry in nodes.items() if entry.type == BEAT_CLOCK]
    there = next((clock for clock in clocks if clock != key), None)  # none drives itself
    return (document, there) if there else _added(document, BEAT_CLOCK, key, column=2)


def _added(
    document: Document, type_id: str, beside: str, column: int = 1, **values: Any
) -> tuple[Document, str]:
    """The document with another node to the left of one, and its path."""
    parent = _parent(beside)
    new = parent + graph_at(document.graph, parent).free_key(type_id)
    at = placement.place(document, beside)
    spot = at.moved(-LEFT * column, DOWN)
    size = estimated(document)
    taken = [rect(document, parent + key, size) for key in _nodes(document, parent)]
    while any(_covers(each, spot) for each in taken):
        spot = spot.moved(0.0, ROOM[1] / 4)
    document = document.with_graph(document.graph.add(type_id, new, **values))
    return placement.placed(document, {new: placement.Place(spot.x, spot.y)}), new


def _nodes(document: Document, parent: str) -> list[str]:
    return list(graph_at(document.graph, parent).nodes)


def _covers(taken: placement.Rect, spot: placement.Place) -> bool:
    """Whether a node there would lie on one that is there."""
    x, y, width, height = taken
    return x - ROOM[0] < spot.x < x + width and y - ROOM[1] < spot.y < y + height


def _linked(document: Document, source: str, key: str, name: str) -> Document:
    graph = document.graph.expose(key, name).connect(source, f"{key}.{name}")
    return document.with_graph(graph)


def _parent(key: str) -> str:
    """`look/` of the key `look/blur`."""
    return key[: key.rfind("/") + 1]
