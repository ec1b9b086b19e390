"""Whether the knife is in the hand: while Y is held and the view has the keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

KEY = Qt.Key.Key_Y


class Knife(QObject):
    """Shown by the cursor. A view that loses the keyboard would never hear of the key's release."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self.is_out = False
        view.installEventFilter(self)

    def draw(self, on: bool) -> None:
        """Takes the knife out or puts it away."""
        if on is not self.is_out:
            self.is_out = on
            shape = Qt.CursorShape.CrossCursor if on else Qt.CursorShape.ArrowCursor
            self._view.viewport().setCursor(shape)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut:
            self.draw(False)
        return False
