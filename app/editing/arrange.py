"""Where nodes lie: moved by hand, snapped, aligned, spread evenly, laid straight along a link."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from app.canvas.metrics import GRID
from app.editing.boxes import Box, carried, moved_boxes
from app.editing.parents import checked, links_at, side_by_side
from app.editing.rekeying import parsed
from app.editing.sizes import Faces, around, rect
from app.placement import (
    Place,
    backdrops,
    notes,
    place,
    placed,
    waypoints,
    with_backdrops,
    with_notes,
    with_waypoints,
)
from engine.errors import GraphError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from app.editing.sizes import SizeOf
    from app.placement import Rect
    from engine.document import Document
    from engine.graph import Link

Edge = Literal["left", "right", "top", "bottom", "center", "middle", "across", "down"]

# what each edge of a selection makes of a node's rectangle: (node, around all) -> x, y
ALIGNED: dict[str, Callable[[Rect, Rect], tuple[float, float]]] = {
    "left": lambda node, all: (all[0], node[1]),
    "right": lambda node, all: (all[0] + all[2] - node[2], node[1]),
    "top": lambda node, all: (node[0], all[1]),
    "bottom": lambda node, all: (node[0], all[1] + all[3] - node[3]),
    "center": lambda node, all: (all[0] + (all[2] - node[2]) / 2, node[1]),
    "middle": lambda node, all: (node[0], all[1] + (all[3] - node[3]) / 2),
}
SPREAD = {"across": 0, "down": 1}


def move(
    document: Document,
    keys: Iterable[str],
    dx: float,
    dy: float,
    *,
    boxes: Collection[str] = (),
    path: str = "",
    contents: bool = True,
    size: SizeOf | None = None,
) -> Document:
    """Moves nodes, and backdrops and notes at a path by id; a backdrop takes along what is on it.

    Dots of links between nodes that move go along. `contents=False` moves the boxes alone.
    """
    moving, ids = set(checked(document.graph, keys)), set(boxes)
    if contents and ids:
        inside, more = carried(document, ids, path, size)
        moving, ids = moving | inside, ids | more
    places = {key: place(document, key).moved(dx, dy) for key in moving}
    after = _with_dots(placed(document, places), moving, dx, dy)
    if not ids:
        return after
    after = with_backdrops(after, _moved(backdrops(after, path), ids, dx, dy), path)
    return with_notes(after, _moved(notes(after, path), ids, dx, dy), path)


def snap(document: Document, keys: Iterable[str], grid: float = GRID) -> Document:
    """Puts nodes on the nearest points of the grid."""
    keys = checked(document.graph, keys)
    return placed(document, {key: _snapped(place(document, key), grid) for key in keys})


def align(
    document: Document, keys: Iterable[str], edge: Edge, *, size: SizeOf | None = None
) -> Document:
    """Aligns nodes at an edge or their centres, or spreads them across or down. GraphError."""
    side_by_side(document.graph, keys := list(keys))
    size = size or Faces(document).size
    rects = {key: rect(document, key, size) for key in keys}
    if edge in SPREAD:
        return _placed_at(document, _spread(rects, SPREAD[edge]))
    if edge not in ALIGNED:
        known = ", ".join([*ALIGNED, *SPREAD])
        raise GraphError(f"nodes are aligned {known}, not {edge!r}")
    all = around(list(rects.values()))
    return _placed_at(document, {key: ALIGNED[edge](node, all) for key, node in rects.items()})


def straighten(document: Document, keys: Iterable[str]) -> Document:
    """Moves nodes up or down so that the first link into each from the others is straight."""
    path, _ = side_by_side(document.graph, keys := list(keys))
    faces = Faces(document)
    first: dict[str, Link] = {}
    for link in links_at(document.graph, path):
        if {link.source_key, link.target_key} <= set(keys) and link.source_key != link.target_key:
            first.setdefault(link.target_key, link)
    lifts: dict[str, float] = {}
    for key in sorted(keys, key=lambda key: place(document, key).x):
        lifts[key] = _lift(faces, first.get(key), lifts)
    places = {key: place(document, key).moved(0, lift) for key, lift in lifts.items()}
    return placed(document, places)


def _lift(faces: Faces, link: Link | None, lifts: dict[str, float]) -> float:
    """How far a node moves for its link to be straight; not at all where its source comes later."""
    if link is None or link.source_key not in lifts:
        return 0.0
    source = faces.port(link.source_key, link.source_port, True)[1] + lifts[link.source_key]
    return source - faces.port(link.target_key, link.target_port, False)[1]


def _spread(rects: dict[str, Rect], axis: int) -> dict[str, tuple[float, float]]:
    """Equal gaps between the first and the last, which stay."""
    row = sorted(rects, key=lambda key: (rects[key][axis], rects[key][1 - axis]))
    whole = around(list(rects.values()))[axis + 2]
    gap = (whole - sum(node[axis + 2] for node in rects.values())) / max(1, len(row) - 1)
    at, found = rects[row[0]][axis], {}
    for key in row:
        x, y = rects[key][:2]
        found[key] = (at, y) if axis == 0 else (x, at)
        at += rects[key][axis + 2] + gap
    return found


def _placed_at(document: Document, spots: dict[str, tuple[float, float]]) -> Document:
    places = {key: replace(place(document, key), x=x, y=y) for key, (x, y) in spots.items()}
    return placed(document, places)


def _snapped(at: Place, grid: float) -> Place:
    return replace(at, x=round(at.x / grid) * grid, y=round(at.y / grid) * grid)


def _moved(known: Iterable[Box], ids: set[str], dx: float, dy: float) -> list[Box]:
    return [moved_boxes([box], dx, dy)[0] if box.id in ids else box for box in known]


def _with_dots(document: Document, moving: set[str], dx: float, dy: float) -> Document:
    dots = waypoints(document)
    ends = {text: link for text in dots if (link := parsed(text))}
    along = {
        text: [(x + dx, y + dy) for x, y in dots[text]]
        for text, link in ends.items()
        if link.source_key in moving and link.target_key in moving
    }
    return with_waypoints(document, {**dots, **along}) if along else document
