"""Where things lie on the canvas, kept in the document's view so that undo covers it.

A node's key holds [x, y], or {"at": [x, y], ...} where more is to be said. Names that begin with @
hold what is no node: @backdrops, @notes, @waypoints, @camera. A view that is mangled is read as far
as it can be.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from engine.subgraph import body_of, with_parent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from engine.document import Document

Point = tuple[float, float]
Rect = tuple[float, float, float, float]  # x, y, width, height

COLUMN, ROW = 240.0, 160.0  # where nodes without a place are put, in steps of
FARTHEST = 1e6  # pixels from the origin; what lies beyond was no hand's doing
BACKDROPS, NOTES, WAYPOINTS, CAMERA = "@backdrops", "@notes", "@waypoints", "@camera"


@dataclass(frozen=True)
class Place:
    """Where a node lies, its top left corner in canvas pixels, and how it is shown."""

    x: float
    y: float
    collapsed: bool = False
    thumbnail: bool = True
    hide_ports: bool = False
    color: str = ""
    title: str = ""

    def moved(self, dx: float, dy: float) -> Place:
        """The same place elsewhere."""
        return replace(self, x=self.x + dx, y=self.y + dy)


@dataclass(frozen=True)
class Backdrop:
    """A titled, coloured rectangle behind nodes; what lies on it moves with it."""

    id: str
    rect: Rect
    title: str = ""
    color: str = ""


@dataclass(frozen=True)
class Note:
    """Markdown text on the canvas."""

    id: str
    rect: Rect
    text: str = ""
    color: str = ""


def place(document: Document, key: str) -> Place:
    """Where a node lies; in a free row where the document does not say."""
    found = _place(document.view.get(key))
    return found or _default(document, key)


def placed(document: Document, places: Mapping[str, Place]) -> Document:
    """The document with nodes at these places."""
    view = {**document.view, **{key: _place_json(place) for key, place in places.items()}}
    return document if view == document.view else replace(document, view=view)


def backdrops(document: Document, path: str = "") -> tuple[Backdrop, ...]:
    """The backdrops of the root or of a subgraph."""
    return tuple(_read(document, BACKDROPS, path, _backdrop))


def with_backdrops(document: Document, backdrops: Iterable[Backdrop], path: str = "") -> Document:
    """The document with these backdrops in place of those of the root or of a subgraph."""
    return _written(document, BACKDROPS, path, [_flat(each) for each in backdrops])


def notes(document: Document, path: str = "") -> tuple[Note, ...]:
    """The notes of the root or of a subgraph."""
    return tuple(_read(document, NOTES, path, _note))


def with_notes(document: Document, notes: Iterable[Note], path: str = "") -> Document:
    """The document with these notes in place of those of the root or of a subgraph."""
    return _written(document, NOTES, path, [_flat(each) for each in notes])


def waypoints(document: Document) -> dict[str, tuple[Point, ...]]:
    """The dots that links are led over, by the text of the link."""
    found = document.view.get(WAYPOINTS)
    if not isinstance(found, dict):
        return {}
    read = {str(text): _points(points) for text, points in found.items()}
    return {text: points for text, points in read.items() if points}


def with_waypoints(document: Document, waypoints: Mapping[str, Iterable[Point]]) -> Document:
    """The document with these dots; those of links that are no more are left out."""
    known = _link_texts(document)
    kept = {
        text: [[x, y] for x, y in points] for text, points in waypoints.items() if text in known
    }
    return _with(document, WAYPOINTS, {text: points for text, points in kept.items() if points})


def free_id(taken: Iterable[str], stem: str) -> str:
    """An id for a new backdrop or note: the stem and the first free number."""
    known, number = set(taken), 1
    while f"{stem}{number}" in known:
        number += 1
    return f"{stem}{number}"


def _default(document: Document, key: str) -> Place:
    parent = key.rpartition("/")[0]
    graph = document.graph
    siblings = body_of(parent, graph.entry(parent)).nodes if parent else graph.nodes
    prefix = f"{parent}/" if parent else ""
    loose = [name for name in siblings if _place(document.view.get(prefix + name)) is None]
    known = [found for name in siblings if (found := _place(document.view.get(prefix + name)))]
    below = max((found.y for found in known), default=-ROW) + ROW
    at = loose.index(key.rpartition("/")[2])
    return Place(COLUMN * (at % 6), below + ROW * (at // 6))


def _place(value: Any) -> Place | None:
    fields = value if isinstance(value, dict) else {}
    at = _points([fields.get("at") if fields else value])
    if not at:
        return None
    return Place(
        *at[0],
        collapsed=bool(fields.get("collapsed", False)),
        thumbnail=bool(fields.get("thumbnail", True)),
        hide_ports=bool(fields.get("hide_ports", False)),
        color=str(fields.get("color", "")),
        title=str(fields.get("title", "")),
    )


def _place_json(place: Place) -> Any:
    plain = Place(place.x, place.y)
    at = [_tidy(place.x), _tidy(place.y)]
    said = {name: value for name, value in vars(place).items() if value != getattr(plain, name)}
    return {"at": at, **said} if said else at


def _tidy(number: float) -> float:
    return int(number) if float(number).is_integer() else round(number, 2)


T = TypeVar("T", Backdrop, Note)


def _read(document: Document, name: str, path: str, read: Callable[[Any], T | None]) -> list[T]:
    groups = document.view.get(name)
    found = groups.get(path) if isinstance(groups, dict) else None
    each = [read(value) for value in found] if isinstance(found, list) else []
    return list({item.id: item for item in each if item is not None}.values())


def _written(document: Document, name: str, path: str, values: list[Any]) -> Document:
    groups = document.view.get(name)
    groups = {**groups} if isinstance(groups, dict) else {}
    groups.pop(path, None)
    return _with(document, name, {**groups, path: values} if values else groups)


def _with(document: Document, name: str, value: dict[str, Any]) -> Document:
    view = {known: kept for known, kept in document.view.items() if known != name}
    view = {**view, name: value} if value else view
    return document if view == document.view else replace(document, view=view)


def _flat(item: Backdrop | Note) -> dict[str, Any]:
    return {**vars(item), "rect": [_tidy(number) for number in item.rect]}


def _backdrop(value: Any) -> Backdrop | None:
    rect = _rect(value)
    if rect is None:
        return None
    return Backdrop(
        str(value["id"]), rect, str(value.get("title", "")), str(value.get("color", ""))
    )


def _note(value: Any) -> Note | None:
    rect = _rect(value)
    if rect is None:
        return None
    return Note(str(value["id"]), rect, str(value.get("text", "")), str(value.get("color", "")))


def _rect(value: Any) -> Rect | None:
    numbers = value.get("rect") if isinstance(value, dict) and "id" in value else None
    if not isinstance(numbers, list) or len(numbers) != 4 or not all(map(_is_near, numbers)):
        return None
    x, y, width, height = (float(number) for number in numbers)
    return x, y, max(16.0, width), max(16.0, height)


def _points(values: Any) -> tuple[Point, ...]:
    if not isinstance(values, list | tuple):
        return ()
    pairs = (value for value in values if isinstance(value, list | tuple) and len(value) == 2)
    return tuple((float(x), float(y)) for x, y in pairs if _is_near(x) and _is_near(y))


def _is_near(number: Any) -> bool:
    if not isinstance(number, int | float) or isinstance(number, bool):
        return False
    return math.isfinite(number) and abs(number) <= FARTHEST


def _link_texts(document: Document) -> set[str]:
    """The text of every link, those inside subgraphs with the path in front of both ends."""
    found: set[str] = set()
    left = [("", document.graph)]
    while left:
        prefix, graph = left.pop()
        found.update(str(with_parent(link, prefix)) for link in graph.links)
        bodies = ((key, entry.body) for key, entry in graph.nodes.items())
        left += [(f"{prefix}{key}/", body) for key, body in bodies if body is not None]
    return found
