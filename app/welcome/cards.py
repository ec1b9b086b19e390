"""Presets as cards whose pictures play under the pointer, in as many columns as fit."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from app.documents import presets
from app.theme import motion, tokens
from app.welcome.stills import MOMENTS, RATE, moments, still

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QResizeEvent

NARROWEST, GAP = 212, 16
WORDS = 62  # pixels below the picture
RADIUS = 6
ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class Offer(NamedTuple):
    """A preset: its name, its title, and what is to be seen."""

    name: str
    title: str
    about: str
    camera: bool


def offers() -> list[Offer]:
    """Every preset that comes along, those that need no camera first."""
    found = [_offer(name, path.read_text(encoding="utf-8")) for name, path in presets().items()]
    return sorted(found, key=lambda offer: (offer.camera, offer.title))


def _offer(name: str, text: str) -> Offer:
    data = json.loads(text)
    title, _, about = data["title"].partition(": ")
    types = {node["type"] for node in data["nodes"].values()}
    return Offer(name, title, about[:1].upper() + about[1:], "sources.camera" in types)


class Card(QAbstractButton):
    """One preset. `show_still` gives it its picture; it plays under the pointer."""

    def __init__(
        self, offer: Offer, parent: QWidget, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(parent)
        self.offer = offer
        self._clock = clock
        self._moments: list[QPixmap] = []
        self._since: float | None = None
        self._shown = 0
        self.setAccessibleName(offer.title)
        self.setAccessibleDescription(offer.about)
        self.setToolTip("Wants a camera" if offer.camera else "")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_still(self) -> None:
        """Reads the picture of the preset; where nobody made one, it stays dark."""
        found = still(self.offer.name)
        self._moments = [] if found.isNull() else [found]
        self.update()

    def tick(self) -> None:
        """The next moment, where the card plays."""
        moment = self._moment()
        if moment != self._shown:
            self._shown = moment
            self.update()

    def _moment(self) -> int:
        if self._since is None:
            return 0
        return int((self._clock() - self._since) * RATE) % MOMENTS

    def enterEvent(self, event: QEnterEvent) -> None:
        if not motion.is_reduced():
            self._moments = moments(self.offer.name) or self._moments
            self._since = self._clock()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._since = None
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() in ARROWS:
            event.ignore()  # the page knows where the next card is
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(NARROWEST, NARROWEST * 9 // 16 + WORDS)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = tokens.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        shape = QPainterPath()
        frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        shape.addRoundedRect(frame, RADIUS, RADIUS)
        painter.setClipPath(shape)
        painter.fillRect(self.rect(), look.color("bg.hover" if self.underMouse() else "bg.node"))
        self._paint_picture(painter)
        painter.setClipping(False)
        self._paint_words(painter)
        ring = self.hasFocus()
        painter.setPen(QPen(look.color("focus" if ring else "border.node"), 2 if ring else 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(frame, RADIUS, RADIUS)

    def _paint_picture(self, painter: QPainter) -> None:
        place = QRect(0, 0, self.width(), self.height() - WORDS)
        if self._moments:
            painter.drawPixmap(place, self._moments[self._shown % len(self._moments)])
        else:
            painter.fillRect(place, tokens.current().color("bg.field"))

    def _paint_words(self, painter: QPainter) -> None:
        look = tokens.current()
        words = QRect(10, self.height() - WORDS + 7, self.width() - 20, WORDS - 12)
        painter.setFont(look.font("title", 12))
        painter.setPen(look.color("text"))
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft, self.offer.title)
        painter.setFont(look.font("label"))
        painter.setPen(look.color("text.secondary"))
        if self.offer.camera:
            painter.drawText(words, Qt.AlignmentFlag.AlignRight, "camera")
        below = words.adjusted(0, 18, 0, 0)
        wrapped = Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
        painter.drawText(below, wrapped, _fitting(painter, self.offer.about, below))


class Cards(QWidget):
    """All presets; `chosen` tells the name of one. Arrows walk, Return and Space choose."""

    chosen = Signal(str)

    def __init__(
        self, parent: QWidget | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(parent)
        self.cards = [Card(offer, self, clock) for offer in offers()]
        self._without = list(self.cards)
        self._columns = 1
        for card in self.cards:
            card.clicked.connect(lambda _=False, name=card.offer.name: self.chosen.emit(name))

    def tick(self) -> None:
        """Reads one more picture, as long as some are missing, and plays."""
        if self._without:
            self._without.pop(0).show_still()
        for card in self.cards:
            card.tick()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._columns = max(1, (self.width() + GAP) // (NARROWEST + GAP))
        width = (self.width() + GAP) // self._columns - GAP
        height = width * 9 // 16 + WORDS
        for number, card in enumerate(self.cards):
            row, column = divmod(number, self._columns)
            card.setGeometry(column * (width + GAP), row * (height + GAP), width, height)
        rows = -(-len(self.cards) // self._columns)
        self.setFixedHeight(max(rows * (height + GAP) - GAP, 0))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {**STEPS, Qt.Key.Key_Up: -self._columns, Qt.Key.Key_Down: self._columns}
        step = steps.get(Qt.Key(event.key()))
        at = next((n for n, card in enumerate(self.cards) if card.hasFocus()), None)
        if step is None or at is None:
            super().keyPressEvent(event)
        elif 0 <= at + step < len(self.cards):
            self.cards[at + step].setFocus(Qt.FocusReason.TabFocusReason)


def _fitting(painter: QPainter, text: str, place: QRect) -> str:
    """As many words as two lines hold."""
    metrics = painter.fontMetrics()
    room = QRect(0, 0, place.width(), 10_000)
    words = text.split()
    for count in range(len(words), 0, -1):
        shown = " ".join(words[:count]) + ("…" if count < len(words) else "")
        box = metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, shown)
        if box.height() <= 2 * metrics.lineSpacing():
            return shown
    return text
