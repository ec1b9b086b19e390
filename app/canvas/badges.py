"""The marks on a node's upper edge: what is wrong with it, what holds it, what drives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from app.canvas.metrics import Tier
from app.theme import tokens

if TYPE_CHECKING:
    from app.canvas.node_item import Look, NodeItem

SIZE = 16  # canvas pixels; on the screen never less than SMALLEST
SMALLEST = 11
FILLS = {  # ground and sign
    "error": ("error", "bg.canvas"),
    "trouble": ("warn", "bg.canvas"),
    "soloed": ("air.fill", "air.text"),
}
DRIVERS = ("midi", "osc", "key", "lfo", "audio", "beat", "link", "cue")


def shown(look: Look) -> list[str]:
    """The badges of a state, the most pressing first."""
    wanted = {
        "error": look.error,
        "trouble": look.trouble and not look.error,
        "soloed": look.soloed,
        "loading": look.loading,
        "muted": look.muted,
        "held": look.held,
        "bypassed": look.bypassed,
    }
    return [name for name, on in wanted.items() if on]


def paint(item: NodeItem, painter: QPainter, tier: Tier, zoom: float) -> None:
    """Draws the badges from the right end of a node's upper edge; errors at any zoom."""
    names = shown(item.look)
    if tier is Tier.BLOCK:
        names = [name for name in names if name in ("error", "trouble")]
    scale = max(1.0, SMALLEST / SIZE / zoom)
    x = item.face.size[0] - 4.0
    for name in names:
        x -= SIZE * scale
        _badge(painter, name, QPointF(x + SIZE * scale / 2, 0.0), scale)
        x -= 3 * scale
    if tier is Tier.FULL and item.look.driven:
        _drivers(item, painter)


def driver_color(origin: str) -> QColor:
    """The colour of who drives a parameter; that of links where it is nobody known."""
    kind = origin.partition(":")[0].lower()
    return tokens.current().color(f"driver.{kind if kind in DRIVERS else 'link'}")


def _badge(painter: QPainter, name: str, at: QPointF, scale: float) -> None:
    look = tokens.current()
    fill, ink = (look.color(part) for part in FILLS.get(name, ("bg.hover", "text")))
    painter.save()
    painter.translate(at)
    painter.scale(scale, scale)
    painter.setPen(QPen(look.color("bg.canvas"), 1.5))
    painter.setBrush(fill)
    if name == "trouble":
        painter.drawPolygon(QPolygonF([QPointF(0, -8), QPointF(8.5, 7), QPointF(-8.5, 7)]))
    else:
        painter.drawEllipse(QPointF(0, 0), SIZE / 2, SIZE / 2)
    painter.setPen(QPen(ink, 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(_sign(name))
    painter.restore()


def _sign(name: str) -> QPainterPath:
    path = QPainterPath()
    if name in ("error", "trouble"):
        low = 1.0 if name == "trouble" else 0.0
        path.moveTo(0, -4 + low)
        path.lineTo(0, 0.5 + low)
        path.addEllipse(QPointF(0, 3.6 + low), 0.3, 0.3)
    elif name == "held":
        for x in (-2.2, 2.2):
            path.moveTo(x, -3)
            path.lineTo(x, 3)
    elif name == "muted":
        path.moveTo(-3, -3)
        path.lineTo(3, 3)
        path.moveTo(3, -3)
        path.lineTo(-3, 3)
    elif name == "soloed":
        path.moveTo(-4.5, 0)
        path.quadTo(0, -5, 4.5, 0)
        path.quadTo(0, 5, -4.5, 0)
        path.addEllipse(QPointF(0, 0), 0.5, 0.5)
    elif name == "bypassed":
        path.moveTo(-4, 2.5)
        path.cubicTo(-2, -4, 2, -4, 4, 2.5)
    else:
        path.arcMoveTo(QRectF(-4, -4, 8, 8), 90)
        path.arcTo(QRectF(-4, -4, 8, 8), 90, -270)
    return path


def _drivers(item: NodeItem, painter: QPainter) -> None:
    """A dot for each driver in the footer's middle, in its colour."""
    origins = list(dict.fromkeys(origin for _, origin in item.look.driven))[:6]
    width, height = item.face.size
    x = width / 2 - 5 * (len(origins) - 1)
    painter.setPen(Qt.PenStyle.NoPen)
    for origin in origins:
        painter.setBrush(driver_color(origin))
        painter.drawEllipse(QPointF(x, height - 9), 3, 3)
        x += 10
