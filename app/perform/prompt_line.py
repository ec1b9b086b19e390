"""The live prompt: while it is typed other keys are off; Return lets it come at the next bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QLineEdit, QToolButton

from app.perform.typing import is_typing
from app.theme import icon, tokens

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QInputMethodEvent
    from PySide6.QtWidgets import QWidget

    from app.perform.prompts import Prompts

RETURNS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class PromptField(QLineEdit):
    """One line of text that keeps every key to itself while it has the focus."""

    said = Signal(bool)  # at once rather than at the next bar
    left = Signal()
    browsed = Signal(int)  # -1 for the text before, 1 for the one after
    typing = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._composes = False  # an input method is at work
        self.setAccessibleName("Live prompt")
        self.setPlaceholderText("P: type what shall come")

    def event(self, event: QEvent) -> bool:
        asks = event.type() is QEvent.Type.ShortcutOverride
        if asks and isinstance(event, QKeyEvent) and is_typing(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if self._composes:
            super().keyPressEvent(event)
        elif key in RETURNS:
            self.said.emit(bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif key == Qt.Key.Key_Escape:
            self.left.emit()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.browsed.emit(-1 if key == Qt.Key.Key_Up else 1)
        else:
            super().keyPressEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self._composes = bool(event.preeditString())
        super().inputMethodEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.typing.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._composes = False
        self.typing.emit(False)


class PromptLine(QFrame):
    """The field with where its text goes, what waits, and the way back."""

    left = Signal()  # keys belong to the performance again

    def __init__(self, prompts: Prompts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._prompts = prompts
        self._browsed = 0  # steps back in the history
        self._draft = ""
        self._targets: list[str] = []
        self.setProperty("role", "card")
        self.field = PromptField(self)
        self.field.setFont(tokens.current().font("body", 16))
        self.field.setFixedHeight(40)
        self.field.said.connect(self.say)
        self.field.left.connect(self.leave)
        self.field.browsed.connect(self._browse)
        self.field.typing.connect(lambda _: self.tick())
        self.state = QLabel(self)
        self.state.setFont(tokens.current().font("mono", 12))
        self.target = QComboBox(self)
        self.target.setAccessibleName("Where the prompt goes")
        self.target.setToolTip("Which prompt of the graph the line speaks to")
        self.target.activated.connect(self._choose)
        self.back = QToolButton(self)
        self.back.setIcon(icon("back"))
        self.back.setAccessibleName("Previous prompt")
        self.back.setToolTip("Returns to the text before at the next bar (Shift+P)")
        self.back.setMinimumSize(40, 40)
        self.back.clicked.connect(self.previous)
        layout = QHBoxLayout(self)
        self.setFixedHeight(54)
        layout.setContentsMargins(8, 6, 8, 6)
        layout.setSpacing(8)
        layout.addWidget(self.back)
        layout.addWidget(self.field, 1)
        layout.addWidget(self.state)
        layout.addWidget(self.target)
        self.state.setFixedWidth(self.state.fontMetrics().horizontalAdvance("M" * 17))
        self.tick()

    @property
    def is_typing(self) -> bool:
        """Whether performance keys are off."""
        return self.field.hasFocus()

    def begin(self) -> None:
        """Keys are text from now on, beginning with what is live."""
        self._browsed = 0
        self.field.setText(self._prompts.shown)
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def say(self, now: bool = False) -> None:
        """Lets the text come, at the next bar or now, and keys play again."""
        if self._prompts.say(self.field.text(), now=now):
            self._draft = ""
            self.leave()

    def leave(self) -> None:
        """Keys play again; a text that was not said is kept below the newest of the history."""
        if self.field.text() != self._prompts.shown:
            self._draft = self.field.text()
        self.field.clearFocus()
        self.left.emit()
        self.tick()

    def previous(self) -> None:
        """The text before comes back at the next bar."""
        self._prompts.previous()
        self.tick()

    def tick(self) -> None:
        """Shows what is typed, waits or morphs, and the prompts that there are."""
        self._show_state(*self._state())
        targets = self._prompts.targets
        if targets != self._targets:
            self._targets = targets
            self.target.clear()
            self.target.addItems(targets)
        current = self._prompts.target
        if current is not None and self.target.currentText() != current:
            self.target.setCurrentText(current)
        self.target.setVisible(len(targets) > 1)
        if not self.is_typing and self.field.text() != self._prompts.shown:
            self.field.setText(self._prompts.shown)
            self.field.setCursorPosition(0)

    def _state(self) -> tuple[str, str]:
        """What to show beside the line, and in which colour."""
        if self.is_typing:
            return "TYPING\n⏎ bar  ⇧⏎ now", "warn"
        light = self._prompts.light
        if light is not None and light.waits:
            return "at the next bar", "accent"
        if light is not None and light.progress is not None:
            return f"morphs {light.progress * 100:3.0f} %", "accent"
        return "P to type", "text.secondary"

    def _show_state(self, text: str, color: str) -> None:
        if text != self.state.text():
            self.state.setText(text)
            self.state.setStyleSheet(f"color: {tokens.current().hex(color)};")

    def _browse(self, way: int) -> None:
        history = self._prompts.history
        self._browsed = min(len(history), max(0, self._browsed - way))
        self.field.setText(history[-self._browsed] if self._browsed else self._draft)

    def _choose(self, at: int) -> None:
        self._prompts.choose(self._targets[at])
        self.field.setText(self._prompts.live)
        self.left.emit()
