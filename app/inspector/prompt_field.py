"""The prompt field: pieces of text with a weight each, in an order, and how they are mixed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from app.arithmetic import evaluate
from app.inspector import look
from app.inspector.choices import Segments
from app.inspector.scrub import ScrubField
from app.inspector.textbox import TextBox
from app.theme import icon
from engine.param import Param
from engine.values import Prompt

if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 16  # pieces
BLENDS = ("linear", "slerp")
WEIGHT = Param(
    "weight", float, 1.0, "Share of this text in the picture", min=0, max=100, soft=(0, 1)
)
BLEND = Param(
    "blend",
    str,
    "linear",
    "Straight between the meanings, or along the arc, which keeps their strength",
    choices=BLENDS,
)
Pieces = tuple[tuple[str, float], ...]


class PromptField(QWidget):
    """What is painted; texts are committed when they are left or by Ctrl with Enter."""

    edited = Signal(object)
    settled = Signal()
    refused = Signal(str)
    wide = True
    marks_live = False

    def __init__(self, param: Param, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.param = param
        self._prompt = Prompt.of("")
        self.pieces: list[Piece] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._column.addLayout(self._foot())

    def _foot(self) -> QHBoxLayout:
        self.add = _button("add", "Add a text", self._add)
        self.add.setText("Add text")
        self.add.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.blend_label = QLabel("Mix", self)
        self.blend_label.setProperty("role", "secondary")
        self.blend = Segments(BLEND, self)
        self.blend.setAccessibleName("How the texts are mixed")
        self.blend.setToolTip(BLEND.doc)
        self.blend.edited.connect(lambda how: self._now(Prompt(self._prompt.pieces, how)))
        foot = QHBoxLayout()
        foot.setSpacing(look.GAP)
        foot.addWidget(self.add)
        foot.addStretch(1)
        foot.addWidget(self.blend_label)
        foot.addWidget(self.blend)
        return foot

    def show_value(self, value: Any) -> None:
        """Shows a prompt; a piece that is being typed into keeps its letters."""
        prompt = value or Prompt.of("")
        self._prompt = prompt
        self._fit(max(len(prompt.pieces), 1))
        several = len(prompt.pieces) > 1
        for piece, (text, weight) in zip(self.pieces, prompt.pieces, strict=False):
            piece.show_piece(text, weight, several)
        self.pieces[0].text.setPlaceholderText("mixed" if value is None else "What is painted")
        self.blend.show_value(prompt.blend)
        self.blend.setVisible(several)
        self.blend_label.setVisible(several)
        self.add.setEnabled(len(prompt.pieces) < MOST)

    def show_live(self, value: Any, driver: look.Driver | None) -> None:
        """Texts have no place for a mark; the row says the live value below."""

    def _fit(self, count: int) -> None:
        """As many pieces as the prompt has."""
        while len(self.pieces) > count:
            gone = self.pieces.pop()
            self._column.removeWidget(gone)
            gone.deleteLater()
        while len(self.pieces) < count:
            piece = Piece(self, len(self.pieces))
            self._column.insertWidget(len(self.pieces), piece)
            self.pieces.append(piece)

    def set_text(self, at: int, text: str) -> None:
        self._now(_with(self._prompt, at, text=text))

    def set_weight(self, at: int, weight: float) -> None:
        self.edited.emit(_with(self._prompt, at, weight=float(weight)))

    def remove(self, at: int) -> None:
        pieces = self._prompt.pieces
        self._now(Prompt((*pieces[:at], *pieces[at + 1 :]), self._prompt.blend))

    def shift(self, at: int, by: int) -> None:
        """Moves a piece up or down."""
        pieces = list(self._prompt.pieces)
        to = at + by
        if 0 <= to < len(pieces):
            pieces[at], pieces[to] = pieces[to], pieces[at]
            self._now(Prompt(tuple(pieces), self._prompt.blend))

    def _add(self) -> None:
        pieces = self._prompt.pieces or (("", 1.0),)
        self._now(Prompt((*pieces, ("", 1.0)), self._prompt.blend))
        self.pieces[-1].text.setFocus()

    def _now(self, prompt: Prompt) -> None:
        self.edited.emit(prompt)
        self.settled.emit()


class Piece(QWidget):
    """One text, its weight, and what is done to it."""

    def __init__(self, field: PromptField, at: int) -> None:
        super().__init__(field)
        self.text = TextBox(f"Text {at + 1}", self, long=True)
        self.weight = ScrubField(WEIGHT, self)
        self.weight.setAccessibleName(f"Weight of text {at + 1}")
        self.weight.setToolTip(WEIGHT.doc)
        self._connect(field, at)
        self.tools = QWidget(self)
        tools = QHBoxLayout(self.tools)
        tools.setContentsMargins(0, 0, 0, 0)
        tools.setSpacing(2)
        tools.addWidget(self.weight, 1)
        for button in self._buttons(field, at):
            tools.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.text)
        column.addWidget(self.tools)

    def _connect(self, field: PromptField, at: int) -> None:
        self.text.edited.connect(lambda text: field.set_text(at, text))
        self.text.refused.connect(field.refused)
        self.weight.edited.connect(lambda weight: field.set_weight(at, weight))
        self.weight.typed.connect(lambda text: self._type(field, at, text))
        self.weight.settled.connect(field.settled)
        self.weight.refused.connect(field.refused)

    def _buttons(self, field: PromptField, at: int) -> list[QToolButton]:
        return [
            _button("up", f"Move text {at + 1} up", lambda: field.shift(at, -1)),
            _button("down", f"Move text {at + 1} down", lambda: field.shift(at, 1)),
            _button("close", f"Remove text {at + 1}", lambda: field.remove(at)),
        ]

    def _type(self, field: PromptField, at: int, text: str) -> None:
        number = evaluate(text, float(self.weight.number or 0))
        field.set_weight(at, WEIGHT.clamp(number))
        field.settled.emit()

    def show_piece(self, text: str, weight: float, several: bool) -> None:
        self.text.show_value(text)
        self.weight.show_value(weight)
        self.tools.setVisible(several)


def _with(
    prompt: Prompt, at: int, *, text: str | None = None, weight: float | None = None
) -> Prompt:
    pieces = list(prompt.pieces or (("", 1.0),))
    old_text, old_weight = pieces[at]
    new_text = old_text if text is None else text
    pieces[at] = (new_text, old_weight if weight is None else weight)
    return Prompt(tuple(pieces), prompt.blend)


def _button(picture: str, tip: str, press: Callable[[], None]) -> QToolButton:
    button = QToolButton()
    button.setIcon(icon(picture, "text.secondary"))
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setAutoRaise(True)
    button.setFixedHeight(look.HEIGHT)
    button.clicked.connect(lambda: press())
    return button
