"""A small panel that lies over the canvas in a corner, in the theme's colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app.theme import tokens

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent


class OverlayPanel(QWidget):
    """Draws its own ground, because what lies behind is no widget of a style."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_panel(painter, QRectF(self.rect()))
        painter.end()


def paint_panel(painter: QPainter, rect: QRectF) -> None:
    """The ground and border of a panel."""
    look = tokens.current()
    ground = QColor(look.color("bg.panel"))
    ground.setAlphaF(0.95)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(ground)
    painter.setPen(QPen(look.color("border"), 1))
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
