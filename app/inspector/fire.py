"""The trigger field: a button that lets something happen, and how often it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from app.inspector import look
from app.inspector.address import spoken
from app.theme import icon, tokens
from engine.values import Trigger

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QWidget

    from engine.spec import Param

PAD = 8


class Fire(QAbstractButton):
    """Counts one up at each press; the press, not the release, is what a musician means."""

    edited = Signal(object)
    settled = Signal()
    refused = Signal(str)
    wide = False
    marks_live = True

    def __init__(self, param: Param, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.param = param
        self._count = 0
        self._live: int | None = None
        self._driver: look.Driver | None = None
        self.setText(spoken(param.name))
        self.setFixedHeight(look.HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.pressed.connect(self._count_up)

    @property
    def count(self) -> int:
        """How often it has happened, by hand or by a driver."""
        return self._count if self._live is None else max(self._count, self._live)

    def show_value(self, value: Any) -> None:
        self._count = int(value or 0)
        self.update()

    def show_live(self, value: Any, driver: look.Driver | None) -> None:
        if (value, driver) != (self._live, self._driver):
            self._live, self._driver = value, driver
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(90, look.HEIGHT)

    def _count_up(self) -> None:
        self.edited.emit(Trigger(self.count + 1))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        current = tokens.current()
        ground = current.color("accent" if self.isDown() else "bg.node")
        lit = self.underMouse() and not self.isDown()
        painter.setBrush(current.hover(ground) if lit else ground)
        painter.setPen(self._driver.color if self._driver else current.color("border.node"))
        painter.drawRoundedRect(look.inner(self), look.RADIUS, look.RADIUS)
        side = 14
        at = QRect((self.width() - side) // 2, (self.height() - side) // 2, side, side)
        icon("tap", "button.text" if self.isDown() else "text").paint(painter, at)
        self._paint_count(painter)
        look.paint_focus(painter, self)

    def _paint_count(self, painter: QPainter) -> None:
        current = tokens.current()
        painter.setFont(current.font("mono", 11))
        painter.setPen(self._driver.color if self._driver else current.color("text.secondary"))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self.rect().adjusted(PAD, 0, -PAD, 0), right, str(self.count))
