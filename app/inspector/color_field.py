"""The colour field: a swatch and its hex text; the swatch opens a picker of the theme's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QLinearGradient, QPainter, QPen
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.inspector import look
from app.inspector.files import Line
from app.theme import tokens
from engine.errors import ParamError
from engine.values import Color

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QKeyEvent, QMouseEvent, QPaintEvent

    from engine.spec import Param

SQUARE = QSize(200, 140)
STRIP = 14  # pixels of the strip of hues
KNOB = 6.0
NUDGE = 0.01
HUES = 6
Triple = tuple[float, float, float]  # hue, saturation, value in [0, 1]
ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class Swatch(QAbstractButton):
    """A patch of the colour."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.color: QColor | None = None
        self.setFixedSize(44, look.HEIGHT)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look.paint_field(painter, self)
        if self.color is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.color)
            painter.drawRoundedRect(look.inner(self).adjusted(2, 2, -2, -2), 2.5, 2.5)
        look.paint_focus(painter, self)


class ColorField(QWidget):
    """A colour of a parameter."""

    edited = Signal(object)
    settled = Signal()
    refused = Signal(str)
    wide = False
    marks_live = False

    def __init__(self, param: Param, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.param = param
        self.swatch = Swatch(self)
        self.swatch.setAccessibleName(f"Pick {param.name}")
        self.swatch.setToolTip("Pick a colour")
        self.line = Line(self)
        self.line.setAccessibleName(param.name)
        self.line.setFont(tokens.current().font("mono"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.swatch)
        row.addWidget(self.line)
        self.setFocusProxy(self.swatch)
        self.swatch.clicked.connect(self.open_picker)
        self.line.changed.connect(self._type)

    def show_value(self, value: Any) -> None:
        self._value = value
        self.swatch.color = None if value is None else QColor(str(value))
        self.swatch.update()
        self.line.setPlaceholderText("mixed" if value is None else "")
        self.line.show_text("" if value is None else str(value))

    def show_live(self, value: Any, driver: look.Driver | None) -> None:
        """A swatch has no place for a mark; the row says the live value beside it."""

    def open_picker(self) -> Picker:
        """Shows the picker below the swatch."""
        picker = Picker(self.swatch.color or QColor("white"), self)
        picker.picked.connect(lambda color: self.edited.emit(Color(color.name())))
        picker.settled.connect(self.settled)
        picker.move(self.swatch.mapToGlobal(QPoint(0, look.HEIGHT + 4)))
        picker.show()
        return picker

    def _type(self, text: str) -> None:
        try:
            color = Color(_with_hash(text.strip()))
        except ParamError as error:
            self.refused.emit(str(error))
            self.line.show_text("")
            self.show_value(self._value)
            return
        self.edited.emit(color)
        self.settled.emit()


class Picker(QFrame):
    """A square of saturation and value, and a strip of hues beside it."""

    picked = Signal(QColor)
    settled = Signal()

    def __init__(self, color: QColor, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("role", "popup")
        self.setAccessibleName("Colour picker")
        self.hsv: Triple = (max(color.hsvHueF(), 0.0), color.hsvSaturationF(), color.valueF())
        self.square = _Square(self)
        self.strip = _Strip(self)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.square)
        row.addWidget(self.strip)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addLayout(row)

    def move_to(self, hue: float, saturation: float, value: float) -> None:
        """Picks another colour; each part is held within [0, 1]."""
        self.hsv = (_held(hue) % 1.0 if hue < 1 else 0.9999, _held(saturation), _held(value))
        self.square.update()
        self.strip.update()
        self.picked.emit(self.color)

    @property
    def color(self) -> QColor:
        return QColor.fromHsvF(*self.hsv)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.close()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.settled.emit()


class _Square(QWidget):
    """Saturation to the right, value upward, of the picker's hue."""

    def __init__(self, picker: Picker) -> None:
        super().__init__(picker)
        self.picker = picker
        self.setFixedSize(SQUARE)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("Saturation and value")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        share = at.x() / self.width(), 1 - at.y() / self.height()
        self.picker.move_to(self.picker.hsv[0], *share)

    mouseMoveEvent = mousePressEvent

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.picker.settled.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() not in ARROWS:
            event.ignore()
            return
        across, up = ARROWS[Qt.Key(event.key())]
        hue, saturation, value = self.picker.hsv
        self.picker.move_to(hue, saturation + across * NUDGE, value + up * NUDGE)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        hue = QColor.fromHsvF(self.picker.hsv[0], 1, 1)
        for brush in (self._across(hue), self._down()):
            painter.setBrush(brush)
            painter.drawRoundedRect(self.rect(), 3, 3)
        self._paint_knob(painter)

    def _across(self, hue: QColor) -> QBrush:
        gradient = QLinearGradient(0, 0, self.width(), 0)
        gradient.setColorAt(0, QColor("white"))
        gradient.setColorAt(1, hue)
        return QBrush(gradient)

    def _down(self) -> QBrush:
        gradient = QLinearGradient(0, 0, 0, self.height())
        gradient.setColorAt(0, QColor(0, 0, 0, 0))
        gradient.setColorAt(1, QColor("black"))
        return QBrush(gradient)

    def _paint_knob(self, painter: QPainter) -> None:
        _, saturation, value = self.picker.hsv
        at = QPointF(saturation * self.width(), (1 - value) * self.height())
        painter.setBrush(self.picker.color)
        painter.setPen(QPen(QColor("black"), 3))
        painter.drawEllipse(at, KNOB, KNOB)
        painter.setPen(QPen(QColor("white"), 1.5))
        painter.drawEllipse(at, KNOB, KNOB)
        if self.hasFocus():
            look.paint_focus(painter, self)


class _Strip(QWidget):
    """The hues from top to bottom."""

    def __init__(self, picker: Picker) -> None:
        super().__init__(picker)
        self.picker = picker
        self.setFixedSize(STRIP, SQUARE.height())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Hue")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        hue = _held(event.position().y() / self.height())
        self.picker.move_to(hue, *self.picker.hsv[1:])

    mouseMoveEvent = mousePressEvent

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.picker.settled.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        _, up = ARROWS.get(Qt.Key(event.key()), (0, 0))
        if up:
            self.picker.move_to(_held(self.picker.hsv[0] - up * NUDGE), *self.picker.hsv[1:])
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        gradient = QLinearGradient(0, 0, 0, self.height())
        for at in range(HUES + 1):
            gradient.setColorAt(at / HUES, QColor.fromHsvF(at % HUES / HUES, 1, 1))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(gradient))
        painter.drawRoundedRect(self.rect(), 3, 3)
        y = self.picker.hsv[0] * self.height()
        painter.setPen(QPen(QColor("white"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(1, y - 2.5, self.width() - 2, 5), 2, 2)
        look.paint_focus(painter, self)


def _held(share: float) -> float:
    return min(max(share, 0.0), 1.0)


def _with_hash(text: str) -> str:
    """`f80` and `ff8800` as `#ff8800`."""
    digits = text.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    return f"#{digits}"
