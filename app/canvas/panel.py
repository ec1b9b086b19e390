"""A small panel that lies over the canvas in a corner, in the theme's colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QRegion
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


class FocusRing(QWidget):
    """A ring around a widget that the keyboard brought the focus to.

    Its mask leaves the middle out, so that what lies under it is painted without it.
    """

    THICK = 2
    KEYS = (
        Qt.FocusReason.TabFocusReason,
        Qt.FocusReason.BacktabFocusReason,
        Qt.FocusReason.ShortcutFocusReason,
    )

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def surround(self, rect: QRect) -> None:
        """Lies along the border of a rectangle of the parent."""
        self.setGeometry(rect)
        inner = self.rect().adjusted(self.THICK, self.THICK, -self.THICK, -self.THICK)
        self.setMask(QRegion(self.rect()) - QRegion(inner))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), tokens.current().color("focus"))
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
