"""The text field: as high as its text, committed by Enter or by leaving it, left whole by Esc.

Shift with Enter begins a line; in a field of long texts (a prompt) Enter does, and Ctrl with Enter
commits. Nothing is told while letters come in, so an input method can work in peace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QTextOption
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy

from app.inspector import look
from app.theme import tokens

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QResizeEvent
    from PySide6.QtWidgets import QWidget

LONGEST = 20_000  # characters of one text
LINES = 8  # a longer text scrolls
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class TextBox(QPlainTextEdit):
    """A text of one or more lines."""

    edited = Signal(object)
    settled = Signal()
    refused = Signal(str)
    wide = False
    marks_live = False

    def __init__(self, name: str, parent: QWidget | None = None, *, long: bool = False) -> None:
        super().__init__(parent)
        self._long = long
        self._least = 2 if long else 1
        self._shown = ""
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self.setFont(tokens.current().font("body"))
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(4)
        self.setViewportMargins(3, 0, 3, 0)
        self.textChanged.connect(self._grow)
        self._grow()

    def show_value(self, value: Any) -> None:
        """Shows a text; what is being typed is not touched while it is the same underneath."""
        text = "" if value is None else str(value)
        self.setPlaceholderText("mixed" if value is None else "")
        if text == self._shown and (self.hasFocus() or text == self.toPlainText()):
            return
        self._shown = text
        if text != self.toPlainText():
            self.setPlainText(text)

    def show_live(self, value: Any, driver: look.Driver | None) -> None:
        """A text has no place for a mark; the row says the live value beside it."""

    def commit(self) -> None:
        """Tells the text, where it is another than was shown."""
        text = self.toPlainText()
        if text == self._shown:
            return
        if len(text) > LONGEST:
            self.refused.emit(f"a text of {len(text):,} characters is too long; {_most()}")
            return
        self._shown = text
        self.edited.emit(text)
        self.settled.emit()

    def event(self, event: QEvent) -> bool:
        overriding = event.type() == QEvent.Type.ShortcutOverride
        if overriding and isinstance(event, QKeyEvent) and self._is_own(event):
            event.accept()
            return True
        return super().event(event)

    def _is_own(self, event: QKeyEvent) -> bool:
        return event.key() in (*ENTER, Qt.Key.Key_Escape)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in ENTER:
            self._press_enter(event)
        elif event.key() == Qt.Key.Key_Escape:
            self.setPlainText(self._shown)
            self.selectAll()
        else:
            super().keyPressEvent(event)

    def _press_enter(self, event: QKeyEvent) -> None:
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if control or not (shift or self._long):
            self.commit()
        else:
            self.textCursor().insertText("\n")
            self.ensureCursorVisible()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.commit()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Pastes plain text; too much of it is refused as a whole."""
        text = source.text()
        kept = len(self.toPlainText()) - len(self.textCursor().selectedText())
        if len(text) + kept > LONGEST:
            self.refused.emit(f"{len(text):,} characters are too many to paste; {_most()}")
            return
        self.insertPlainText(text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._grow()

    def sizeHint(self) -> QSize:
        return QSize(120, self.height())

    def _grow(self) -> None:
        """Takes the height of the text, up to so many lines."""
        line = QFontMetricsF(self.font()).lineSpacing()
        lines = min(max(int(self.document().size().height()), self._least), LINES)
        over = self.document().size().height() > LINES
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if over else _NEVER
        if self.verticalScrollBarPolicy() != policy:
            self.setVerticalScrollBarPolicy(policy)
        self.setFixedHeight(max(round(lines * line + 10), look.HEIGHT))


_NEVER = Qt.ScrollBarPolicy.ScrollBarAlwaysOff


def _most() -> str:
    return f"{LONGEST:,} is the most"
