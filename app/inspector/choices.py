"""Fields for one of a few: a switch, buttons side by side, a list that drops down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QSizePolicy,
    QWidget,
)

from app.inspector import look
from app.inspector.address import spoken
from app.theme import tokens

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QPaintEvent, QWheelEvent

    from engine.spec import Param

SWITCH = QSize(34, 18)
SEGMENTS = 4  # choices that are shown side by side
LETTERS = 24  # and what they may be long together, to fit a narrow inspector
SHOWN = 24  # entries of a list before it scrolls
KEYS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}


def side_by_side(param: Param) -> bool:
    """Whether the choices of a parameter are few and short enough for buttons."""
    return len(param.choices) <= SEGMENTS and sum(map(len, param.choices)) <= LETTERS


class Switch(QCheckBox):
    """On or off; half way where several nodes differ."""

    edited = Signal(object)
    settled = Signal()
    refused = Signal(str)
    wide = False
    marks_live = True

    def __init__(self, param: Param, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.param = param
        self._mixed = False
        self._live: bool | None = None
        self._driver: look.Driver | None = None
        self.setFixedHeight(look.HEIGHT)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.clicked.connect(self._flip)

    def show_value(self, value: Any) -> None:
        self._mixed = value is None
        self.setChecked(bool(value))
        self.update()

    def show_live(self, value: Any, driver: look.Driver | None) -> None:
        if (value, driver) != (self._live, self._driver):
            self._live, self._driver = value, driver
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(SWITCH.width() + 40, look.HEIGHT)

    def hitButton(self, pos: Any) -> bool:
        return self.rect().contains(pos)

    def _flip(self, on: bool) -> None:
        self.edited.emit(on)
        self.settled.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_track(painter)
        self._paint_words(painter)

    def _paint_track(self, painter: QPainter) -> None:
        current = tokens.current()
        on = self.isChecked()
        track = QRectF(1, (self.height() - SWITCH.height()) / 2, SWITCH.width(), SWITCH.height())
        ground = current.color("button" if on and self.isEnabled() else "bg.field")
        painter.setBrush(current.hover(ground) if self.underMouse() else ground)
        edge = "focus" if self.hasFocus() else ("button" if on else "border.control")
        pen = painter.pen()
        pen.setColor(self._driver.color if self._driver else current.color(edge))
        pen.setWidthF(2.0 if self.hasFocus() else 1.0)
        painter.setPen(pen)
        painter.drawRoundedRect(track, SWITCH.height() / 2, SWITCH.height() / 2)
        self._paint_knob(painter, track, on)

    def _paint_knob(self, painter: QPainter, track: QRectF, on: bool) -> None:
        current = tokens.current()
        reach = track.width() - track.height()
        share = 0.5 if self._mixed else float(on)
        knob = QRectF(track.x() + reach * share, track.y(), track.height(), track.height())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(current.color("button.text" if on else "text.secondary"))
        painter.drawEllipse(knob.adjusted(3.5, 3.5, -3.5, -3.5))

    def _paint_words(self, painter: QPainter) -> None:
        rect = QRectF(self.rect()).adjusted(SWITCH.width() + look.GAP + 2, 0, 0, 0)
        painter.setFont(tokens.current().font("body"))
        painter.setPen(look.text_color(self))
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, self._words(self.isChecked()))
        if self._driver is not None and self._live is not None:
            painter.setPen(self._driver.color)
            rect.adjust(30, 0, 0, 0)
            painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, self._words(self._live))

    def _words(self, on: bool) -> str:
        return "mixed" if self._mixed else ("On" if on else "Off")


class Segment(QAbstractButton):
    """One of the buttons side by side."""

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.driver: look.Driver | None = None
        self.setText(spoken(text))
        self.setAccessibleName(spoken(text))
        self.setCheckable(True)
        self.setFixedHeight(look.HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        width = QFontMetricsF(tokens.current().font("body")).horizontalAdvance(self.text())
        return QSize(round(width) + 14, look.HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        current = tokens.current()
        if self.isChecked() or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(current.color("bg.selected" if self.isChecked() else "bg.hover"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), 3, 3)
        painter.setFont(current.font("body"))
        quiet = "text" if self.isChecked() else "text.secondary"
        painter.setPen(current.color(quiet if self.isEnabled() else "text.disabled"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
        if self.driver is not None:
            line = QRectF(6, self.height() - 4, self.width() - 12, look.MARK)
            painter.fillRect(line, self.driver.color)


class Segments(QWidget):
    """Two to four choices as buttons in one field; arrow keys and Ctrl with the wheel walk them."""

    edited = Signal(object)
    settled = Signal()
    refused = Signal(str)
    wide = False
    marks_live = True

    def __init__(self, param: Param, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.param = param
        self._value: str | None = None
        self._driver: look.Driver | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.buttons = {choice: Segment(choice, self) for choice in param.choices}
        for choice, button in self.buttons.items():
            button.clicked.connect(lambda _=False, choice=choice: self._choose(choice))
            row.addWidget(button)

    def show_value(self, value: Any) -> None:
        self._value = value
        for choice, button in self.buttons.items():
            button.setChecked(choice == value)
        self.setAccessibleDescription("mixed" if value is None else spoken(value))

    def show_live(self, value: Any, driver: look.Driver | None) -> None:
        for choice, button in self.buttons.items():
            mine = driver if choice == value else None
            if mine != button.driver:
                button.driver = mine
                button.update()
        if driver != self._driver:
            self._driver = driver
            self.update()

    def _choose(self, choice: str) -> None:
        self.setFocus()
        self.edited.emit(choice)
        self.settled.emit()
        self.show_value(self._value)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in KEYS:
            self.edited.emit(turned(self.param.choices, self._value, KEYS[Qt.Key(event.key())]))
        else:
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() in KEYS and not event.isAutoRepeat():
            self.settled.emit()
        else:
            event.ignore()

    def wheelEvent(self, event: QWheelEvent) -> None:
        walk_by_wheel(event, self.param.choices, self._value, self.edited.emit)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look.paint_field(painter, self, driver=self._driver)
        look.paint_focus(painter, self)


class Choice(QComboBox):
    """One of many choices as a list that drops down; the wheel turns it only with Ctrl."""

    edited = Signal(object)
    settled = Signal()
    refused = Signal(str)
    wide = False
    marks_live = False

    def __init__(self, param: Param, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.param = param
        self.addItems([spoken(choice) for choice in param.choices])
        self.setPlaceholderText("mixed")
        self.setMaxVisibleItems(SHOWN)
        self.setFixedHeight(look.HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumContentsLength(6)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.activated.connect(self._choose)

    def show_value(self, value: Any) -> None:
        known = self.param.choices
        self.setCurrentIndex(known.index(value) if value in known else -1)

    def show_live(self, value: Any, driver: look.Driver | None) -> None:
        """A list has no place for a mark; the row says the live value beside it."""

    def _choose(self, index: int) -> None:
        self.edited.emit(self.param.choices[index])
        self.settled.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        index = self.currentIndex()
        value = self.param.choices[index] if index >= 0 else None
        walk_by_wheel(event, self.param.choices, value, self.edited.emit)


def turned(choices: tuple[str, ...], value: Any, steps: int) -> str:
    """The choice some steps on; at the ends it begins again."""
    at = choices.index(value) if value in choices else -1 if steps > 0 else 0
    return choices[(at + steps) % len(choices)]


def walk_by_wheel(event: QWheelEvent, choices: tuple[str, ...], value: Any, tell: Any) -> None:
    """Walks through choices where Ctrl is held; else the page scrolls."""
    if not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
        event.ignore()
        return
    event.accept()
    if event.angleDelta().y():
        tell(turned(choices, value, -1 if event.angleDelta().y() > 0 else 1))
