"""The shape of a port by the family of its type, as paths around the origin."""

from __future__ import annotations

import math
from functools import cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainterPath, QPolygonF

HOLLOW = frozenset({"ring", "hollow_ring"})


@cache
def port_path(shape: str) -> QPainterPath:
    """The outline of a port's shape, 10 canvas pixels across; not to be changed."""
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    _DRAWN.get(shape, _circle)(path)
    return path


def _circle(path: QPainterPath, radius: float = 5.0) -> None:
    path.addEllipse(QPointF(0, 0), radius, radius)


def _polygon(path: QPainterPath, *points: tuple[float, float]) -> None:
    path.addPolygon(QPolygonF([QPointF(x, y) for x, y in points]))
    path.closeSubpath()


def _half(path: QPainterPath) -> None:
    path.moveTo(0, -5.5)
    path.arcTo(QRectF(-5.5, -5.5, 11, 11), 90, 180)
    path.closeSubpath()
    path.translate(2, 0)


def _hexagon(path: QPainterPath) -> None:
    turns = (math.tau * step / 6 for step in range(6))
    _polygon(path, *((5.5 * math.cos(a), 5.5 * math.sin(a)) for a in turns))


def _double_square(path: QPainterPath) -> None:
    path.addRect(QRectF(-5, -5, 7, 7))
    path.addRect(QRectF(-2, -2, 7, 7))


_DRAWN = {
    "circle": _circle,
    "ring": lambda path: _circle(path, 4.0),
    "hollow_ring": lambda path: _circle(path, 4.0),
    "small_circle": lambda path: _circle(path, 4.0),
    "half": _half,
    "hexagon": _hexagon,
    "double_square": _double_square,
    "square": lambda path: path.addRect(QRectF(-4.5, -4.5, 9, 9)),
    "small_square": lambda path: path.addRect(QRectF(-3.5, -3.5, 7, 7)),
    "diamond": lambda path: _polygon(path, (0, -6), (6, 0), (0, 6), (-6, 0)),
    "triangle_right": lambda path: _polygon(path, (-4, -5.5), (6, 0), (-4, 5.5)),
    "triangle_up": lambda path: _polygon(path, (-5.5, 4.5), (0, -5.5), (5.5, 4.5)),
    "pill": lambda path: path.addRoundedRect(QRectF(-6, -3.5, 12, 7), 3.5, 3.5),
    "chevron": lambda path: _polygon(path, (-5, -5), (0, -5), (5, 0), (0, 5), (-5, 5), (0, 0)),
}
