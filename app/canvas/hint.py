"""What to do with an empty canvas, said in its middle until the first node lies there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from app.theme import tokens

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from app.theme.tokens import Role

LINES: tuple[tuple[Role, str, str], ...] = (
    ("title", "text", "Nothing here yet"),
    ("body", "text.secondary", "Press Tab or double-click to add a node"),
    ("body", "text.secondary", "Drop a film, a picture, a prompt or a graph onto the canvas"),
)
LINE, WIDTH = 26, 480


class Hint(QWidget):
    """Lets every click through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(". ".join(text for _, _, text in LINES))
        self.resize(WIDTH, LINE * len(LINES))

    def center_in(self, around: QRect) -> None:
        """Lies in the middle of a rectangle of the parent."""
        self.move(around.center() - self.rect().center())

    def paintEvent(self, event: QPaintEvent) -> None:
        look = tokens.current()
        painter = QPainter(self)
        for number, (role, color, text) in enumerate(LINES):
            painter.setFont(look.font(role, 15 if role == "title" else 13))
            painter.setPen(look.color(color))
            room = QRectF(0, number * LINE, self.width(), LINE)
            painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter), text)
        painter.end()
