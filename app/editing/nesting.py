"""Subgraphs: nodes put into one, taken out again, and what one shows outside.

Nodes keep their places inside; the subgraph lies in their middle, and moving it moves what comes
out of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.editing.boxes import carried, shifted
from app.editing.parents import (
    body,
    edited,
    parent,
    pinned,
    prefix,
    refuse_depth,
    side_by_side,
    tidied,
)
from app.editing.rekeying import rekeyed
from app.editing.states import key_of
from app.placement import (
    Place,
    backdrops,
    notes,
    place,
    placed,
    with_backdrops,
    with_notes,
)
from engine.errors import GraphError
from engine.parts import SUBGRAPH, NodeEntry, split_end
from engine.subgraph import body_of, demote, free_name, promote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.placement import Point
    from engine.document import Document
    from engine.parts import Border


def collapse(document: Document, keys: Iterable[str], name: str = "group") -> tuple[Document, str]:
    """Puts nodes into a subgraph that shows what was linked or exposed; returns its key too.

    Backdrops that carry none but these nodes go inside with them.
    """
    path, names = side_by_side(document.graph, keys)
    graph = body(document.graph, path)
    group = NodeEntry(SUBGRAPH, body=replace(graph, nodes={n: graph.nodes[n] for n in names}))
    refuse_depth(path, [group])
    key = prefix(path) + free_name(key_of(name), [n for n in graph.nodes if n not in names])
    before = pinned(document, path)
    inside = {prefix(path) + n: f"{key}/{n}" for n in names}
    middle = _middle([place(before, old) for old in inside])
    after = before.collapse(list(inside), key.rpartition("/")[2])
    after = rekeyed(before, after, inside)
    after = _with_boxes_in(after, _around(before, set(inside), path), path, key)
    return placed(tidied(after), {key: Place(*middle)}), key


def ungroup(document: Document, key: str) -> tuple[Document, tuple[str, ...]]:
    """Takes a subgraph apart where it lies; returns the keys that its nodes have now."""
    path = parent(key)
    names = list(body_of(key, document.graph.entry(key)).nodes)
    before = pinned(pinned(document, path), key)
    here, places = place(before, key), [place(before, f"{key}/{name}") for name in names]
    middle = _middle(places) if places else (here.x, here.y)
    dx, dy = here.x - middle[0], here.y - middle[1]
    known = set(body(document.graph, path).nodes) - {key.rpartition("/")[2]}
    after = before.ungroup(key)
    now = [name for name in body(after.graph, path).nodes if name not in known]
    moved = {f"{key}/{old}": prefix(path) + new for old, new in zip(names, now, strict=True)}
    after = rekeyed(before, after, moved)
    spots = {new: place(before, old).moved(dx, dy) for old, new in moved.items()}
    after = _with_boxes_of(placed(tidied(after), spots), key, path, dx, dy)
    return after, tuple(moved.values())


def promote_param(document: Document, end: str, name: str | None = None) -> tuple[Document, str]:
    """Shows a port or parameter (`look/blur.radius`) outside its subgraph.

    Returns the end that it has there (`look.radius`). GraphError where it lies in no subgraph.
    """
    key, port = split_end(end)
    group, last = parent(key), key.rpartition("/")[2]
    if not group:
        raise GraphError(f"{end} lies in no subgraph that could show it")
    body_of(group, document.graph.entry(group))
    graph = promote(document.graph, group, f"{last}.{port}", name)
    shown = _fresh(document.graph.entry(group).border, graph.entry(group).border)
    return document.with_graph(graph), f"{group}.{shown}"


def demote_param(document: Document, end: str) -> Document:
    """Hides what a subgraph shows (`look.radius`), with the links to it. GraphError."""
    key, name = split_end(end)
    return edited(document, demote(document.graph, key, name))


def _fresh(before: Border, after: Border) -> str:
    """The name that one border has and the one before has not."""
    old = (before.inputs, before.outputs, before.params)
    new = (after.inputs, after.outputs, after.params)
    pairs = zip(old, new, strict=True)
    return next(name for was, now in pairs for name in now if name not in was)


def _middle(places: list[Place]) -> Point:
    count = len(places)
    return round(sum(at.x for at in places) / count), round(sum(at.y for at in places) / count)


def _around(document: Document, keys: set[str], path: str) -> set[str]:
    """The ids of backdrops that carry some of these nodes and no other, and of what is on them."""
    found: set[str] = set()
    for box in backdrops(document, path):
        nodes, ids = carried(document, [box.id], path)
        found |= ids if nodes and nodes <= keys else set()
    return found


def _with_boxes_in(document: Document, ids: set[str], path: str, key: str) -> Document:
    """Backdrops and notes moved from a path into a subgraph at it."""
    if not ids:
        return document
    boxes, texts = backdrops(document, path), notes(document, path)
    document = with_backdrops(document, [box for box in boxes if box.id not in ids], path)
    document = with_backdrops(document, [box for box in boxes if box.id in ids], key)
    document = with_notes(document, [note for note in texts if note.id not in ids], path)
    return with_notes(document, [note for note in texts if note.id in ids], key)


def _with_boxes_of(document: Document, key: str, path: str, dx: float, dy: float) -> Document:
    """Backdrops and notes of a subgraph that is no more, beside those of the path it lay at."""

    known, inside = backdrops(document, path), backdrops(document, key)
    if inside:
        fresh = shifted(inside, known, "backdrop", dx, dy)
        document = with_backdrops(with_backdrops(document, (), key), (*known, *fresh), path)
    old, notes_inside = notes(document, path), notes(document, key)
    if notes_inside:
        added = shifted(notes_inside, old, "note", dx, dy)
        document = with_notes(with_notes(document, (), key), (*old, *added), path)
    return document
