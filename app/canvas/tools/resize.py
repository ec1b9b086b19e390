"""Dragging the corner of a frame or note."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF

from app.canvas.region_items import BackdropItem, NoteItem
from app.canvas.tools.gesture import Gesture
from app.canvas.tools.move import snapped
from app.editing.boxes import put_backdrop, put_note

if TYPE_CHECKING:
    from app.canvas.tools.bench import Bench
    from app.canvas.tools.pointer import Pointer
    from app.placement import Rect
    from engine.document import Document

SMALLEST = 48.0


class Resize(Gesture):
    """The top left corner stays; Shift snaps."""

    def __init__(self, bench: Bench, start: Pointer, item: BackdropItem | NoteItem) -> None:
        super().__init__(bench, start)
        self._item, self._before = item, item.rect

    def drag(self, pointer: Pointer) -> None:
        self._item.set_rect(self._sized(pointer))

    def drop(self, pointer: Pointer) -> None:
        rect = self._sized(pointer)
        size = (rect.x(), rect.y(), rect.width(), rect.height())
        self.cancel()
        self.bench.session.try_edit("Resize", lambda: self._resized(size))

    def click(self, pointer: Pointer) -> None:
        self.bench.pick(boxes=[self._item.id])

    def cancel(self) -> None:
        self._item.set_rect(self._before)

    def _sized(self, pointer: Pointer) -> QRectF:
        way = pointer.at - self.start.at
        width, height = self._before.width() + way.x(), self._before.height() + way.y()
        if pointer.shift:
            width, height = snapped(width), snapped(height)
        left, top = self._before.left(), self._before.top()
        return QRectF(left, top, max(SMALLEST, round(width)), max(SMALLEST, round(height)))

    def _resized(self, rect: Rect) -> Document:
        document, path = self.bench.document, self.bench.path
        if isinstance(self._item, NoteItem):
            return put_note(document, replace(self._item.note, rect=rect), path)
        return put_backdrop(document, replace(self._item.backdrop, rect=rect), path)
