"""A pad with two axes, each a macro: one finger moves two things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

from app.perform.painting import draw_elided, draw_focus
from app.theme import tokens

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent

EDGE = 10.0  # pixels around the field, so that the dot stays whole
STEP = 0.02  # of an arrow key
KEYS = {
    Qt.Key.Key_Left: (-STEP, 0.0),
    Qt.Key.Key_Right: (STEP, 0.0),
    Qt.Key.Key_Down: (0.0, -STEP),
    Qt.Key.Key_Up: (0.0, STEP),
}


class XYPad(QWidget):
    """Tells of hands by `moved`, left to right and bottom to top, 0 to 1."""

    moved = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.across, self.up = 0.5, 0.5
        self.titles = ("", "")
        self.is_held = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(120, 120)
        self.setAccessibleName("Pad of two macros")
        self.setToolTip("Drag: two macros at once\nRight click: choose what the axes move")

    def sizeHint(self) -> QSize:
        return QSize(180, 180)

    def show_state(self, x: float | None, y: float | None) -> None:
        """Shows what the model says, None where an axis is free."""
        wanted = (0.5 if x is None else x, 0.5 if y is None else y)
        if not self.is_held and wanted != (self.across, self.up):
            self.across, self.up = wanted
            self.update()

    def set_titles(self, x: str, y: str) -> None:
        """What the axes move, empty for free ones."""
        self.titles = (x, y)
        self.setAccessibleName(f"Pad: {x or 'free'} across, {y or 'free'} up")
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and any(self.titles):
            self.is_held = True
            self._go(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.is_held:
            self._go(event.position())

    def mouseReleaseEvent(self, _: QMouseEvent) -> None:
        self.is_held = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        way = KEYS.get(Qt.Key(event.key()))
        if way is None or not any(self.titles):
            super().keyPressEvent(event)
            return
        self._tell(self.across + way[0], self.up + way[1])

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, free = tokens.current(), not any(self.titles)
        painter.setPen(QPen(theme.color("border" if free else "border.node"), 1))
        painter.setBrush(theme.color("bg.field"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        if not free:
            self._paint_dot(painter)
        self._paint_words(painter)
        draw_focus(painter, self)

    def _paint_dot(self, painter: QPainter) -> None:
        theme, field = tokens.current(), self._field()
        at = QPointF(
            field.left() + self.across * field.width(), field.bottom() - self.up * field.height()
        )
        painter.setPen(QPen(theme.color("border.node"), 1))
        painter.drawLine(QPointF(at.x(), field.top()), QPointF(at.x(), field.bottom()))
        painter.drawLine(QPointF(field.left(), at.y()), QPointF(field.right(), at.y()))
        painter.setPen(QPen(theme.color("text"), 2))
        painter.setBrush(theme.color("accent"))
        painter.drawEllipse(at, 8, 8)

    def _paint_words(self, painter: QPainter) -> None:
        theme, (x, y) = tokens.current(), self.titles
        painter.setFont(theme.font("label", 12))
        painter.setPen(theme.color("text.secondary" if x or y else "text.disabled"))
        low = QRectF(8, self.height() - 20, self.width() - 16, 16)
        draw_elided(painter, low, f"{x} →" if x else "", Qt.AlignmentFlag.AlignRight)
        high = QRectF(8, 4, self.width() - 16, 16)
        draw_elided(painter, high, f"↑ {y}" if y else "", Qt.AlignmentFlag.AlignLeft)
        if not (x or y):
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "XY")

    def _field(self) -> QRectF:
        return QRectF(self.rect()).adjusted(EDGE, EDGE, -EDGE, -EDGE)

    def _go(self, point: QPointF) -> None:
        field = self._field()
        self._tell(
            (point.x() - field.left()) / field.width(),
            (field.bottom() - point.y()) / field.height(),
        )

    def _tell(self, x: float, y: float) -> None:
        self.across, self.up = min(1.0, max(0.0, x)), min(1.0, max(0.0, y))
        self.update()
        self.moved.emit(self.across, self.up)
