"""How large nodes are and where their ports lie, as the canvas draws them; and rectangles."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.canvas.face import Wired, read_face, wired
from app.editing.parents import body, parent
from app.placement import place

if TYPE_CHECKING:
    from app.canvas.face import Face
    from app.placement import Rect
    from engine.document import Document

SizeOf = Callable[[str], tuple[float, float]]  # path key -> width, height

GAP_X, GAP_Y = 64.0, 32.0  # what a layout leaves beside nodes and below them
GAP = 48.0  # what is left between a node and one that was inserted before it


class Faces:
    """The faces of a document's nodes, each read when it is asked for."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._wired: dict[str, dict[str, Wired]] = {}
        self._faces: dict[str, Face] = {}

    def size(self, key: str) -> tuple[float, float]:
        """Width and height of a node."""
        return self.of(key).size

    def port(self, key: str, name: str, is_output: bool) -> tuple[float, float]:
        """Where the centre of a port lies on the canvas."""
        at, (x, y) = place(self._document, key), self.of(key).at(name, is_output)
        return at.x + x, at.y + y

    def of(self, key: str) -> Face:
        """What a node looks like."""
        if key not in self._faces:
            self._faces[key] = self._read(key)
        return self._faces[key]

    def _read(self, key: str) -> Face:
        path, name = parent(key), key.rpartition("/")[2]
        graph = body(self._document.graph, path)
        ends = self._ends(path).get(name, Wired())
        return read_face(graph, name, place(self._document, key), ends)

    def _ends(self, path: str) -> dict[str, Wired]:
        if path not in self._wired:
            border = self._document.graph.entry(path).border if path else None
            self._wired[path] = wired(body(self._document.graph, path).links, border)
        return self._wired[path]


def estimated(document: Document) -> SizeOf:
    """The sizes that nodes have on the canvas."""
    return Faces(document).size


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
