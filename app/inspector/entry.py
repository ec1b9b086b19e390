"""The line in which a number is typed; it lies over the field that it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from app.theme import tokens

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent
    from PySide6.QtWidgets import QWidget

ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
OWN = (*ENTER, Qt.Key.Key_Escape)
LONGEST = 10_000  # characters; the sum itself may have far fewer, and says so


class Entry(QLineEdit):
    """Typed text: `entered` by Enter, Tab or by leaving, `tabbed` after it, or `given_up`."""

    entered = Signal(str)
    tabbed = Signal(bool)  # True forward
    given_up = Signal()

    def __init__(self, parent: QWidget, text: str) -> None:
        super().__init__(text, parent)
        self.setMaxLength(LONGEST)
        self.setFont(tokens.current().font("mono"))
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setAccessibleName(parent.accessibleName())
        self.setTextMargins(2, 0, 2, 0)
        self.setStyleSheet("padding: 0px 4px; min-height: 0px;")

    def focusNextPrevChild(self, next: bool) -> bool:
        self.tabbed.emit(next)
        return True

    def event(self, event: QEvent) -> bool:
        overriding = event.type() == QEvent.Type.ShortcutOverride
        if overriding and isinstance(event, QKeyEvent) and event.key() in OWN:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in ENTER:
            self.entered.emit(self.text())
        elif event.key() == Qt.Key.Key_Escape:
            self.given_up.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.entered.emit(self.text())
