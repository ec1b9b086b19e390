"""The whole graph in a corner, with a frame around what is seen that can be dragged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from app.canvas.chrome import header_color
from app.canvas.panel import paint_panel
from app.canvas.region_items import tint
from app.theme import tokens

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent, QPaintEvent

    from app.canvas.view import CanvasView

SIZE = QSize(208, 132)
PAD = 8


class Minimap(QWidget):
    """Drawn anew only when something moved."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._stale = False
        self._failing: frozenset[str] = frozenset()
        self._picture = QPixmap()
        self.setAccessibleName("Minimap")
        self.setToolTip("Drag the frame to look elsewhere (O hides this map)")
        self.setCursor(Qt.CursorShape.SizeAllCursor)
        self.resize(SIZE)

    def stale(self) -> None:
        """Something moved; painted at the next tick."""
        self._stale = True

    def tick(self) -> None:
        """Paints where something moved, fails or is well again."""
        nodes = self._view.canvas.nodes
        failing = frozenset(key for key, item in nodes.items() if item.look.error)
        if (self._stale or failing != self._failing) and self.isVisible():
            self._stale, self._failing = False, failing
            self._picture = QPixmap()
            self.update()

    def sizeHint(self) -> QSize:
        return SIZE

    def area(self) -> QRectF:
        """What of the scene the map shows: all items and what is seen."""
        around = self._view.canvas.bounds()
        seen = self._view.seen()
        return seen if around.isEmpty() else around.united(seen)

    def _scale(self, area: QRectF) -> tuple[float, QPointF]:
        room = self.size() - QSize(2 * PAD, 2 * PAD)
        scale = min(room.width() / area.width(), room.height() / area.height())
        center = QPointF(self.width() / 2, self.height() / 2)
        return scale, center - area.center() * scale

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._picture.isNull():  # also where only what lies under the map was painted
            ratio = self.devicePixelRatioF()
            self._picture = QPixmap(self.size() * ratio)
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(Qt.GlobalColor.transparent)
            self._draw(QPainter(self._picture))
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        painter.end()

    def _draw(self, painter: QPainter) -> None:
        look, area = tokens.current(), self.area()
        scale, offset = self._scale(area)
        paint_panel(painter, QRectF(self.rect()))
        painter.setClipRect(self.rect().adjusted(2, 2, -2, -2))
        painter.translate(offset)
        painter.scale(scale, scale)
        self._items(painter, scale)
        painter.setBrush(QColor(255, 255, 255, 14))
        pen = QPen(look.color("focus"), 1.5)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawRect(self._view.seen())
        painter.end()

    def _items(self, painter: QPainter, scale: float) -> None:
        look, canvas = tokens.current(), self._view.canvas
        for backdrop in canvas.backdrops.values():
            fill = tint(backdrop.backdrop.color, "border.control")
            fill.setAlphaF(0.3)
            painter.fillRect(backdrop.rect, fill)
        least = 3 / scale
        for item in canvas.nodes.values():
            rect = item.rect
            rect.setWidth(max(rect.width(), least))
            rect.setHeight(max(rect.height(), least))
            fill = look.color("error") if item.look.error else header_color(item.face)
            painter.fillRect(rect, look.color("selection") if item.look.selected else fill)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._look(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._look(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._view.camera.note()

    def _look(self, event: QMouseEvent) -> None:
        scale, offset = self._scale(self.area())
        self._view.camera.look_at((event.position() - offset) / scale, self._view.zoom)
        event.accept()
