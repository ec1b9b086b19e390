"""Along the links: what lies up and down the stream, and the next node in a direction."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from app.editing.parents import keys_at, links_at, parent, prefix, side_by_side
from app.editing.sizes import estimated, rect
from engine.errors import GraphError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.editing.sizes import SizeOf
    from app.placement import Point, Rect
    from engine.document import Document

Direction = Literal["left", "right", "up", "down"]
AHEAD: dict[str, Point] = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}


def upstream(document: Document, keys: Iterable[str]) -> tuple[str, ...]:
    """Nodes and all that feeds them, in the order of the graph."""
    return _reached(document, keys, backward=True)


def downstream(document: Document, keys: Iterable[str]) -> tuple[str, ...]:
    """Nodes and all that they feed, in the order of the graph."""
    return _reached(document, keys, backward=False)


def neighbour(
    document: Document, key: str, direction: Direction, size: SizeOf | None = None
) -> str | None:
    """The node that an arrow key goes to: left to what feeds it, right to what it feeds.

    Up and down go to nodes that share a neighbour with it. The nearest in that direction is taken.
    """
    document.graph.entry(key)
    if direction not in AHEAD:
        raise GraphError(f"a node has neighbours {', '.join(AHEAD)}, not {direction!r}")
    size = size or estimated(document)
    here = _middle(rect(document, key, size))
    ahead = {}
    for other in _linked(document, key, direction):
        there = _middle(rect(document, other, size))
        along, away = _along(here, there, AHEAD[direction])
        if along > 0 or direction in ("left", "right"):
            ahead[other] = (along <= 0, math.hypot(along, 2 * away))
    return min(ahead, key=lambda other: (ahead[other], other), default=None)


def _linked(document: Document, key: str, direction: Direction) -> set[str]:
    links = links_at(document.graph, parent(key))
    feeds = {link.source_key for link in links if link.target_key == key}
    fed = {link.target_key for link in links if link.source_key == key}
    if direction == "left":
        return feeds - {key}
    if direction == "right":
        return fed - {key}
    beside = {link.target_key for link in links if link.source_key in feeds}
    beside |= {link.source_key for link in links if link.target_key in fed}
    return (beside | feeds | fed) - {key}


def _middle(rect: Rect) -> Point:
    x, y, width, height = rect
    return x + width / 2, y + height / 2


def _along(here: Point, there: Point, ahead: Point) -> tuple[float, float]:
    """How far a point lies in a direction, and how far beside it."""
    dx, dy = there[0] - here[0], there[1] - here[1]
    return dx * ahead[0] + dy * ahead[1], dx * ahead[1] + dy * ahead[0]


def _reached(document: Document, keys: Iterable[str], *, backward: bool) -> tuple[str, ...]:
    path, names = side_by_side(document.graph, keys)
    links = links_at(document.graph, path)
    ways: dict[str, list[str]] = {}
    for link in links:
        ends = (link.source_key, link.target_key)
        start, end = reversed(ends) if backward else ends
        ways.setdefault(start, []).append(end)
    seen: set[str] = set()
    left = [prefix(path) + name for name in names]
    while left:
        key = left.pop()
        if key not in seen:
            seen.add(key)
            left.extend(ways.get(key, ()))
    return tuple(key for key in keys_at(document.graph, path) if key in seen)
