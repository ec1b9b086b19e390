"""While text or a number is typed, performance keys are off; Return and Esc give them back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

ENDS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
CHORDS = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)
TYPED = (QLineEdit, QAbstractSpinBox, QComboBox, QPlainTextEdit)


class TypingGuard(QObject):
    """Keeps keys from becoming commands in every field below a widget; `home` gets focus back."""

    def __init__(self, root: QWidget, home: QWidget) -> None:
        super().__init__(root)
        self._home = home
        for kind in TYPED:
            for field in root.findChildren(kind):
                field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if is_typing(event):
                event.accept()
            return event.isAccepted()
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._ended(watched, event)
        return False

    def _ended(self, watched: QObject, event: QKeyEvent) -> bool:
        """Return and Esc end the typing of a number or choice; fields of text see to it alone."""
        if event.key() not in ENDS or not isinstance(watched, QAbstractSpinBox | QComboBox):
            return False
        if isinstance(watched, QAbstractSpinBox) and event.key() != Qt.Key.Key_Escape:
            watched.interpretText()
        self._home.setFocus(Qt.FocusReason.OtherFocusReason)
        return True


def is_typing(event: QKeyEvent) -> bool:
    """Whether a key belongs to a field that has the focus: all but chords and function keys."""
    is_function = Qt.Key.Key_F1 <= event.key() <= Qt.Key.Key_F35
    return not (event.modifiers() & CHORDS) and not is_function
