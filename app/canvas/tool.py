"""What the view asks of whoever handles the hand: True means that an event was taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent

    from app.canvas.view import CanvasView


class Tool(Protocol):
    """Handles what a view does not: `event.position()` is in the viewport's pixels."""

    def press(self, event: QMouseEvent) -> bool: ...
    def move(self, event: QMouseEvent) -> bool: ...
    def release(self, event: QMouseEvent) -> bool: ...
    def double_click(self, event: QMouseEvent) -> bool: ...
    def key_press(self, event: QKeyEvent) -> bool: ...
    def key_release(self, event: QKeyEvent) -> bool: ...
    def wheel(self, event: QWheelEvent) -> bool: ...


class PlainSelection:
    """A click selects what lies under it; nothing else."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view

    def press(self, event: QMouseEvent) -> bool:
        if event.button() is not Qt.MouseButton.LeftButton:
            return False
        item = self._view.canvas.node_at(self._view.to_scene(event.position()))
        self._view.session.select([item.key] if item else [])
        return True

    def move(self, event: QMouseEvent) -> bool:
        return False

    def release(self, event: QMouseEvent) -> bool:
        return False

    def double_click(self, event: QMouseEvent) -> bool:
        item = self._view.canvas.node_at(self._view.to_scene(event.position()))
        return item is not None and self._view.canvas.enter(item.key)

    def key_press(self, event: QKeyEvent) -> bool:
        return False

    def key_release(self, event: QKeyEvent) -> bool:
        return False

    def wheel(self, event: QWheelEvent) -> bool:
        return False
