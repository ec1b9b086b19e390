"""A knob for one macro: where the value is, what it is called, who else moves it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractSlider

from app.perform.painting import FULL, draw_elided, draw_focus, line
from app.theme import tokens

if TYPE_CHECKING:
    from PySide6.QtGui import QColor, QMouseEvent, QPaintEvent, QWheelEvent
    from PySide6.QtWidgets import QWidget

STEPS = 10_000
TRAVEL = 220.0  # pixels of drag from one end to the other; Shift takes ten times as many
FINE = 0.1
BEGIN, SWEEP = 225, 270  # degrees
LABEL, VALUE = 16, 15  # pixels below the dial


class Knob(QAbstractSlider):
    """A dial of a given size in pixels; `moved` tells of hands only, `position` shows the model."""

    moved = Signal(float)  # 0 to 1
    let_go = Signal()  # double click: back to the document's value
    clicked_free = Signal()  # there is nothing that it moves

    def __init__(self, size: int = 56, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title, self.text = "", ""
        self.color: QColor | None = None
        self.driver = ""  # who else moves it
        self.is_bound = False
        self._size = size
        self._dragged: tuple[float, float] | None = None  # where the pointer was, exact position
        self._quiet = False
        self.setRange(0, STEPS)
        self.setSingleStep(STEPS // 100)
        self.setPageStep(STEPS // 10)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.valueChanged.connect(self._tell)
        self.setMinimumSize(self.sizeHint())

    def sizeHint(self) -> QSize:
        return QSize(max(60, self._size + 8), self._size + LABEL + VALUE + 4)

    @property
    def position(self) -> float:
        return self.value() / STEPS

    @property
    def is_held(self) -> bool:
        """Whether a hand turns it now."""
        return self._dragged is not None

    def show_state(self, position: float, text: str, driver: str | None) -> None:
        """Shows what the model says; a hand that turns it is not contradicted."""
        if self.is_held:
            return
        changed = (text, driver or "") != (self.text, self.driver)
        self.text, self.driver = text, driver or ""
        self._quiet = True
        self.setValue(round(position * STEPS))
        self._quiet = False
        if changed:
            self.update()

    def show_text(self, text: str) -> None:
        """Shows another value below the dial."""
        if text != self.text:
            self.text = text
            self.update()

    def set_face(self, title: str, color: QColor | None, is_bound: bool) -> None:
        """Its name and colour; unbound it is the outline of a knob."""
        self.title, self.color, self.is_bound = title, color, is_bound
        self.text = self.text if is_bound else ""
        self.setAccessibleName(f"Macro {title}" if is_bound else "Free macro")
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        if self.is_bound:
            self._dragged = (event.position().y(), self.position)
        else:
            self.clicked_free.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragged is None:
            return
        y, exact = self._dragged
        fine = FINE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
        exact = min(1.0, max(0.0, exact + (y - event.position().y()) / TRAVEL * fine))
        self._dragged = (event.position().y(), exact)
        self.setValue(round(exact * STEPS))

    def mouseReleaseEvent(self, _: QMouseEvent) -> None:
        self._dragged = None

    def mouseDoubleClickEvent(self, _: QMouseEvent) -> None:
        self._dragged = None
        if self.is_bound:
            self.let_go.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turns with Ctrl, so that scrolling past changes nothing."""
        if not (event.modifiers() & Qt.KeyboardModifier.ControlModifier and self.is_bound):
            event.ignore()
            return
        fine = FINE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
        self.setValue(self.value() + round(event.angleDelta().y() / 120 * STEPS / 50 * fine))
        event.accept()

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        dial = QRectF((self.width() - self._size) / 2, 2, self._size, self._size)
        self._paint_dial(painter, dial)
        self._paint_words(painter, dial.bottom())
        draw_focus(painter, self)

    def _paint_dial(self, painter: QPainter, dial: QRectF) -> None:
        theme = tokens.current()
        width = max(4.0, self._size / 11)
        arc = dial.adjusted(width / 2, width / 2, -width / 2, -width / 2)
        track = theme.color("border.node" if self.is_bound else "border")
        painter.setPen(line(track, width))
        painter.drawArc(arc, (BEGIN - SWEEP) * 16, SWEEP * FULL // 360)
        if not self.is_bound:
            return
        color = self.color or theme.color("accent")
        painter.setPen(line(color, width))
        painter.drawArc(arc, BEGIN * 16, -round(SWEEP * 16 * self.position))
        self._paint_pointer(painter, dial, width)

    def _paint_pointer(self, painter: QPainter, dial: QRectF, width: float) -> None:
        theme = tokens.current()
        angle = math.radians(BEGIN - SWEEP * self.position)
        out = QPointF(math.cos(angle), -math.sin(angle))
        inner, outer = self._size * 0.14, self._size / 2 - width - 3
        painter.setPen(line(theme.color("text"), 3, rounded=True))
        painter.drawLine(dial.center() + out * inner, dial.center() + out * outer)
        if self.driver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(driver_color(self.driver))
            painter.drawEllipse(QPointF(dial.right() - 3, dial.top() + 5), 4, 4)

    def _paint_words(self, painter: QPainter, top: float) -> None:
        theme, width = tokens.current(), self.width() - 4
        painter.setFont(theme.font("label", 12))
        painter.setPen(theme.color("text" if self.is_bound else "text.disabled"))
        middle = Qt.AlignmentFlag.AlignHCenter
        draw_elided(painter, QRectF(2, top - 2, width, LABEL), self.title, middle)
        painter.setFont(theme.font("mono", 11))
        painter.setPen(theme.color("text.secondary"))
        draw_elided(painter, QRectF(2, top + LABEL - 3, width, VALUE), self.text, middle)

    def _tell(self) -> None:
        self.update()
        if not self._quiet and self.is_bound:
            self.moved.emit(self.position)


def driver_color(driver: str) -> QColor:
    """The colour of who moves a value."""
    theme = tokens.current()
    name = f"driver.{driver}"
    return theme.color(name) if name in theme.colors else theme.color("driver.key")
