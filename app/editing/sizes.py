"""How large nodes are on the canvas: as the canvas says, else estimated from their ports."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.placement import place
from engine.values import Clip, Frame, Mask

if TYPE_CHECKING:
    from app.placement import Rect
    from engine.document import Document

SizeOf = Callable[[str], tuple[float, float]]  # path key -> width, height

WIDTH, COLLAPSED = 180.0, 120.0
HEADER, ROW, PICTURE = 26.0, 22.0, 106.0  # a picture is 160 x 90 with its margins
GRID = 8.0  # what snapping snaps to
GAP_X, GAP_Y = 64.0, 32.0  # between nodes that a layout puts side by side, and below each other
GAP = 48.0  # what is left between a node and the one that was inserted before it


def estimated(document: Document) -> SizeOf:
    """Sizes by the number of ports, for edits that no canvas asked for."""
    graph = document.graph

    def size(key: str) -> tuple[float, float]:
        look = place(document, key)
        if look.collapsed:
            return COLLAPSED, HEADER
        outputs, shown = graph.outputs(key), graph.entry(key).expose
        rows = max(len(graph.inputs(key)) + len(shown), len(outputs), 1)
        pictured = look.thumbnail and any(port.type in (Frame, Clip, Mask) for port in outputs)
        return WIDTH, HEADER + ROW * rows + (PICTURE if pictured else 0.0)

    return size


def rect(document: Document, key: str, size: SizeOf) -> Rect:
    """Where a node lies: x, y, width, height."""
    at = place(document, key)
    return at.x, at.y, *size(key)


def around(rects: list[Rect]) -> Rect:
    """The smallest rectangle that holds all of one or more."""
    left, top = min(x for x, _, _, _ in rects), min(y for _, y, _, _ in rects)
    right = max(x + width for x, _, width, _ in rects)
    bottom = max(y + height for _, y, _, height in rects)
    return left, top, right - left, bottom - top


def holds(outer: Rect, inner: Rect) -> bool:
    """Whether one rectangle lies in another."""
    x, y, width, height = inner
    left, top, wide, high = outer
    return left <= x and top <= y and x + width <= left + wide and y + height <= top + high
