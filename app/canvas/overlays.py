"""What a gesture draws over the canvas: a link on its way, the knife's line, the rubber band."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsPathItem

from app.canvas.link_item import add_curve, pen_for
from app.theme import tokens

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

OVER = 5000.0


class PendingLink(QGraphicsPathItem):
    """A link from a port to the pointer, with a sentence beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(OVER)
        self.hide()
        self._reason, self._refused, self._kind = "", False, object
        self._end = QPointF()

    def show_link(
        self,
        start: QPointF,
        end: QPointF,
        kind: type,
        *,
        backwards: bool = False,
        waypoints: Iterable[QPointF] = (),
        reason: str = "",
        refused: bool = False,
    ) -> None:
        """From a port at `start` to `end`; `backwards` where the port is an input."""
        points = [start, *waypoints, end]
        path = QPainterPath()
        add_curve(path, points[::-1] if backwards else points)
        self.prepareGeometryChange()
        self._end, self._kind, self._reason, self._refused = end, kind, reason, refused
        pen = pen_for(kind, width=2.5)
        if refused:
            pen.setColor(tokens.current().color("error"))
        self.setPen(pen)
        self.setPath(path)
        self.show()
        self.update()

    def boundingRect(self) -> QRectF:
        around = super().boundingRect().adjusted(-8, -8, 8, 8)
        if not self._reason:
            return around
        room = QPointF(400, 240) / self._zoom()
        return around.united(QRectF(self._end, self._end + room))

    def _zoom(self) -> float:
        views = self.scene().views() if self.scene() is not None else []
        return views[0].transform().m11() if views else 1.0

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        super().paint(painter, option, widget)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.pen().color())
        painter.drawEllipse(self._end, 4.5, 4.5)
        if self._reason:
            self._say(painter)

    def _say(self, painter: QPainter) -> None:
        """The sentence in a box that has one size at any zoom."""
        look = tokens.current()
        zoom = painter.worldTransform().m11()
        painter.save()
        painter.translate(self._end)
        painter.scale(1 / zoom, 1 / zoom)
        font = look.font("body")
        room = QRectF(0, 0, 360, 200)
        box = QFontMetricsF(font).boundingRect(room, int(Qt.TextFlag.TextWordWrap), self._reason)
        box.moveTopLeft(QPointF(24, 20))
        painter.setBrush(look.color("bg.tooltip"))
        painter.setPen(QPen(look.color("error" if self._refused else "border.control"), 1))
        painter.drawRoundedRect(box.adjusted(-8, -6, 8, 6), 5, 5)
        painter.setFont(font)
        painter.setPen(look.color("text"))
        painter.drawText(box, int(Qt.TextFlag.TextWordWrap), self._reason)
        painter.restore()


class CutLine(QGraphicsPathItem):
    """The way of the knife."""

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(OVER)
        self.hide()

    def show_points(self, points: list[QPointF]) -> None:
        """A line through points of the scene."""
        path = QPainterPath()
        for number, point in enumerate(points):
            path.lineTo(point) if number else path.moveTo(point)
        pen = QPen(tokens.current().color("error"), 2.0, Qt.PenStyle.DashLine)
        pen.setCosmetic(True)
        self.setPen(pen)
        self.setPath(path)
        self.show()


class RubberBand(QGraphicsPathItem):
    """The rectangle that selects."""

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(OVER)
        self.hide()

    def show_rect(self, rect: QRectF) -> None:
        """A rectangle of the scene."""
        look = tokens.current()
        path = QPainterPath()
        path.addRect(rect.normalized())
        fill = QColor(look.color("accent"))
        fill.setAlphaF(0.12)
        pen = QPen(look.color("accent"), 1.0)
        pen.setCosmetic(True)
        self.setPen(pen)
        self.setBrush(fill)
        self.setPath(path)
        self.show()
