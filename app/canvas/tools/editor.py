"""The one floating editor of the canvas: names of nodes and frames, texts of notes.

It lies over the view as a plain widget, so it is crisp at any zoom and swallows letters that are
shortcuts elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QGraphicsView, QLineEdit, QPlainTextEdit

from app.theme import tokens

if TYPE_CHECKING:
    from collections.abc import Callable

SMALLEST = (120, 26)


class Editor(QObject):
    """At most one field is open: Enter or a click elsewhere keeps the text.

    Esc leaves a name as it was. In a note Enter makes a line; Ctrl+Enter and Esc keep the text,
    which is too much to lose to one key and can be undone.
    """

    def __init__(self, view: QGraphicsView) -> None:
        super().__init__(view)
        self._view = view
        self.field: QLineEdit | QPlainTextEdit | None = None
        self._keep: Callable[[str], None] = lambda text: None

    def edit_line(self, rect: QRectF, text: str, keep: Callable[[str], None]) -> None:
        """Opens a line over a rectangle of the scene."""
        field = QLineEdit(text, self._view.viewport())
        field.setFont(tokens.current().font("title", 12))
        field.setAccessibleName("Name")
        field.selectAll()
        self._open(field, rect, keep)

    def edit_text(self, rect: QRectF, text: str, keep: Callable[[str], None]) -> None:
        """Opens several lines over a rectangle of the scene."""
        field = QPlainTextEdit(text, self._view.viewport())
        field.setFont(tokens.current().font("body"))
        field.setAccessibleName("Text of the note")
        field.setToolTip("Markdown; Esc or Ctrl+Enter ends it")
        self._open(field, rect, keep)

    def close(self, *, keep: bool) -> None:
        """Closes the field that is open; `keep` hands its text over."""
        field, self.field = self.field, None
        if field is None:
            return
        text = field.text() if isinstance(field, QLineEdit) else field.toPlainText()
        field.removeEventFilter(self)
        had_focus = field.hasFocus()
        field.hide()
        field.deleteLater()
        if had_focus:
            self._view.setFocus(Qt.FocusReason.OtherFocusReason)
        if keep:
            self._keep(text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is not self.field:
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # else Return and Esc would be commands of the canvas behind
            return True
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._key(event)
        if (
            isinstance(event, QFocusEvent)
            and event.type() == QEvent.Type.FocusOut
            and event.reason() != Qt.FocusReason.PopupFocusReason
        ):
            self.close(keep=True)
        return False

    def _open(
        self, field: QLineEdit | QPlainTextEdit, rect: QRectF, keep: Callable[[str], None]
    ) -> None:
        self.close(keep=True)
        self.field, self._keep = field, keep
        field.setGeometry(_on_view(self._view, rect))
        field.installEventFilter(self)
        field.show()
        field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _key(self, event: QKeyEvent) -> bool:
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        is_line = isinstance(self.field, QLineEdit)
        if event.key() == Qt.Key.Key_Escape:
            self.close(keep=not is_line)
            return True
        if is_enter and (is_line or event.modifiers() & Qt.KeyboardModifier.ControlModifier):
            self.close(keep=True)
            return True
        return False


def _on_view(view: QGraphicsView, rect: QRectF) -> QRect:
    """A rectangle of the scene in pixels of the view, large enough to type in."""
    found = view.mapFromScene(rect).boundingRect()
    width, height = max(SMALLEST[0], found.width()), max(SMALLEST[1], found.height())
    return QRect(found.left(), found.top(), width, height)
