"""A pad of the cue grid: its cue's name and tag, a ring while it morphs, a pulse in waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QAbstractButton

from app.cues.launch import Light
from app.perform.painting import draw_elided, draw_focus, draw_ring, mixed, tag_color
from app.theme import tokens

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint
    from PySide6.QtGui import QMouseEvent, QPaintEvent
    from PySide6.QtWidgets import QWidget

    from app.cues.cue import Cue

SMALLEST = QSize(64, 64)
DARK = Light(False, None, False, False)
RESTING, CURRENT, BRIGHT = 0.16, 0.32, 0.42  # how much of its tag a pad is filled with
RING, SMALL_RING = 24.0, 16.0
ROOMY = 90  # pixels; a narrower pad has smaller letters
DRAG = 12  # pixels before a press becomes the moving of a cue


class CuePad(QAbstractButton):
    """Shows a cue and says when it is struck: at the press, not the release."""

    struck = Signal()
    dropped = Signal(object)  # where it was dragged to, a global QPoint

    def __init__(self, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cue: Cue | None = None
        self.light = DARK
        self.is_lit = True  # the bright half of the pulse
        self.can_move = True
        self._number = number
        self._pressed_at: QPoint | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(SMALLEST)
        self.show_cue(None)

    def sizeHint(self) -> QSize:
        return QSize(112, 72)

    def show_cue(self, cue: Cue | None) -> None:
        """Shows a cue, or that the pad is free."""
        self.cue = cue
        name = cue.name if cue else "empty"
        self.setAccessibleName(f"Pad {self._number}: {name}")
        self.setToolTip(_told(cue))
        self.update()

    def show_light(self, light: Light, is_lit: bool) -> None:
        """Shows how its cue goes; draws only what is new."""
        if (light, is_lit and light.waits) != (self.light, self.is_lit and self.light.waits):
            self.light, self.is_lit = light, is_lit
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._pressed_at = event.globalPosition().toPoint()
            self.struck.emit()
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Held with Alt, a cue is carried to another pad."""
        carried = self._pressed_at is not None and self.cue is not None and self.can_move
        if carried and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        began, self._pressed_at = self._pressed_at, None
        self.unsetCursor()
        here = event.globalPosition().toPoint()
        alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
        if began is not None and alt and (here - began).manhattanLength() > DRAG and self.can_move:
            self.dropped.emit(here)

    def nextCheckState(self) -> None:
        """A key, not the mouse, has clicked the pad."""
        self.struck.emit()

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.cue is None:
            self._paint_free(painter)
        else:
            self._paint_cue(painter, self.cue)
        draw_focus(painter, self)

    def _paint_free(self, painter: QPainter) -> None:
        theme = tokens.current()
        painter.setPen(QPen(theme.color("border"), 1))
        painter.setBrush(theme.color("bg.canvas"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        if self.underMouse() and self.can_move:
            painter.setPen(theme.color("text.secondary"))
            painter.setFont(theme.font("title", 18))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "+")

    def _paint_cue(self, painter: QPainter, cue: Cue) -> None:
        theme, light = tokens.current(), self.light
        tag = tag_color(cue.color)
        bright = light.waits and self.is_lit
        tint = BRIGHT if bright else CURRENT if light.is_current else RESTING
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mixed(tag, theme.color("bg.node"), tint))
        painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        painter.setBrush(tag)
        painter.drawRoundedRect(QRectF(8, 8, 18, 5), 2.5, 2.5)
        self._paint_edge(painter, bright)
        self._paint_words(painter, cue)
        if light.progress is not None:
            size = RING if self.width() >= ROOMY else SMALL_RING
            ring = QRectF(self.width() - size - 5, 5, size, size)
            draw_ring(painter, ring, light.progress, theme.color("text"))

    def _paint_edge(self, painter: QPainter, bright: bool) -> None:
        theme, light = tokens.current(), self.light
        if light.is_current or bright:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color("selection"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        if light.stands_by:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("preview"))
            painter.drawRoundedRect(QRectF(8, self.height() - 7, self.width() - 16, 3), 1.5, 1.5)

    def _paint_words(self, painter: QPainter, cue: Cue) -> None:
        theme = tokens.current()
        painter.setPen(theme.color("text.secondary"))
        painter.setFont(theme.font("mono", 11))
        left = QRectF(30, 3, 24, 15)
        draw_elided(painter, left, str(self._number), Qt.AlignmentFlag.AlignLeft)
        painter.setPen(theme.color("text"))
        painter.setFont(theme.font("title", 14 if self.width() >= ROOMY else 12))
        room = QRectF(8, 20, self.width() - 16, self.height() - 28)
        wrap = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignVCenter
        wide = painter.fontMetrics().horizontalAdvance(cue.name) <= room.width()
        if wide or " " not in cue.name:
            draw_elided(painter, room, cue.name, Qt.AlignmentFlag.AlignLeft)
        else:
            painter.drawText(room, int(wrap), cue.name)


def _told(cue: Cue | None) -> str:
    if cue is None:
        return "Free pad: click to store what is live now"
    notes = f"\n{cue.notes}" if cue.notes else ""
    count = len(cue.values)
    many = "1 value" if count == 1 else f"{count} values"
    return f"{cue.name}: {many}{notes}\nPress again to call it off or turn it back"
