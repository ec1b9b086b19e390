"""One line of text that is cut at its end instead of asking for room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from app.perform.painting import draw_elided
from app.theme import tokens

if TYPE_CHECKING:
    from PySide6.QtGui import QFont, QPaintEvent


class Line(QWidget):
    """Text in a font and a colour of the theme."""

    def __init__(self, font: QFont, color: str = "text", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = ""
        self._color = color
        self.setFont(font)
        self.setFixedHeight(self.sizeHint().height())

    def sizeHint(self) -> QSize:
        return QSize(40, self.fontMetrics().height() + 2)

    def show_text(self, text: str) -> None:
        """Shows another text."""
        if text != self.text:
            self.text = text
            self.setAccessibleName(text)
            self.update()

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(tokens.current().color(self._color))
        draw_elided(painter, QRectF(self.rect()), self.text, Qt.AlignmentFlag.AlignLeft)
