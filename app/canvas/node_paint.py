"""Paints a node item: one blit of its chrome, then what changes from moment to moment.

The chrome is made at the scale of the screen. While that is under way, or takes longer than a frame
may, the one of another scale is shown instead and the scene is asked for the right one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QImage,
    QPainter,
    QPainterPath,
    QPen,
    QPolygonF,
    QStaticText,
    QTransform,
)

from app.canvas import badges, metrics
from app.canvas.chrome import card_path, header_color, paint_port, preview_rect
from app.canvas.metrics import Tier
from app.canvas.shapes import port_path
from app.theme import tokens

if TYPE_CHECKING:
    from PySide6.QtGui import QPixmap
    from PySide6.QtWidgets import QWidget

    from app.canvas.node_item import NodeItem
    from app.canvas.scene import CanvasScene
    from app.theme.tokens import Tokens

DIMMED, BYPASSED = 0.35, 0.45  # opacities
LAID_OUT = 512  # texts kept


def paint(item: NodeItem, painter: QPainter, widget: QWidget | None) -> None:
    """Paints a node in its own coordinates."""
    transform = painter.worldTransform()
    zoom, look = transform.m11(), item.look
    tier = metrics.tier(zoom)
    ratio = widget.devicePixelRatioF() if widget is not None else 1.0
    faint = DIMMED if look.dimmed else BYPASSED if look.bypassed else 1.0
    if faint < 1.0:
        painter.setOpacity(faint)
    if tier is Tier.BLOCK or not _chrome(item, painter, transform, zoom * ratio, tier, ratio):
        _block(item, painter)
    elif tier is Tier.FULL and not item.face.collapsed:
        _preview(item, painter, transform, ratio)
        _figures(item, painter)
    if faint < 1.0:
        painter.setOpacity(DIMMED if look.dimmed else 1.0)
    _states(item, painter, tier, zoom)
    if look.dimmed:
        painter.setOpacity(1.0)


def _chrome(
    item: NodeItem,
    painter: QPainter,
    transform: QTransform,
    scale: float,
    tier: Tier,
    ratio: float,
) -> bool:
    """Blits the chrome; False where there is none yet."""
    scene = cast("CanvasScene", item.scene())
    picture = scene.chrome_of(item, scale, tier)
    if picture is None:
        return False
    made = item.chrome[1]
    if made == scale:
        picture.setDevicePixelRatio(ratio)
        _blit(painter, transform, QPointF(-metrics.MARGIN, -metrics.MARGIN), ratio, picture)
        return True
    width, height = (side + 2 * metrics.MARGIN for side in item.face.size)
    target = QRectF(-metrics.MARGIN, -metrics.MARGIN, width, height)
    painter.drawPixmap(target, picture, QRectF(picture.rect()))
    return True


def _blit(
    painter: QPainter,
    transform: QTransform,
    corner: QPointF,
    ratio: float,
    picture: QPixmap | QImage,
) -> None:
    """Puts a picture where its corner falls on whole device pixels."""
    at = transform.map(corner)
    at = QPointF(round(at.x() * ratio) / ratio, round(at.y() * ratio) / ratio)
    painter.resetTransform()
    if isinstance(picture, QImage):
        painter.drawImage(at, picture)
    else:
        painter.drawPixmap(at, picture)
    painter.setTransform(transform)


def _block(item: NodeItem, painter: QPainter) -> None:
    width, height = item.face.size
    look = tokens.current()
    painter.fillRect(QRectF(0, 0, width, height), look.color("bg.node"))
    painter.fillRect(QRectF(0, 0, width, metrics.HEADER), header_color(item.face))


def _preview(item: NodeItem, painter: QPainter, transform: QTransform, ratio: float) -> None:
    rect = preview_rect(item.face)
    if rect is None:
        return
    if item.face.preview == "trace":
        _trace(item, painter, rect)
    elif item.picture is not None:
        _picture(item.picture, painter, transform, rect, ratio)


def _picture(
    picture: QImage, painter: QPainter, transform: QTransform, rect: QRectF, ratio: float
) -> None:
    """Puts a thumbnail into its place; pixel by pixel where it was made for this zoom."""
    place = fitted(picture, rect)
    if abs(picture.width() - place.width() * transform.m11() * ratio) > 1.0:
        painter.drawImage(place, picture)
        return
    picture.setDevicePixelRatio(ratio)
    _blit(painter, transform, place.topLeft(), ratio, picture)


def fitted(picture: QImage, rect: QRectF) -> QRectF:
    """The largest place for a picture in the middle of a rectangle, its proportions kept."""
    wide, high = max(1, picture.width()), max(1, picture.height())
    share = min(rect.width() / wide, rect.height() / high)
    size = wide * share, high * share
    return QRectF(rect.center().x() - size[0] / 2, rect.center().y() - size[1] / 2, *size)


def _trace(item: NodeItem, painter: QPainter, rect: QRectF) -> None:
    values = item.trace
    if len(values) < 2:
        return
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    step = rect.width() / (len(values) - 1)
    top, room = rect.top() + 4, rect.height() - 8
    middle = high == low
    points = [
        QPointF(rect.left() + at * step, top + (room / 2 if middle else room * (high - v) / span))
        for at, v in enumerate(values)
    ]
    painter.setPen(QPen(tokens.current().color("port.number"), 1.5))
    painter.drawPolyline(QPolygonF(points))


def _figures(item: NodeItem, painter: QPainter) -> None:
    left, right = item.figures
    if not left and not right:
        return
    width, height = item.face.size
    look = tokens.current()
    painter.setFont(_small(look))
    painter.setPen(look.color("text.secondary"))
    for text, share in ((left, 0.0), (right, 1.0)):
        laid = _laid_out(text, look)
        size = laid.size()
        top = height - metrics.FOOTER + (metrics.FOOTER - 2 - size.height()) / 2
        painter.drawStaticText(QPointF(10 + share * (width - 20 - size.width()), top), laid)


@lru_cache(maxsize=LAID_OUT)
def _laid_out(text: str, look: Tokens) -> QStaticText:
    """A text of the footer with every glyph in its place."""
    made = QStaticText(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.prepare(QTransform(), _small(look))
    return made


def _small(look: Tokens) -> QFont:
    return look.font("mono", 10)


def _states(item: NodeItem, painter: QPainter, tier: Tier, zoom: float) -> None:
    state, look = item.look, tokens.current()
    if state.heat is not None:
        _heat(item, painter, state.heat)
    if state.bypassed:
        _pass_through(item, painter)
    if state.muted:
        painter.setPen(Qt.PenStyle.NoPen)
        hatch = QColor(look.color("text"))
        hatch.setAlphaF(0.22)
        painter.setBrush(QBrush(hatch, Qt.BrushStyle.BDiagPattern))
        painter.drawPath(card_path(item.face.size))
    color = _outline(item)
    if color is not None:
        thick = max(2.0, 1.5 / zoom) if tier is not Tier.FULL else 2.0
        painter.setPen(QPen(color, thick))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(card_path(item.face.size, 1.0))
        if tier is not Tier.BLOCK:
            for pin in item.face.pins:  # else the outline would run over them
                paint_port(painter, QPointF(*item.face.at(pin.name, pin.is_output)), pin, look)
    if state.lit and not item.face.collapsed:
        _lit_ports(item, painter)
    badges.paint(item, painter, tier, zoom)


def _outline(item: NodeItem) -> QColor | None:
    state, look = item.look, tokens.current()
    if state.selected:
        return look.color("selection")
    if state.error:
        return look.color("error")
    if state.accepts or state.found:
        return look.color("accent")
    return look.color("border.control") if state.hovered else None


def _heat(item: NodeItem, painter: QPainter, share: float) -> None:
    color = heat_color(share)
    color.setAlphaF(0.08 + 0.34 * min(max(share, 0.0), 1.0) ** 0.5)  # what costs little stays calm
    painter.fillPath(card_path(item.face.size), color)


def heat_color(share: float) -> QColor:
    """From blue over yellow to red; at 1 a node takes the whole time of a frame."""
    hue = 0.6 * (1.0 - min(max(share, 0.0), 1.0))
    return QColor.fromHsvF(hue, 0.75, 0.9)


def _pass_through(item: NodeItem, painter: QPainter) -> None:
    face = item.face
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for enter, leave in face.passes:
        pin = face.pin(leave, True)
        port = tokens.current().port(pin.type if pin else object)
        start, end = QPointF(*face.at(enter, False)), QPointF(*face.at(leave, True))
        path = QPainterPath(start)
        bend = (end.x() - start.x()) * 0.4
        path.cubicTo(start + QPointF(bend, 0), end - QPointF(bend, 0), end)
        painter.setPen(QPen(port.color, port.width + 0.5))
        painter.drawPath(path)


def _lit_ports(item: NodeItem, painter: QPainter) -> None:
    look = tokens.current()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for name, is_output in item.look.lit:
        pin = item.face.pin(name, is_output)
        if pin is not None:
            at = QPointF(*item.face.at(name, is_output))
            painter.setPen(QPen(look.port(pin.type).color, 2.0))
            painter.drawPath(port_path("circle").translated(at))
            painter.drawEllipse(at, 7.5, 7.5)
