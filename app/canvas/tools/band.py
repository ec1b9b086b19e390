"""Selecting with a rectangle: alone it replaces, Shift adds, Ctrl toggles, Alt takes away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF

from app.canvas.tools.gesture import Gesture

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.canvas.tools.bench import Bench
    from app.canvas.tools.pointer import Pointer


class Band(Gesture):
    """A drag over the canvas; a click picks the link under it, or clears the selection."""

    def __init__(self, bench: Bench, start: Pointer) -> None:
        super().__init__(bench, start)
        self._before = bench.session.selection

    def drag(self, pointer: Pointer) -> None:
        rect = QRectF(self.start.at, pointer.at).normalized()
        self.bench.scene.band.show_rect(rect)
        self.bench.mark_selection(self._chosen(rect))

    def drop(self, pointer: Pointer) -> None:
        rect = QRectF(self.start.at, pointer.at).normalized()
        chosen, boxes = self._chosen(rect), self._boxes(rect)
        self.cancel()
        self.bench.pick(boxes=boxes)
        self.bench.session.select(chosen)

    def click(self, pointer: Pointer) -> None:
        if self.start.shift or self.start.alt:
            return
        link = self.bench.scene.link_at(pointer.at)
        if self.start.ctrl:
            text = {link.text} if link else set[str]()
            self.bench.pick(self.bench.links ^ text, self.bench.boxes)
            return
        self.bench.pick([link.text] if link else ())
        self.bench.session.select(())

    def cancel(self) -> None:
        self.bench.scene.band.hide()
        self.bench.mark_selection(self._before)

    def _chosen(self, rect: QRectF) -> list[str]:
        inside = [item.key for item in self.bench.scene.nodes_in(rect)]
        return combined(self._before, inside, self.start)

    def _boxes(self, rect: QRectF) -> list[str]:
        inside = [region.id for region in self.bench.regions() if rect.contains(region.rect)]
        return combined(self.bench.boxes, inside, self.start)


def combined(before: Iterable[str], fresh: list[str], start: Pointer) -> list[str]:
    """A selection after more was selected, by the keys that were held at the press."""
    old = list(before)
    if start.alt:
        return [key for key in old if key not in fresh]
    if start.ctrl:
        return [key for key in old if key not in fresh] + [k for k in fresh if k not in old]
    return [*old, *(key for key in fresh if key not in old)] if start.shift else fresh
