"""Strokes that the stage's own controls share: rings, tinted fills, text that is cut with a dot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap

from app.theme import tokens
from engine.ramp import CURVES

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

FULL = 360 * 16  # Qt counts angles in sixteenths of a degree
TAGS = ("", "#E5484D", "#F5A623", "#F2D544", "#4CC38A", "#2DB7C9", "#4C8DFF", "#A876F5")


def mixed(over: QColor, under: QColor, share: float) -> QColor:
    """One colour laid over another by a share."""
    return QColor.fromRgbF(
        over.redF() * share + under.redF() * (1 - share),
        over.greenF() * share + under.greenF() * (1 - share),
        over.blueF() * share + under.blueF() * (1 - share),
    )


def tag_color(name: str) -> QColor:
    """The colour of a cue's tag; none that can be read is the theme's neutral."""
    color = QColor(name) if name else QColor()
    return color if color.isValid() else tokens.current().color("border.control")


def line(color: QColor, width: float, *, rounded: bool = False) -> QPen:
    """A pen whose lines end where they end, or round."""
    cap = Qt.PenCapStyle.RoundCap if rounded else Qt.PenCapStyle.FlatCap
    return QPen(color, width, Qt.PenStyle.SolidLine, cap)


def draw_ring(
    painter: QPainter, rect: QRectF, share: float, color: QColor, width: float = 4.0
) -> None:
    """A ring that fills clockwise from the top, 0 to 1."""
    inside = rect.adjusted(width / 2, width / 2, -width / 2, -width / 2)
    track = QColor(tokens.current().color("text"))
    track.setAlphaF(0.18)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(track, width))
    painter.drawEllipse(inside)
    painter.setPen(line(color, width))
    painter.drawArc(inside, FULL // 4, -int(FULL * min(1.0, max(0.0, share))))


def draw_focus(painter: QPainter, widget: QWidget, radius: float = 6.0) -> None:
    """The frame that shows where keys go, while they go there."""
    if widget.hasFocus():
        painter.setPen(QPen(tokens.current().color("focus"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(widget.rect()).adjusted(1, 1, -1, -1), radius, radius)


def draw_elided(painter: QPainter, rect: QRectF, text: str, align: Qt.AlignmentFlag) -> None:
    """One line of text, cut at its end where it is too long."""
    room = int(rect.width())
    cut = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)
    painter.drawText(rect, align | Qt.AlignmentFlag.AlignVCenter, cut)


def draw_curve(painter: QPainter, rect: QRectF, curve: str) -> None:
    """The way of a fade, drawn with the pen that is set."""
    path = QPainterPath(rect.bottomLeft())
    for step in range(1, 13):
        share = CURVES[curve](step / 12)
        path.lineTo(
            QPointF(rect.left() + rect.width() * step / 12, rect.bottom() - rect.height() * share)
        )
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(path)


def swatch(color: QColor) -> QIcon:
    """A button's picture of a colour."""
    pixmap = QPixmap(36, 36)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRoundedRect(2, 2, 32, 32, 8, 8)
    painter.end()
    return QIcon(pixmap)
