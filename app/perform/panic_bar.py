"""The buttons that save a show: black, freeze, re-anchor, safe look; each can be taken back."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app.theme import icon, tokens

HEIGHT = 44


class PanicBar(QWidget):
    """Says what was asked for; `show_output` lights what is so."""

    blackout_wanted = Signal()
    freeze_wanted = Signal()
    reanchor_wanted = Signal()
    safe_look_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(HEIGHT)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        self.black = self._button("BLACK", "blackout", "Black output, and back (B, Ctrl+B)")
        self.freeze = self._button("FREEZE", "freeze", "Holds the output's picture (F)")
        self.reanchor = self._button(
            "RE-ANCHOR", "reset", "The model forgets at the next beat, and draws afresh (R)"
        )
        self.safe = self._button("SAFE LOOK", "safe", "Last good picture (Esc twice)")
        self.black.clicked.connect(self.blackout_wanted)
        self.freeze.clicked.connect(self.freeze_wanted)
        self.reanchor.clicked.connect(self.reanchor_wanted)
        self.safe.clicked.connect(self.safe_look_wanted)
        self._buttons = (self.black, self.freeze, self.reanchor, self.safe)
        self._icons = [button.icon() for button in self._buttons]
        for button in self._buttons:
            layout.addWidget(button)

    def set_narrow(self, on: bool) -> None:
        """Words alone."""
        for button, picture in zip(self._buttons, self._icons, strict=True):
            button.setIcon(QIcon() if on else picture)
            button.setStyleSheet("padding: 0 4px;" if on else "")

    def show_output(self, *, black: bool, frozen: bool, safe: bool) -> None:
        """Lights what the output does."""
        for button, on in ((self.black, black), (self.freeze, frozen), (self.safe, safe)):
            button.setChecked(on)

    def show_reanchor(self, waits: bool) -> None:
        """Lights the button while it waits for the beat."""
        if self.reanchor.isChecked() != waits:
            self.reanchor.setChecked(waits)

    def _button(self, text: str, picture: str, tip: str) -> QPushButton:
        button = QPushButton(icon(picture), text, self)
        button.setCheckable(True)
        button.setProperty("role", "danger")
        button.setIconSize(QSize(18, 18))
        button.setFixedHeight(HEIGHT)
        button.setFont(tokens.current().font("title", 14))
        button.setToolTip(tip)
        button.setAccessibleName(text.capitalize())
        return button
