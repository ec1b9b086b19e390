"""What lies on the canvas beside nodes: backdrops that carry nodes, notes, dots on links."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from app.editing.parents import keys_at, prefix, side_by_side
from app.editing.sizes import Faces, around, holds, rect
from app.placement import (
    Backdrop,
    Note,
    backdrops,
    free_id,
    notes,
    waypoints,
    with_backdrops,
    with_notes,
    with_waypoints,
)
from engine.errors import GraphError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from app.editing.sizes import SizeOf
    from app.placement import Point, Rect
    from engine.document import Document
    from engine.graph import Link

BORDER, TITLE = 24.0, 40.0  # of a backdrop around what it carries, and above it
NOTE = (200.0, 120.0)  # the size of a new note

Box = TypeVar("Box", Backdrop, Note)


def group_in_backdrop(
    document: Document, keys: Iterable[str], title: str = "", *, size: SizeOf | None = None
) -> tuple[Document, str]:
    """A backdrop behind nodes; returns its id too. GraphError where they lie at several paths."""
    path, names = side_by_side(document.graph, keys)
    size = size or Faces(document).size
    rects = [rect(document, prefix(path) + name, size) for name in names]
    return add_backdrop(document, framed(rects), title, path=path)


def framed(rects: list[Rect]) -> Rect:
    """The backdrop that one or more rectangles need."""
    x, y, width, height = around(rects)
    return x - BORDER, y - TITLE, width + 2 * BORDER, height + TITLE + BORDER


def add_backdrop(
    document: Document, rect: Rect, title: str = "", *, path: str = ""
) -> tuple[Document, str]:
    """An empty backdrop; returns its id too."""
    known = backdrops(document, path)
    fresh = Backdrop(free_id((box.id for box in known), "backdrop"), rect, title)
    return with_backdrops(document, (*known, fresh), path), fresh.id


def add_note(
    document: Document, at: Point, text: str = "", *, path: str = ""
) -> tuple[Document, str]:
    """A note with its top left corner at a point; returns its id too."""
    known = notes(document, path)
    fresh = Note(free_id((box.id for box in known), "note"), (*at, *NOTE), text)
    return with_notes(document, (*known, fresh), path), fresh.id


def put_backdrop(document: Document, backdrop: Backdrop, path: str = "") -> Document:
    """Another title, colour or rectangle of a backdrop that is there. GraphError."""
    return with_backdrops(document, _put(backdrops(document, path), backdrop), path)


def put_note(document: Document, note: Note, path: str = "") -> Document:
    """Another text, colour or rectangle of a note that is there. GraphError."""
    return with_notes(document, _put(notes(document, path), note), path)


def remove_boxes(document: Document, ids: Iterable[str], path: str = "") -> Document:
    """The document without some backdrops and notes; nodes on them stay."""
    gone = set(ids)
    known = backdrops(document, path), notes(document, path)
    document = with_backdrops(document, [box for box in known[0] if box.id not in gone], path)
    return with_notes(document, [box for box in known[1] if box.id not in gone], path)


def carried(
    document: Document, ids: Iterable[str], path: str = "", size: SizeOf | None = None
) -> tuple[set[str], set[str]]:
    """What backdrops carry: the path keys of nodes, the ids of backdrops and notes, theirs too."""
    size = size or Faces(document).size
    boxes = (*backdrops(document, path), *notes(document, path))
    under = [box.rect for box in backdrops(document, path) if box.id in set(ids)]
    graph_keys = keys_at(document.graph, path)
    keys = {k for k in graph_keys if any(holds(outer, rect(document, k, size)) for outer in under)}
    found = {box.id for box in boxes if any(holds(outer, box.rect) for outer in under)}
    return keys, found | set(ids)


def shifted(
    boxes: Iterable[Box], known: Iterable[Box], stem: str, dx: float, dy: float
) -> list[Box]:
    """Backdrops or notes elsewhere, with ids of their own beside those that are known."""
    taken = {box.id for box in known}
    fresh: list[Box] = []
    for box in moved_boxes(boxes, dx, dy):
        free = free_id(taken, stem) if box.id in taken else box.id
        taken.add(free)
        fresh.append(replace(box, id=free))
    return fresh


def moved_boxes(boxes: Iterable[Box], dx: float, dy: float) -> list[Box]:
    """The same backdrops or notes elsewhere."""
    rects = ((box, *box.rect) for box in boxes)
    return [replace(box, rect=(x + dx, y + dy, wide, high)) for box, x, y, wide, high in rects]


def add_waypoint(document: Document, link: Link, at: Point, index: int | None = None) -> Document:
    """A dot that a link is led over, by default on the stretch that lies nearest. GraphError."""
    dots = list(waypoints(document).get(str(link), ()))
    if index is None:
        index = _nearest_stretch(_line(document, link, dots), at)
    return _with_dots(document, link, [*dots[:index], at, *dots[index:]])


def move_waypoint(document: Document, link: Link, index: int, at: Point) -> Document:
    """A dot elsewhere. GraphError where the link has no such dot."""
    dots = _dots(document, link, index)
    return _with_dots(document, link, [*dots[:index], at, *dots[index + 1 :]])


def remove_waypoint(document: Document, link: Link, index: int) -> Document:
    """A link without one of its dots. GraphError where the link has no such dot."""
    dots = _dots(document, link, index)
    return _with_dots(document, link, [*dots[:index], *dots[index + 1 :]])


def _put(known: Sequence[Box], box: Box) -> list[Box]:
    if all(other.id != box.id for other in known):
        raise GraphError(f"there is no frame or note {box.id!r}")
    return [box if other.id == box.id else other for other in known]


def _dots(document: Document, link: Link, index: int) -> tuple[Point, ...]:
    dots = waypoints(document).get(str(link), ())
    if not 0 <= index < len(dots):
        raise GraphError(f"{link} is led over {len(dots)} dots, so there is no dot {index}")
    return dots


def _with_dots(document: Document, link: Link, dots: list[Point]) -> Document:
    after = with_waypoints(document, {**waypoints(document), str(link): dots})
    if dots and str(link) not in waypoints(after):
        raise GraphError(f"there is no link {link}")
    return after


def _line(document: Document, link: Link, dots: list[Point]) -> list[Point]:
    document.graph.ends(link)
    faces = Faces(document)
    start = faces.port(link.source_key, link.source_port, True)
    return [start, *dots, faces.port(link.target_key, link.target_port, False)]


def _nearest_stretch(line: list[Point], at: Point) -> int:
    away = [_distance(at, one, two) for one, two in pairwise(line)]
    return away.index(min(away))


def _distance(at: Point, one: Point, two: Point) -> float:
    """How far a point lies from a stretch."""
    dx, dy = two[0] - one[0], two[1] - one[1]
    length = dx * dx + dy * dy
    share = ((at[0] - one[0]) * dx + (at[1] - one[1]) * dy) / length if length else 0.0
    share = min(1.0, max(0.0, share))
    return math.hypot(at[0] - one[0] - share * dx, at[1] - one[1] - share * dy)
