"""The number field: drag it, type into it, turn the wheel over it with Ctrl, step it by arrow keys.

It paints itself: a bar over the soft range, the value, and where a driver has moved it meanwhile.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy

from app.arithmetic import evaluate
from app.inspector import look
from app.inspector.entry import ENTER, Entry
from app.inspector.scale import FINE, Scale, exact
from app.theme import tokens
from engine.errors import ParamError

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent, QPaintEvent, QResizeEvent, QWheelEvent
    from PySide6.QtWidgets import QWidget

    from engine.spec import Param

TOLERANCE = 3  # pixels that a click may drift
NOTCH = 120  # of the wheel
CHORD = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
PLACES = 1000  # what accessibility counts the slider in
PAD = 7
GAP = 6  # pixels between the two numbers of a driven field
STEPS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Down: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Up: 1,
    Qt.Key.Key_PageDown: -10,
    Qt.Key.Key_PageUp: 10,
}
ENDS = {Qt.Key.Key_Home: 0.0, Qt.Key.Key_End: 1.0}
BEGIN = frozenset("0123456789.+-*/(")  # characters that begin a number


class ScrubField(QAbstractSlider):
    """A number of a parameter, or none where several nodes differ."""

    edited = Signal(object)
    settled = Signal()
    cancelled = Signal(object)  # the value before the drag
    typed = Signal(str)
    refused = Signal(str)
    wide = False
    marks_live = True

    def __init__(self, param: Param, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.param = param
        self.scale = Scale.of(param)
        self._number: float | None = None
        self._live: float | None = None
        self._driver: look.Driver | None = None
        self._ghost: float | None = None
        self._drag: float | None = None  # where a drag stands, before it is snapped
        self._start = 0.0  # where it began
        self._pressed_at: QPointF | None = None
        self._wheel = 0
        self._entry: Entry | None = None
        self.setRange(0, PLACES)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedHeight(look.HEIGHT)
        self.setMinimumWidth(72)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    # What is shown

    @property
    def number(self) -> float | None:
        return self._number

    def show_value(self, value: Any) -> None:
        """Shows a number; None where it is not one."""
        if value == self._number and type(value) is type(self._number):
            return
        self._number = value
        if self._pressed_at is None:
            self._drag = None
        self._tell_screen_readers()
        self.update()

    def show_live(self, value: Any, driver: look.Driver | None) -> None:
        """Shows where a driver has moved it, None where nobody drives."""
        if (value, driver) != (self._live, self._driver):
            self._live, self._driver = value, driver
            self.update()

    def show_ghost(self, physical: float | None) -> None:
        """Shows where the control at hand stands while it has not picked the value up."""
        if physical != self._ghost:
            self._ghost = physical
            self.update()

    def text(self) -> str:
        """What the field says."""
        return "mixed" if self._number is None else self.scale.text(self._number)

    def _tell_screen_readers(self) -> None:
        place = 0.0 if self._number is None else self.scale.place(self._number)
        self.setValue(round(min(max(place, 0.0), 1.0) * PLACES))
        unit = f" {self.param.unit}" if self.param.unit else ""
        self.setAccessibleDescription(f"{self.text()}{unit}")

    # Dragging

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self._pressed_at = event.position()
        self._drag = None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed_at is None:
            return
        moved = event.position().x() - self._pressed_at.x()
        if self._drag is None and abs(moved) < TOLERANCE:
            return
        if self._drag is None:
            self._drag = self._start = float(self._number or 0)
        self._pressed_at = event.position()
        self._drag_by(moved, event.modifiers())

    def _drag_by(self, pixels: float, keys: Qt.KeyboardModifier) -> None:
        assert self._drag is not None
        fine = FINE if keys & Qt.KeyboardModifier.ShiftModifier else 1.0
        moved = self.scale.dragged(self._drag, pixels * fine)
        self._drag = float(self._clamped(moved)) if self.scale.is_open else moved
        snap = keys & Qt.KeyboardModifier.ControlModifier
        self._put(self.scale.snapped(self._drag) if snap else self._drag)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        dragged, self._pressed_at = self._drag is not None, None
        self._drag = None
        if dragged:
            self.settled.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed_at = self._drag = None
            self.type_into()

    def _cancel_drag(self) -> None:
        self._pressed_at = self._drag = None
        self.cancelled.emit(self._clamped(self._start))

    def _put(self, number: float) -> None:
        """Tells of another value, where it is another."""
        value = self._clamped(self.scale.tidy(number))
        if value != self._number:
            self.edited.emit(value)

    def _clamped(self, number: float) -> Any:
        return self.param.clamp(self.param.parse(number))

    # Wheel and keys

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()  # the page scrolls
            return
        self._wheel += event.angleDelta().y()
        notches, self._wheel = int(self._wheel / NOTCH), math.fmod(self._wheel, NOTCH)
        fine = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if notches:
            self._step(notches * (FINE if fine else 1))
        event.accept()

    def event(self, event: QEvent) -> bool:
        overriding = event.type() == QEvent.Type.ShortcutOverride
        if overriding and isinstance(event, QKeyEvent) and self._is_own(event):
            event.accept()
            return True
        return super().event(event)

    def _is_own(self, event: QKeyEvent) -> bool:
        key = event.key()
        if event.modifiers() & CHORD:
            return key in STEPS
        dragging = key == Qt.Key.Key_Escape and self._drag is not None
        return dragging or key in (*STEPS, *ENDS, *ENTER) or event.text() in BEGIN - {""}

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in STEPS:
            self._step(STEPS[key] * _pace(event.modifiers()))
        elif key in ENDS and not self.scale.is_open:
            self._put(self.scale.at(ENDS[key]))
        elif key in ENTER:
            self.type_into()
        elif key == Qt.Key.Key_Escape and self._drag is not None:
            self._cancel_drag()
        elif event.text() and event.text() in BEGIN:
            self.type_into(event.text())
        else:
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() in (*STEPS, *ENDS) and not event.isAutoRepeat():
            self.settled.emit()
        else:
            event.ignore()

    def _step(self, steps: float) -> None:
        if self.scale.whole and abs(steps) < 1:
            steps = math.copysign(1, steps)
        self._put(self.scale.stepped(float(self._number or 0), steps))

    # Typing

    def type_into(self, begun: str = "") -> None:
        """Opens the line to type in, with the exact value or with what was begun."""
        if self._entry is not None:
            return
        text = begun or ("" if self._number is None else exact(self._number))
        self._entry = entry = Entry(self, text)
        entry.entered.connect(self._enter)
        entry.given_up.connect(self._end_typing)
        entry.tabbed.connect(self._tab)
        entry.setGeometry(self.rect())
        entry.show()
        entry.setFocus()
        if not begun:
            entry.selectAll()

    def _enter(self, text: str) -> None:
        """Takes what was typed; what is no number stays open, with a sentence."""
        if self._entry is None:
            return
        if self._number is not None and text == exact(self._number):
            self._end_typing()
            return
        try:
            self.param.parse(evaluate(text, float(self._number or 0), self.param.unit))
        except ParamError as error:
            self._refuse(str(error))
            return
        self._end_typing()
        self.typed.emit(text)

    def _refuse(self, sentence: str) -> None:
        assert self._entry is not None
        self.refused.emit(sentence)
        if self._entry.hasFocus():
            self._entry.setToolTip(sentence)
            color = tokens.current().hex("error")
            self._entry.setStyleSheet(f"padding: 0px 4px; border: 1px solid {color};")
            self._entry.selectAll()
        else:
            self._end_typing()

    def _end_typing(self) -> None:
        entry, self._entry = self._entry, None
        if entry is None:
            return
        if entry.hasFocus():
            self.setFocus()  # before it hides, or the focus would go on to the next field
        entry.hide()
        entry.deleteLater()

    def _tab(self, forward: bool) -> None:
        """Takes what was typed and types on in the next field, where that is one of numbers."""
        if self._entry is not None:
            self._enter(self._entry.text())
        if self._entry is not None:
            return  # it is no number
        self.focusNextPrevChild(forward)
        following = self.window().focusWidget()
        if isinstance(following, ScrubField) and following is not self:
            following.type_into()

    # Painting

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._entry is not None:
            self._entry.setGeometry(self.rect())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look.paint_field(painter, self, driver=self._driver)
        painter.save()
        painter.setClipPath(look.clip(self))
        self._paint_bar(painter)
        self._paint_mark(painter)
        painter.restore()
        self._paint_text(painter)
        if self._ghost is not None and not self.scale.is_open:
            midi = tokens.current().color("driver.midi")
            look.paint_ghost(painter, self, self._x(self._ghost), midi)
        look.paint_focus(painter, self)

    def _x(self, value: float) -> float:
        return 1 + min(max(self.scale.place(value), 0.0), 1.0) * (self.width() - 2)

    def _paint_bar(self, painter: QPainter) -> None:
        if self.scale.is_open or self._number is None:
            return
        assert self.scale.low is not None
        assert self.scale.high is not None
        origin = min(max(0.0, self.scale.low), self.scale.high) if not self.scale.log else 0.0
        begin, end = sorted((self._x(origin), self._x(self._number)))
        accent = "accent" if self.isEnabled() else "text.disabled"
        share = look.BAR * (0.6 if self._driver else 1.0)
        painter.fillRect(
            QRectF(begin, 0, end - begin, self.height()),
            look.faded(tokens.current().color(accent), share),
        )
        painter.fillRect(QRectF(self._x(self._number) - 1, 0, 2, self.height()), self._edge())

    def _edge(self) -> Any:
        return look.faded(tokens.current().color("accent" if self.isEnabled() else "border"), 0.9)

    def _paint_mark(self, painter: QPainter) -> None:
        if self._driver is None or self._live is None or self.scale.is_open:
            return
        painter.setPen(QPen(self._driver.color, look.MARK))
        x = self._x(float(self._live))
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))

    def _paint_text(self, painter: QPainter) -> None:
        current = tokens.current()
        rect = QRectF(self.rect()).adjusted(PAD, 0, -PAD, 0)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        mixed = self._number is None
        if self.param.unit and not mixed:
            painter.setFont(current.font("label"))
            painter.setPen(current.color("text.secondary"))
            painter.drawText(rect, right, self.param.unit)
            unit = QFontMetricsF(painter.font()).horizontalAdvance(self.param.unit)
            rect.adjust(0, 0, -unit - 4, 0)
        painter.setFont(current.font("mono"))
        painter.setPen(current.color("text.secondary") if mixed else look.text_color(self))
        painter.drawText(rect, right, self.text())
        self._paint_live_text(painter, rect)

    def _paint_live_text(self, painter: QPainter, rect: QRectF) -> None:
        if self._driver is None or self._live is None:
            return
        text = self.scale.text(float(self._live))
        metrics = QFontMetricsF(painter.font())
        room = rect.width() - metrics.horizontalAdvance(self.text()) - GAP
        if metrics.horizontalAdvance(text) > room:
            return
        behind = QRectF(3, 4, metrics.horizontalAdvance(text) + 2 * (PAD - 3), self.height() - 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.faded(tokens.current().color("bg.field"), 0.85))
        painter.drawRoundedRect(behind, 2, 2)
        painter.setPen(self._driver.color)
        painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


def _pace(keys: Qt.KeyboardModifier) -> float:
    if keys & Qt.KeyboardModifier.ControlModifier:
        return 10.0
    return FINE if keys & Qt.KeyboardModifier.ShiftModifier else 1.0
