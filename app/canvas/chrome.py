"""What is the same in every frame of a node, drawn once per face, scale and level of detail.

Painting a node is then one blit. Pictures are made at the exact scale at which they are shown, so
that text is crisp at any zoom and on any display.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPixmap

from app.canvas import metrics
from app.canvas.metrics import Tier
from app.canvas.shapes import HOLLOW, port_path
from app.theme import tokens

if TYPE_CHECKING:
    from app.canvas.face import Face, Pin
    from app.theme.tokens import Tokens

EVEN = 0.18  # the luminance from which black and white stand off alike
BUDGET = 96 << 20  # bytes of pictures that are kept


class Chrome:
    """The pictures of nodes; those not used for long go when they take too much memory."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Face, int, Tier], QPixmap] = OrderedDict()
        self._bytes = 0

    def find(self, face: Face, scale: float, tier: Tier) -> QPixmap | None:
        """The picture of a face at device pixels per canvas pixel, None where it is not made."""
        key = (face, _step(scale), tier)
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def make(self, face: Face, scale: float, tier: Tier) -> QPixmap:
        """The picture of a face, drawn where there is none."""
        found = self.find(face, scale, tier)
        return found if found is not None else self._keep((face, _step(scale), tier), scale)

    def clear(self) -> None:
        """Forgets everything: the theme has changed."""
        self._kept.clear()
        self._bytes = 0

    def _keep(self, key: tuple[Face, int, Tier], scale: float) -> QPixmap:
        picture = _drawn(key[0], scale, key[2])
        self._kept[key] = picture
        self._bytes += _size(picture)
        while self._bytes > BUDGET and len(self._kept) > 1:
            self._bytes -= _size(self._kept.popitem(last=False)[1])
        return picture

    def __repr__(self) -> str:
        return f"<Chrome {len(self._kept)} pictures {self._bytes >> 20} MB>"


def _step(scale: float) -> int:
    return round(scale * 1024)


def _size(picture: QPixmap) -> int:
    return picture.width() * picture.height() * 4


def _drawn(face: Face, scale: float, tier: Tier) -> QPixmap:
    width, height = (side + 2 * metrics.MARGIN for side in face.size)
    picture = QPixmap(max(1, round(width * scale)), max(1, round(height * scale)))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.scale(scale, scale)
    painter.translate(metrics.MARGIN, metrics.MARGIN)
    paint_face(painter, face, tier)
    painter.end()
    return picture


def card_path(size: tuple[int, int], grow: float = 0.0) -> QPainterPath:
    """The rounded outline of a node, `grow` pixels outside it."""
    rect = QRectF(0, 0, *size).adjusted(-grow, -grow, grow, grow)
    path = QPainterPath()
    radius = max(0.0, metrics.RADIUS + grow)
    path.addRoundedRect(rect, radius, radius)
    return path


def paint_face(painter: QPainter, face: Face, tier: Tier) -> None:
    """Draws a node at rest, its top left corner at the origin."""
    look = tokens.current()
    _card(painter, face, look)
    if tier is Tier.FULL:
        _title(painter, face, look)
    if not face.collapsed:
        _preview_well(painter, face, look)
    for pin in face.pins:
        _port(painter, face, pin, look)
        if tier is Tier.FULL and not face.collapsed:
            _label(painter, face, pin, look)


def header_color(face: Face) -> QColor:
    """The tint of a node's header: its own colour where it has one."""
    own = QColor(face.color) if face.color else QColor()
    return own if own.isValid() else tokens.current().header(face.category)


def _card(painter: QPainter, face: Face, look: Tokens) -> None:
    path = card_path(face.size)
    painter.fillPath(path, look.color("bg.node"))
    painter.save()
    painter.setClipPath(path)
    painter.fillRect(QRectF(0, 0, face.size[0], metrics.HEADER), header_color(face))
    painter.restore()
    line = Qt.PenStyle.SolidLine if face.known else Qt.PenStyle.DashLine
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(look.color("border.node" if face.known else "warn"), 1.0, line))
    painter.drawPath(card_path(face.size, -0.5))
    if face.is_graph:
        painter.drawPath(card_path(face.size, -3.0))


def _title(painter: QPainter, face: Face, look: Tokens) -> None:
    room = QRectF(10, 0, face.size[0] - 20, metrics.HEADER)
    font = look.font("title", 12)
    words = QFontMetricsF(font)
    painter.setFont(font)
    painter.setPen(_ink(header_color(face)))
    title = words.elidedText(face.title, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), title)
    left = room.width() - words.horizontalAdvance(title) - 10
    if face.kind and left > 24 and not face.collapsed:
        _kind(painter, face, look, room, left)


def _ink(ground: QColor) -> QColor:
    """Black or white, whichever stands off more from a ground."""
    linear = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
        for part in (ground.redF(), ground.greenF(), ground.blueF())
    )
    luminance = sum(w * part for w, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return QColor("#0C0D10" if luminance > EVEN else "#F4F5F7")


def _kind(painter: QPainter, face: Face, look: Tokens, room: QRectF, left: float) -> None:
    font = look.font("label", 10)
    painter.setFont(font)
    color = QColor(painter.pen().color())
    color.setAlphaF(0.68)
    painter.setPen(color)
    text = QFontMetricsF(font).elidedText(face.kind, Qt.TextElideMode.ElideRight, left)
    painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), text)


def _preview_well(painter: QPainter, face: Face, look: Tokens) -> None:
    rect = preview_rect(face)
    if rect is not None:
        path = QPainterPath()
        path.addRoundedRect(rect, 3, 3)
        painter.setPen(QPen(look.color("border"), 1.0))
        painter.setBrush(look.color("bg.field"))
        painter.drawPath(path)


def preview_rect(face: Face) -> QRectF | None:
    """Where a node's picture or trace lies in it, None where it has none."""
    if not face.preview or face.collapsed:
        return None
    width, height = metrics.PICTURE if face.preview == "picture" else metrics.TRACE
    return QRectF((face.size[0] - width) / 2, metrics.preview_top(face.rows), width, height)


def _port(painter: QPainter, face: Face, pin: Pin, look: Tokens) -> None:
    paint_port(painter, QPointF(*face.at(pin.name, pin.is_output)), pin, look)


def paint_port(painter: QPainter, at: QPointF, pin: Pin, look: Tokens) -> None:
    """Draws a port around a point, ringed in the canvas's colour so that it stands off."""
    port = look.port(pin.type)
    if pin.is_shown:
        _way_out(painter, at, pin, port.color)
    path = port_path(port.shape).translated(at)
    painter.setPen(QPen(look.color("bg.canvas"), 3.0))
    painter.setBrush(look.color("bg.canvas"))
    painter.drawPath(path)
    hollow = port.shape in HOLLOW
    painter.setPen(QPen(port.color, 2.0) if hollow else Qt.PenStyle.NoPen)
    painter.setBrush(look.color("bg.node") if hollow else port.color)
    painter.drawPath(path)


def _way_out(painter: QPainter, at: QPointF, pin: Pin, color: QColor) -> None:
    """A stub that leads out of the node: the subgraph around shows this port."""
    side = 1 if pin.is_output else -1
    painter.setPen(QPen(color, 2.0))
    end = at + QPointF(side * (metrics.MARGIN - 1), 0)
    painter.drawLine(at, end)
    painter.drawLine(end + QPointF(0, -4), end + QPointF(0, 4))


def _label(painter: QPainter, face: Face, pin: Pin, look: Tokens) -> None:
    _, y = face.at(pin.name, pin.is_output)
    opposite = any(p.row == pin.row and p.is_output is not pin.is_output for p in face.pins)
    width = face.size[0] - 24
    share = width / 2 - 2 if opposite else width
    left = face.size[0] - 12 - share if pin.is_output else 12
    side = Qt.AlignmentFlag.AlignRight if pin.is_output else Qt.AlignmentFlag.AlignLeft
    font = look.font("label")
    font.setItalic(pin.is_param)
    painter.setFont(font)
    painter.setPen(look.color("text.secondary"))
    text = QFontMetricsF(font).elidedText(pin.label, Qt.TextElideMode.ElideRight, share)
    room = QRectF(left, y - metrics.ROW / 2, share, metrics.ROW)
    painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | side), text)
