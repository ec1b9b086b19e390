"""What GO will do, to be read from a metre: the cue that stands by, how it comes, its notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.perform.line import Line
from app.perform.painting import tag_color
from app.theme import tokens

if TYPE_CHECKING:
    from app.cues.cue import Cue
    from app.cues.player import CuePlayer

MOST = 8  # values shown
FOLLOWED = {"none": "", "continue": "the next begins with it", "after": "the next begins after it"}


class NextCard(QFrame):
    """Shows the cue that stands by."""

    def __init__(self, cues: CuePlayer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cues = cues
        self._shown: tuple[object, ...] | None = None
        self.setProperty("role", "card")
        self.setAccessibleName("Next cue")
        theme = tokens.current()
        self.title = QLabel("NEXT", self)
        self.title.setProperty("role", "secondary")
        self.name = Line(theme.font("title", 22), parent=self)
        self.way = Line(theme.font("mono", 13), "text.secondary", self)
        self.notes = QLabel(self)
        self.notes.setFont(theme.font("body", 16))
        self.notes.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.values = QLabel(self)
        self.values.setFont(theme.font("mono", 13))
        self.values.setProperty("role", "secondary")
        self.values.setTextFormat(Qt.TextFormat.PlainText)
        self.values.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.values.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 10)
        layout.setSpacing(4)
        self.notes.setWordWrap(True)
        self.notes.setTextFormat(Qt.TextFormat.PlainText)
        self.notes.setMinimumHeight(1)
        for label in (self.title, self.name, self.way):
            layout.addWidget(label)
        layout.addWidget(self.notes)
        layout.addSpacing(6)
        layout.addWidget(self.values, 1)
        self.setMinimumHeight(96)

    def tick(self) -> None:
        """Shows what stands by, where that or the desk is new."""
        cue = self._cues.standby
        shown = (cue, cue.color if cue else "", self._cues.desk, self._nothing)
        if shown != self._shown:
            self._shown = shown
            self._show(cue)

    def _show(self, cue: Cue | None) -> None:
        self.name.show_text(cue.name if cue else "–")
        self.way.show_text(self._said(cue) if cue else self._nothing)
        self.notes.setText(cue.notes if cue else "")
        self.notes.setVisible(bool(cue and cue.notes))
        self.values.setText(_values(cue) if cue else "")
        color = tag_color(cue.color).name() if cue else "transparent"
        self.title.setStyleSheet(f"border-left: 6px solid {color}; padding-left: 8px;")

    @property
    def _nothing(self) -> str:
        ended = "The list is at its end; Backspace goes back"
        return ended if self._cues.sheet.order else "Store a cue: click a free pad"

    def _said(self, cue: Cue) -> str:
        count = len(cue.values)
        parts = ["1 value" if count == 1 else f"{count} values", f"{self._cues.fade_of(cue):.1f} s"]
        beats = self._cues.quantize_of(cue)
        parts += [f"on beat {beats}"] if beats else []
        parts += [f"waits {cue.pre_wait:g} s"] if cue.pre_wait else []
        parts += [FOLLOWED[cue.follow]] if cue.follow != "none" else []
        return " · ".join(parts)


def _values(cue: Cue) -> str:
    """The first values that it sets, a line each; prompts say most and come first."""
    values = sorted(cue.values.items(), key=lambda item: not isinstance(item[1], dict))
    lines = [f"{end}  {_text(value)}" for end, value in values[:MOST]]
    more = len(cue.values) - MOST
    return "\n".join([*lines, f"and {more} more"] if more > 0 else lines)


def _text(value: Any) -> str:
    pieces = value.get("pieces") if isinstance(value, dict) else None
    if isinstance(pieces, list):
        return " + ".join(str(piece[0]) for piece in pieces if isinstance(piece, list) and piece)
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
