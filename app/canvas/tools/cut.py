"""The knife: every link that its line crosses is taken away, in one step."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from app import editing
from app.canvas.tools.gesture import Gesture

if TYPE_CHECKING:
    from PySide6.QtCore import QPointF

    from app.canvas.link_item import LinkItem
    from app.canvas.tools.bench import Bench
    from app.canvas.tools.pointer import Pointer
    from app.placement import Point


class Cut(Gesture):
    """A drag that draws the knife's line; a click cuts the link under it."""

    def __init__(self, bench: Bench, start: Pointer) -> None:
        super().__init__(bench, start)
        self._points: list[QPointF] = [start.at]
        self._crossed: dict[str, LinkItem] = {}

    def drag(self, pointer: Pointer) -> None:
        stroke = (_point(self._points[-1]), _point(pointer.at))
        self._points.append(pointer.at)
        self.bench.scene.cut_line.show_points(self._points)
        for text, link in self.bench.scene.links.items():
            if text not in self._crossed and crosses(stroke, link.polyline()):
                self._crossed[text] = link
                link.mark(cut=True)

    def drop(self, pointer: Pointer) -> None:
        self._cut(list(self._crossed.values()))

    def click(self, pointer: Pointer) -> None:
        link = self.bench.scene.link_at(pointer.at)
        self._cut([link] if link else [])

    def cancel(self) -> None:
        self.bench.scene.cut_line.hide()
        for link in self._crossed.values():
            link.mark(cut=False)

    def _cut(self, items: list[LinkItem]) -> None:
        self.cancel()
        links = [item.link for item in items]
        if links:
            label = "Cut a link" if len(links) == 1 else f"Cut {len(links)} links"
            self.bench.session.try_edit(label, lambda: editing.cut(self.bench.document, links))


def crosses(stroke: tuple[Point, Point], line: list[Point]) -> bool:
    """Whether a stretch crosses a line of stretches."""
    return any(_meet(*stroke, a, b) for a, b in pairwise(line))


def _meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    return _side(a, b, c) != _side(a, b, d) and _side(c, d, a) != _side(c, d, b)


def _side(a: Point, b: Point, c: Point) -> bool:
    return (b[0] - a[0]) * (c[1] - a[1]) > (b[1] - a[1]) * (c[0] - a[0])


def _point(point: QPointF) -> Point:
    return point.x(), point.y()
