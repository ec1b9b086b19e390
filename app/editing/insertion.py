"""New nodes: at a point, at the end of a dragged link, or on a link whose ends make room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.editing.linking import (
    compatible_inputs,
    compatible_outputs,
    connect,
    output,
    side_of,
    target_of,
)
from app.editing.parents import body, edited, links_at, parent, pinned, prefix
from app.editing.sizes import GAP, estimated
from app.editing.walk import downstream
from app.placement import Place, place, placed
from engine.errors import GraphError, RegistryError
from engine.parts import fits
from engine.spec import Policy
from engine.subgraph import shared_parent

if TYPE_CHECKING:
    from app.editing.linking import Side
    from app.editing.sizes import SizeOf
    from app.placement import Point
    from engine.document import Document
    from engine.graph import Graph, Link


def insert_node(
    document: Document,
    type_id: str,
    at: Point,
    *,
    link_from: str | None = None,
    side: Side | None = None,
    path: str = "",
) -> tuple[Document, str]:
    """A new node with its top left corner at a point, linked to the end of a link where one is.

    `side` says which side `link_from` is on where both have the name. The second result is the
    node's key. GraphError where nothing of the node fits the link.
    """
    key = prefix(path) + body(document.graph, path).free_key(type_id)
    try:
        graph = document.graph.add(type_id, key)
    except RegistryError as error:
        raise GraphError(str(error)) from None
    after = placed(pinned(document, path).with_graph(graph), {key: Place(*at)})
    if link_from is None:
        return after, key
    side = side or side_of(document, link_from)
    return _linked(after, key, link_from, side), key


def insert_on_link(
    document: Document,
    what: str,
    link: Link,
    *,
    at: Point | None = None,
    size: SizeOf | None = None,
) -> tuple[Document, str]:
    """Puts a new node of a type (`compose.blur`) or one that is there (its key) on a link.

    What lies behind it slides right where there is too little room. Returns the node's key too.
    """
    path = shared_parent(link).rstrip("/")
    if link not in links_at(document.graph, path):
        raise GraphError(f"there is no link {link}")
    document, key = _brought(document, what, link, path, at)
    enter, leave = _ports_between(document.graph, link, key)
    graph = document.graph.connect(link.source, f"{key}.{enter}")
    graph = graph.connect(f"{key}.{leave}", link.target, link.policy)
    after = edited(document, graph)
    return _with_room(after, link, key, size or estimated(after), is_new="." in what), key


def _linked(document: Document, key: str, end: str, side: Side) -> Document:
    if side == "out":
        for name in compatible_inputs(document, end, key):
            return connect(document, end, f"{key}.{name}")
        return _driven(document, key, end)
    for name in compatible_outputs(document, end, key):
        return connect(document, f"{key}.{name}", end)
    wanted = target_of(document.graph, end).type.__name__
    raise GraphError(f"{key} gives no {wanted}, which {end} takes")


def _driven(document: Document, key: str, end: str) -> Document:
    """A link that fits no input drives the first parameter that it can, shown as a port."""
    graph, source = document.graph, output(document.graph, end)
    for param in graph.params(key):
        if param.exposable and fits(source, param):
            shown = document.with_graph(graph.expose(key, param.name))
            return connect(shown, end, f"{key}.{param.name}")
    raise GraphError(f"{key} takes no {source.type.__name__}, which {end} gives")


def _brought(
    document: Document, what: str, link: Link, path: str, at: Point | None
) -> tuple[Document, str]:
    if "." in what:
        ends = [place(document, key) for key in (link.source_key, link.target_key)]
        middle = sum(end.x for end in ends) / 2, sum(end.y for end in ends) / 2
        return insert_node(document, what, at or middle, path=path)
    if parent(what) != path or what in (link.source_key, link.target_key):
        raise GraphError(f"{what} cannot lie on {link}")
    if at is not None:
        document = placed(document, {what: _put(place(document, what), at)})
    return document, what


def _put(old: Place, at: Point) -> Place:
    return old.moved(at[0] - old.x, at[1] - old.y)


def _ports_between(graph: Graph, link: Link, key: str) -> tuple[str, str]:
    source, target = graph.ends(link)
    enter = next(
        (p for p in graph.inputs(key) if p.policy is not Policy.WIRED and fits(source, p)), None
    )
    leave = next((port for port in graph.outputs(key) if fits(port, target)), None)
    if enter is None or leave is None:
        raise GraphError(f"{key} does not fit between {link.source} and {link.target}")
    return enter.name, leave.name


def _with_room(document: Document, link: Link, key: str, size: SizeOf, *, is_new: bool) -> Document:
    """Everything behind the new node that lies right of it slides until there is a gap."""
    at, source = place(document, key), place(document, link.source_key)
    right = source.x + size(link.source_key)[0]
    covers = at.x < right and abs(at.y - source.y) < size(link.source_key)[1]
    if source.x <= at.x < right + GAP and (is_new or covers):
        at = _put(at, (right + GAP, at.y))
    target = place(document, link.target_key)
    short = at.x + size(key)[0] + GAP - target.x
    behind = downstream(document, [link.target_key]) if target.x >= source.x and short > 0 else ()
    places = {
        other: place(document, other) for other in behind if other not in (key, link.source_key)
    }
    slid = {other: old.moved(short, 0) for other, old in places.items() if old.x >= target.x}
    return placed(document, {**slid, key: at})
