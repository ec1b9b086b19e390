"""How the fields of the inspector are painted, from the theme's tokens and in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainterPath, QPen, QPolygonF

from app.theme import tokens

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QWidget

HEIGHT = 26  # pixels of a field
LABELS = 104  # pixels of the column of labels
GUTTER = 18  # pixels before it: the bar of what is modified, the port
GAP = 8
RADIUS = 4.0
BAR = 0.38  # how much of the accent a slider's bar shows
TINT = 0.16  # how much of a driver's colour a driven field shows
MARK = 2.0  # pixels of the mark where a driven value is

# Who drives, by the first word of the origin: the token of its colour
DRIVERS = {
    "midi": "driver.midi",
    "osc": "driver.osc",
    "key": "driver.key",
    "keys": "driver.key",
    "gamepad": "driver.midi",
    "audio": "driver.audio",
    "cue": "driver.cue",
    "beat": "driver.beat",
    "hand": "accent",
}


@dataclass(frozen=True)
class Driver:
    """Who moves a value beside the document: its colour, and what it is called."""

    color: QColor
    title: str


def faded(color: QColor, share: float) -> QColor:
    """The colour with another opacity."""
    made = QColor(color)
    made.setAlphaF(share * color.alphaF())
    return made


def inner(widget: QWidget) -> QRectF:
    """Where the one-pixel outline of a field runs."""
    return QRectF(widget.rect()).adjusted(0.5, 0.5, -0.5, -0.5)


def paint_field(
    painter: QPainter, widget: QWidget, *, driver: Driver | None = None, wrong: bool = False
) -> None:
    """The ground of a field and its outline, which tells hover, focus, driver and error."""
    look = tokens.current()
    ground = look.color("bg.field")
    painter.setBrush(look.hover(ground) if widget.underMouse() else ground)
    painter.setPen(_outline(widget, driver, wrong))
    painter.drawRoundedRect(inner(widget), RADIUS, RADIUS)
    if driver is not None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(faded(driver.color, TINT))
        painter.drawRoundedRect(inner(widget), RADIUS, RADIUS)


def paint_focus(painter: QPainter, widget: QWidget) -> None:
    """The ring around what has the keyboard."""
    if not widget.hasFocus():
        return
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(tokens.current().color("focus"), 2))
    ring = QRectF(widget.rect()).adjusted(1, 1, -1, -1)
    painter.drawRoundedRect(ring, RADIUS, RADIUS)


def clip(widget: QWidget) -> QPainterPath:
    """The inside of a field, which what is drawn on it stays in."""
    path = QPainterPath()
    path.addRoundedRect(inner(widget).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS - 1, RADIUS - 1)
    return path


def paint_ghost(painter: QPainter, widget: QWidget, x: float, color: QColor) -> None:
    """Where the control at hand stands while it has not picked the value up: a hollow wedge."""
    bottom = widget.height() - 1.5
    wedge = QPolygonF([QPointF(x - 4, bottom), QPointF(x + 4, bottom), QPointF(x, bottom - 6)])
    painter.setPen(QPen(color, 1.2))
    painter.setBrush(tokens.current().color("bg.field"))
    painter.drawPolygon(wedge)


def text_color(widget: QWidget) -> QColor:
    """The colour of a field's value."""
    return tokens.current().color("text" if widget.isEnabled() else "text.disabled")


def sheet() -> str:
    """Makes the fields that the theme draws as quiet as those that are painted here."""
    edge = tokens.current().hex("border.node")
    kinds = ("QLineEdit", "QPlainTextEdit", "QComboBox")
    rest = ", ".join(f"{kind}:!focus:!hover" for kind in kinds)
    return f"{rest} {{ border-color: {edge}; }}"


def driver_color(origin: str) -> QColor:
    """The colour of who drives, by the first word of its name."""
    return tokens.current().color(DRIVERS.get(origin.partition(":")[0], "driver.link"))


def _outline(widget: QWidget, driver: Driver | None, wrong: bool) -> QPen:
    look = tokens.current()
    if wrong:
        return QPen(look.color("error"), 1)
    if driver is not None:
        return QPen(faded(driver.color, 0.7), 1)
    return QPen(look.color("border.control" if widget.underMouse() else "border.node"), 1)
