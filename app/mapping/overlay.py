"""The map mode: every place that can be mapped is tinted; click one, move a control, done.

The overlay lies on the window and lets everything through but its places, so that nodes can still
be selected and panes scrolled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QGuiApplication,
    QKeySequence,
    QPainter,
    QPen,
    QRegion,
)
from PySide6.QtWidgets import QWidget

from app.control.addresses import SHORT, path_of, slug
from app.mapping.aim import on
from app.mapping.found import mappables
from app.mapping.mapper import KINDS, MOVES
from app.theme import tokens
from engine.parts import split_end

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent, QResizeEvent

    from app.control.keys import Keys
    from app.mapping.aim import Mappable
    from app.mapping.mapper import Mapper
    from app.session import Session

COLORS = {"midi": "driver.midi", "key": "driver.key", "osc": "driver.osc"}
WORDS = {
    "midi": "Map MIDI: click what shall move, then move a knob or strike a pad",
    "key": "Map keys: click what shall happen, then press a key",
    "osc": "OSC addresses: click one to copy it",
}
SHORTEST = {action: path for path, action in SHORT.items()}
TINT, TINT_OVER, TINT_CHOSEN = 46, 84, 120  # alpha of the fill
TOP, BANNER = 48, 34  # pixels: below the menus
ROUND = 4.0
EVERY = 10  # ticks between looks for places
UP, DOWN = (Qt.Key.Key_Backtab, Qt.Key.Key_Up), (Qt.Key.Key_Tab, Qt.Key.Key_Down)
MODIFIERS = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta)


class MapOverlay(QWidget):
    """Covers a window while something is mapped; hidden otherwise."""

    left = Signal()

    def __init__(self, window: QWidget, session: Session, mapper: Mapper, keys: Keys) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._mapper = mapper
        self._keys = keys
        self._places: list[Mappable] = []
        self._rects: list[QRect] = []
        self._over = -1
        self._at = -1
        self._ticks = 0
        self.kind = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName("Map mode")
        self.hide()
        mapper.changed.connect(self.update)
        window.installEventFilter(self)

    # The mode

    def open(self, kind: str) -> None:
        """Begins to map controls of a kind: midi, key or osc; the same kind again leaves."""
        if self.kind == kind:
            self.close_mode()
            return
        self.close_mode()
        self.kind = kind
        self._at = -1
        self.setGeometry(self._window.rect())
        self.look()
        self.show()
        self.raise_()
        self.setFocus()

    def close_mode(self) -> None:
        """Leaves the mode."""
        if not self.kind:
            return
        self.kind = ""
        self._mapper.stop()
        self.hide()
        self.left.emit()

    def learn(self, key: str, name: str, kind: str) -> None:
        """Begins with a parameter chosen already, as its menu asks for."""
        if self.kind != kind:
            self.open(kind)
        for at, place in enumerate(self._places):
            if any(aim.param == f"{key}.{name}" for aim in place.aims):
                self.choose(at)
                return

    def commands(self) -> dict[str, Callable[[], None]]:
        """The commands of the table that belong here."""
        return {
            "map.midi": lambda: self.open("midi"),
            "map.keys": lambda: self.open("key"),
            "map.osc": lambda: self.open("osc"),
        }

    def states(self) -> dict[str, Callable[[], bool]]:
        """Which of them are on."""
        return {
            "map.midi": lambda: self.kind == "midi",
            "map.keys": lambda: self.kind == "key",
            "map.osc": lambda: self.kind == "osc",
        }

    def tick(self) -> None:
        """Follows panes that move, a few times a second."""
        self._ticks += 1
        if self.isVisible() and self._ticks % EVERY == 0:
            self.look()

    def look(self) -> None:
        """Finds the places anew, and stays above panes that were brought to the front."""
        if self._window.children()[-1] is not self:
            self.raise_()
        chosen = self._places[self._at].aims if 0 <= self._at < len(self._places) else None
        found = mappables(self._window, self._session.document, self.kind)
        self._places, rects = [place for place, _ in found], [rect for _, rect in found]
        self._at = next((n for n, p in enumerate(self._places) if p.aims == chosen), -1)
        if rects != self._rects or self.mask().isEmpty():
            self._rects = rects
            self._cut()
        self.update()

    def _cut(self) -> None:
        """What is no place lets the mouse through."""
        region = QRegion(self._banner())
        for rect in self._rects:
            region += rect
        self.setMask(region)

    # Hands

    def choose(self, at: int) -> None:
        """Learns for a place, or copies its address."""
        self._at = at
        place = self._places[at]
        if self.kind == "osc":
            address = self._address(place)
            QGuiApplication.clipboard().setText(address)
            self._session.said.tell(f"copied {address}", "info")
        else:
            self._mapper.learn(place.aims, place.title, self.kind)
        self.setAccessibleDescription(place.title)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self._place_at(event.position().toPoint())
        if at >= 0:
            self.choose(at)
        self.setFocus()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = self._place_at(event.position().toPoint())
        if over != self._over:
            self._over = over
            self.setToolTip(self._places[over].title if over >= 0 else "")
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._over = -1
        self.update()

    def event(self, event: QEvent) -> bool:
        """Tab and Shift+Tab go from place to place; keys that are learned are no shortcuts."""
        if event.type() is QEvent.Type.ShortcutOverride and self._takes_keys:
            event.accept()
            return True
        if event.type() is QEvent.Type.KeyPress:
            self.keyPressEvent(event)  # pyright: ignore[reportArgumentType]
            return True
        return super().event(event)

    @property
    def _takes_keys(self) -> bool:
        return self.kind == "key" and bool(self._mapper.aims)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.close_mode()
        elif self._takes_keys and key not in MODIFIERS:
            self._keys.press(QKeySequence(event.keyCombination()).toString())
        elif key in UP or key in DOWN:
            self._step(-1 if key in UP else 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Space) and self._at >= 0:
            self.choose(self._at)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._at >= 0:
            self._clear()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        self._keys.release(QKeySequence(event.keyCombination()).toString())

    def _step(self, by: int) -> None:
        if self._places:
            self._at = (self._at + by) % len(self._places) if self._at >= 0 else 0
            self._mapper.stop()
            self.setAccessibleDescription(self._places[self._at].title)
            self.update()

    def _clear(self) -> None:
        place = self._places[self._at]
        if self.kind != "osc":
            self._mapper.clear(place.aims, place.title, self.kind)
        self.update()

    def _place_at(self, point: QPoint) -> int:
        """The smallest place under a point, -1 for none."""
        under = [at for at, rect in enumerate(self._rects) if rect.contains(point)]
        areas = {at: self._rects[at].width() * self._rects[at].height() for at in under}
        return min(under, key=areas.__getitem__, default=-1)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize and self.isVisible():
            self.setGeometry(self._window.rect())
            self.look()
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._cut()

    # Looks

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for at in range(len(self._places)):
            self._paint_place(painter, at)
        self._paint_banner(painter)

    @property
    def _color(self) -> QColor:
        return tokens.current().color(COLORS.get(self.kind, "accent"))

    def _paint_place(self, painter: QPainter, at: int) -> None:
        fill = QColor(self._color)
        chosen = at == self._at
        fill.setAlpha(TINT_CHOSEN if chosen else TINT_OVER if at == self._over else TINT)
        edge = tokens.current().color("text") if chosen else self._color
        painter.setPen(QPen(edge, 2 if chosen else 1))
        painter.setBrush(fill)
        rect = QRectF(self._rects[at]).adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(rect, ROUND, ROUND)
        text = self._tag(self._places[at])
        if text:
            self._paint_tag(painter, rect, text)

    def _tag(self, place: Mappable) -> str:
        """What plays a place already, or its address."""
        if self.kind == "osc":
            return self._address(place)
        known = on(self._session.document, place.aims[:1], KINDS.get(self.kind, frozenset()))
        return ", ".join(binding.source.title for _, binding in known)

    def _address(self, place: Mappable) -> str:
        aim = place.aims[0]
        if aim.param:
            return path_of(*split_end(aim.param))
        if aim.cue:
            return f"/cue/{slug(aim.cue)}"
        return SHORTEST.get(aim.action) or f"/action/{aim.action.replace('.', '/')}"

    def _paint_tag(self, painter: QPainter, rect: QRectF, text: str) -> None:
        painter.setFont(tokens.current().font("mono", 11))
        metrics = QFontMetrics(painter.font())
        elide = Qt.TextElideMode.ElideLeft if self.kind == "osc" else Qt.TextElideMode.ElideRight
        text = metrics.elidedText(text, elide, int(rect.width()) - 14)
        width = metrics.horizontalAdvance(text) + 10
        tag = QRectF(rect.right() - width - 2, rect.top() + 2, width, metrics.height() + 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._color)
        painter.drawRoundedRect(tag, ROUND, ROUND)
        painter.setPen(tokens.current().color("bg.canvas"))
        painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, text)

    def _banner(self) -> QRect:
        width = min(self.width() - 32, 620)
        return QRect((self.width() - width) // 2, TOP, width, BANNER)

    def _paint_banner(self, painter: QPainter) -> None:
        rect = QRectF(self._banner())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._color)
        painter.drawRoundedRect(rect, 6, 6)
        painter.setFont(tokens.current().font("title"))
        painter.setPen(tokens.current().color("bg.canvas"))
        metrics = QFontMetrics(painter.font())
        text = f"{self._said()}   ·   Esc leaves"
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(rect.width()) - 24)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)

    def _said(self) -> str:
        if self._mapper.aims and 0 <= self._at < len(self._places):
            return f"{self._places[self._at].title}: {MOVES[self.kind]}"
        return WORDS.get(self.kind, "")
