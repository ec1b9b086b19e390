"""Selections as text: a small document of its own, read as strictly as a file, never executed.

So a selection can be saved and opened, and a whole document's text can be pasted. Beside what every
document has, `inputs` names the links that came from outside.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from app.editing.boxes import moved_boxes, shifted
from app.editing.parents import body, pinned, prefix, refuse_depth, side_by_side, within
from app.editing.rekeying import moved_key, parsed
from app.placement import (
    BACKDROPS,
    NOTES,
    WAYPOINTS,
    backdrops,
    notes,
    place,
    placed,
    waypoints,
    with_backdrops,
    with_notes,
    with_waypoints,
)
from engine.document import Document, dumps, loads
from engine.errors import DocumentError, GraphError
from engine.graph import Graph
from engine.parts import Link, sorted_links, split_end
from engine.subgraph import free_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from app.placement import Point
    from engine.parts import NodeEntry

MIME = "application/x-slipstream+json"
LARGEST = 8 << 20  # characters of a text that is pasted
MOST = 2000  # nodes that are pasted at once
INPUTS = "inputs"
OFFSET = (32.0, 32.0)  # of a duplicate from its original


def copy_text(document: Document, keys: Iterable[str], boxes: Collection[str] = ()) -> str:
    """Nodes that lie side by side as text, with the backdrops and notes of these ids."""
    return dumps(selection(document, keys, boxes))


def paste_text(
    document: Document, text: str, at: Point, *, path: str = "", keep_inputs: bool = False
) -> tuple[Document, tuple[str, ...]]:
    """Puts copied nodes with their top left corner at a point; returns the keys they have now.

    `keep_inputs` links them to what fed the originals. Types that are not installed become
    placeholders. DocumentError where the text is no selection.
    """
    if len(text) > LARGEST:
        raise DocumentError(f"this cannot be pasted: it has over {LARGEST >> 20} MB")
    try:
        found, _ = loads(text, document.graph.types)
    except DocumentError as error:
        raise DocumentError(f"this cannot be pasted: {error}") from None
    return graft(document, found, at, path=path, keep_inputs=keep_inputs)


def duplicate(
    document: Document,
    keys: Iterable[str],
    *,
    with_inputs: bool = False,
    offset: Point = OFFSET,
) -> tuple[Document, tuple[str, ...]]:
    """Nodes once more beside the originals; returns the new keys. GraphError."""
    path, names = side_by_side(document.graph, keys)
    found = selection(document, [prefix(path) + name for name in names])
    places = [place(document, prefix(path) + name) for name in names]
    at = min(p.x for p in places) + offset[0], min(p.y for p in places) + offset[1]
    return graft(document, found, at, path=path, keep_inputs=with_inputs)


def selection(document: Document, keys: Iterable[str], boxes: Collection[str] = ()) -> Document:
    """Nodes that lie side by side as a document, its top left corner at the origin. GraphError."""
    path, names = side_by_side(document.graph, keys)
    graph, before, picked = body(document.graph, path), prefix(path), set(names)
    inner = [k for k in graph.links if k.source_key in picked and k.target_key in picked]
    fed = [k for k in graph.links if k.source_key not in picked and k.target_key in picked]
    nodes = {name: graph.nodes[name] for name in names}
    cut = Document(
        Graph(graph.types, document.graph.stream, nodes, tuple(inner)),
        bindings=tuple(_bindings(document, before, picked)),
        view=_view(document, before, picked),
        app=document.app,
        extra={INPUTS: [str(link) for link in fed]} if fed else {},
    )
    cut = placed(cut, {name: place(document, before + name) for name in names})
    cut = with_backdrops(cut, [b for b in backdrops(document, path) if b.id in boxes])
    cut = with_notes(cut, [note for note in notes(document, path) if note.id in boxes])
    x, y = _corner(cut)
    return _shifted(cut, -x, -y)


def graft(
    document: Document,
    found: Document,
    at: Point,
    *,
    path: str = "",
    keep_inputs: bool = False,
) -> tuple[Document, tuple[str, ...]]:
    """The nodes of one document put into another at a path. DocumentError, GraphError."""
    _refuse(found, path)
    document = pinned(document, path)
    x, y = _corner(found)
    found = _shifted(found, round(at[0]) - x, round(at[1]) - y)
    keys = _free_keys(found.graph, set(body(document.graph, path).nodes))
    graph = within(document.graph, path, lambda inner: _with_nodes(inner, found.graph, keys))
    after = replace(
        document,
        graph=graph,
        bindings=(*document.bindings, *_moved_bindings(found, prefix(path), keys)),
    )
    after = _with_view(after, found, path, keys)
    after = _fed(after, found, path, keys) if keep_inputs else after
    return after, tuple(prefix(path) + key for key in keys.values())


def _refuse(found: Document, path: str) -> None:
    count = sum(map(_count, found.graph.nodes.values()))
    if not count and not backdrops(found) and not notes(found):
        raise DocumentError("this cannot be pasted: it holds no nodes")
    if count > MOST:
        raise DocumentError(f"this cannot be pasted: it holds {count} nodes, over {MOST}")
    refuse_depth(path, found.graph.nodes.values())


def _count(entry: NodeEntry) -> int:
    return 1 + sum(map(_count, entry.body.nodes.values())) if entry.body else 1


def _free_keys(graph: Graph, taken: set[str]) -> dict[str, str]:
    keys: dict[str, str] = {}
    for name in graph.nodes:
        keys[name] = free_name(name, taken)
        taken.add(keys[name])
    return keys


def _with_nodes(graph: Graph, found: Graph, keys: Mapping[str, str]) -> Graph:
    nodes = {keys[name]: entry for name, entry in found.nodes.items()}
    links = [k.renamed(keys) for k in found.links if k.source_key in keys and k.target_key in keys]
    return replace(
        graph, nodes={**graph.nodes, **nodes}, links=sorted_links([*graph.links, *links])
    )


def _corner(document: Document) -> Point:
    places = [place(document, name) for name in document.graph.nodes]
    boxes = [box.rect for box in (*backdrops(document), *notes(document))]
    xs = [*(at.x for at in places), *(x for x, _, _, _ in boxes)]
    ys = [*(at.y for at in places), *(y for _, y, _, _ in boxes)]
    return min(xs), min(ys)


def _shifted(document: Document, dx: float, dy: float) -> Document:
    """What lies at the root moved; what lies inside subgraphs stays."""
    places = {name: place(document, name).moved(dx, dy) for name in document.graph.nodes}
    dots = {
        text: points if "/" in text else [(round(x + dx, 2), round(y + dy, 2)) for x, y in points]
        for text, points in waypoints(document).items()
    }
    document = placed(document, places)
    document = with_backdrops(document, moved_boxes(backdrops(document), dx, dy))
    document = with_notes(document, moved_boxes(notes(document), dx, dy))
    return with_waypoints(document, dots)


def _bindings(document: Document, before: str, picked: set[str]) -> Iterator[Mapping[str, Any]]:
    for binding in document.bindings:
        key, name = split_end(binding["param"])
        if key.startswith(before) and _head(key.removeprefix(before)) in picked:
            yield {**binding, "param": f"{key.removeprefix(before)}.{name}"}


def _moved_bindings(
    found: Document, before: str, keys: Mapping[str, str]
) -> Iterator[Mapping[str, Any]]:
    for binding in found.bindings:
        key, name = split_end(binding["param"])
        if _head(key) in keys:
            yield {**binding, "param": f"{before}{moved_key(key, keys)}.{name}"}


def _view(document: Document, before: str, picked: set[str]) -> dict[str, Any]:
    """What the view says of the insides of picked subgraphs, and of links between picked nodes."""

    def local(key: str) -> str | None:
        rest = key.removeprefix(before)
        return rest if key.startswith(before) and _head(rest) in picked else None

    return _rewritten(document, local)


def _with_view(document: Document, found: Document, path: str, keys: Mapping[str, str]) -> Document:
    def moved(key: str) -> str | None:
        return prefix(path) + moved_key(key, keys) if _head(key) in keys else None

    places = {prefix(path) + keys[name]: place(found, name) for name in found.graph.nodes}
    fresh = _rewritten(found, moved)
    boxes = {
        name: {**_an_object(document.view.get(name)), **fresh.pop(name, {})}
        for name in (BACKDROPS, NOTES, WAYPOINTS)
    }
    view = {**document.view, **fresh, **{name: kept for name, kept in boxes.items() if kept}}
    document = placed(replace(document, view=view), places)
    document = _with_boxes(document, found, path)
    return with_waypoints(document, waypoints(document))


def _with_boxes(document: Document, found: Document, path: str) -> Document:
    known, old = backdrops(document, path), notes(document, path)
    fresh = shifted(backdrops(found), known, "backdrop", 0, 0)
    document = with_backdrops(document, (*known, *fresh), path)
    return with_notes(document, (*old, *shifted(notes(found), old, "note", 0, 0)), path)


def _rewritten(document: Document, key_of: Callable[[str], str | None]) -> dict[str, Any]:
    """The view of the insides of subgraphs under other keys; those without one are left out."""
    view = {key_of(key): value for key, value in document.view.items() if "/" in key}
    for name in (BACKDROPS, NOTES):
        groups = _an_object(document.view.get(name))
        view[name] = {key_of(path): boxes for path, boxes in groups.items() if key_of(path)}
    dots = {_link_of(text, key_of): points for text, points in waypoints(document).items()}
    view[WAYPOINTS] = {text: [*map(list, points)] for text, points in dots.items() if text}
    return {key: value for key, value in view.items() if key and value}


def _link_of(text: str, key_of: Callable[[str], str | None]) -> str | None:
    link = parsed(text)
    if link is None:
        return None
    source, target = key_of(link.source_key), key_of(link.target_key)
    return str(replace(link, source_key=source, target_key=target)) if source and target else None


def _an_object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _head(key: str) -> str:
    return key.partition("/")[0]


def _fed(document: Document, found: Document, path: str, keys: Mapping[str, str]) -> Document:
    """The document with the links that came from outside, as far as their sources are there."""
    texts = found.extra.get(INPUTS)
    graph = document.graph
    for text in texts if isinstance(texts, list) else []:
        with contextlib.suppress(GraphError):
            link = Link.parse(str(text))
            target = f"{prefix(path)}{keys.get(link.target_key, '')}.{link.target_port}"
            graph = graph.connect(prefix(path) + link.source, target, link.policy)
    return document.with_graph(graph)
