"""Dragging a dot that a link is led over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.canvas.tools.gesture import Gesture
from app.canvas.tools.move import snapped
from app.editing.boxes import move_waypoint

if TYPE_CHECKING:
    from app.canvas.link_item import LinkItem
    from app.canvas.tools.bench import Bench
    from app.canvas.tools.pointer import Pointer
    from app.placement import Point


class DotDrag(Gesture):
    """A click on a dot picks its link."""

    def __init__(self, bench: Bench, start: Pointer, item: LinkItem, index: int) -> None:
        super().__init__(bench, start)
        self._item, self._index = item, index
        self._before = item.waypoints

    def drag(self, pointer: Pointer) -> None:
        dots = list(self._before)
        dots[self._index] = _place(pointer)
        self._item.lead(tuple(dots))

    def drop(self, pointer: Pointer) -> None:
        self.cancel()
        link, index = self._item.link, self._index
        self.bench.session.try_edit(
            "Move a dot",
            lambda: move_waypoint(self.bench.document, link, index, _place(pointer)),
        )

    def click(self, pointer: Pointer) -> None:
        self.bench.pick([self._item.text])
        self.bench.session.select(())

    def cancel(self) -> None:
        self._item.lead(self._before)


def _place(pointer: Pointer) -> Point:
    x, y = pointer.place
    return (snapped(x), snapped(y)) if pointer.shift else (x, y)
