"""Bound keys of a window: they play in a performance, before shortcuts, and never while one types.

Keys are taken where the system hands them to the window, so that no button under the focus sees
one that is bound, and nothing else costs a call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
)

from app.control.source import Source, key_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from app.control.rig import Rig

FIELDS = (QLineEdit, QTextEdit, QPlainTextEdit, QAbstractSpinBox)
PRESSES = (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress)
NEVER = (Qt.Key.Key_Escape, Qt.Key.Key_F1)  # the ways out of anything


class Keyboard(QObject):
    """`is_performing` says whether keys play at all."""

    def __init__(
        self, rig: Rig, is_performing: Callable[[], bool], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._rig = rig
        self._is_performing = is_performing

    def watch(self, window: QWidget) -> None:
        """Begins to listen; the window must have been shown, or be made to be."""
        window.winId()
        window.windowHandle().installEventFilter(self)

    def tick(self) -> None:
        """Lets go of everything where a performance ended with keys held."""
        active = self._plays()
        if self._rig.keys.active and not active:
            self._rig.keys.release_all()
        self._rig.keys.active = active

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in PRESSES:
            return self._press(cast("QKeyEvent", event))
        if kind is QEvent.Type.KeyRelease:
            self._release(cast("QKeyEvent", event))
        elif kind is QEvent.Type.FocusOut:
            self._rig.keys.release_all()
        return False

    def _press(self, event: QKeyEvent) -> bool:
        """Takes a bound key; its shortcut is not looked for then."""
        self._rig.keys.active = self._plays()
        text = _text(event)
        if not self._rig.keys.active or event.key() in NEVER or not text:
            return False
        if not self._rig.hub.has(Source("key", text)):
            return False
        event.accept()
        if event.type() is QEvent.Type.KeyPress and not event.isAutoRepeat():
            self._rig.keys.press(text)
        return True

    def _release(self, event: QKeyEvent) -> None:
        if not event.isAutoRepeat():
            self._rig.keys.release(_text(event))

    def _plays(self) -> bool:
        return self._is_performing() and not is_typing()


def is_typing() -> bool:
    """Whether the keyboard is in a field of text."""
    focus = QApplication.focusWidget()
    if isinstance(focus, QComboBox):
        return focus.isEditable()
    return isinstance(focus, FIELDS)


def _text(event: QKeyEvent) -> str:
    return key_text(QKeySequence(event.keyCombination()).toString())
