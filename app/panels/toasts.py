"""Notices in a corner of the window: they stack, go by themselves and never take the focus."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QStatusBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.notice import Notice
from app.theme import icons, tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.session import Severity

WIDTH, GAP, MARGIN = 340, 8, 16
MOST = 4  # shown at a time; those before are in the history
KEPT = 500
LASTS: dict[Severity, float] = {"info": 4.0, "warning": 8.0, "error": 20.0}  # seconds
COLORS: dict[Severity, str] = {"info": "accent", "warning": "warn", "error": "error"}
ICONS: dict[Severity, str] = {"info": "info", "warning": "warning", "error": "error"}


@dataclass(frozen=True)
class Said:
    """A notice: `time` is in seconds since 1970, `count` how often it came in a row."""

    text: str
    severity: Severity
    time: float
    count: int = 1


class Toasts(QObject):
    """The notices of a window. `tick` lets those go that were there long enough."""

    def __init__(
        self,
        window: QWidget,
        *,
        clock: Callable[[], float] = time.monotonic,
        calendar: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(window)
        self._window, self._clock, self._calendar = window, clock, calendar
        self.cards: list[Card] = []
        self.history: deque[Said] = deque(maxlen=KEPT)
        self.changed: Notice[Said] = Notice()
        window.installEventFilter(self)

    def say(self, text: str, severity: Severity = "info") -> None:
        """Shows a notice; one that repeats the newest is counted on it."""
        if self.history and (self.history[-1].text, self.history[-1].severity) == (text, severity):
            said = self.history.pop()
            self.history.append(replace(said, count=said.count + 1, time=self._calendar()))
        else:
            self.history.append(Said(text, severity, self._calendar()))
        self._show(self.history[-1])
        self.changed.tell(self.history[-1])

    def tick(self) -> None:
        """Takes away what was shown long enough; what the pointer rests on stays."""
        now = self._clock()
        for card in [c for c in self.cards if now >= c.until and not c.underMouse()]:
            self.dismiss(card)

    def dismiss(self, card: Card) -> None:
        """Takes a notice away; it stays in the history."""
        self.cards.remove(card)
        card.hide()
        card.deleteLater()
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _show(self, said: Said) -> None:
        newest = self.cards[-1] if self.cards else None
        if newest is not None and said.count > 1 and newest.said.text == said.text:
            newest.show_count(said)
        else:
            newest = Card(said, self._window, self.dismiss)
            self.cards.append(newest)
        newest.until = self._clock() + LASTS[said.severity]
        for old in self.cards[:-MOST]:
            self.dismiss(old)
        self._place()

    def _place(self) -> None:
        y = self._bottom() - MARGIN
        for card in reversed(self.cards):
            card.resize(card.width(), card.heightForWidth(card.width()))
            y -= card.height()
            card.move(QPoint(self._window.width() - card.width() - MARGIN, y))
            card.show()
            card.raise_()
            y -= GAP

    def _bottom(self) -> int:
        """Where the window's own status begins, which is never covered."""
        bar = self._window.findChild(QStatusBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
        return bar.y() if bar is not None and bar.isVisible() else self._window.height()


class Card(QFrame):
    """One notice: a bar in the colour of its severity, its sentence, a cross."""

    def __init__(self, said: Said, window: QWidget, dismiss: Callable[[Card], None]) -> None:
        super().__init__(window)
        self.said = said
        self.until = 0.0
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFixedWidth(min(WIDTH, max(window.width() - 2 * MARGIN, 160)))
        self._text = QLabel(said.text, wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._count = QLabel()
        self._close = QToolButton()
        self._close.setIcon(icons.icon("close", "text.secondary"))
        self._close.setToolTip("Dismiss")
        self._close.setAccessibleName("Dismiss")
        self._close.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._close.clicked.connect(lambda: dismiss(self))
        self._lay_out()
        self.setAccessibleName(f"{said.severity}: {said.text}")
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, said.text))

    def _lay_out(self) -> None:
        sign = QLabel()
        look = icons.icon(ICONS[self.said.severity], COLORS[self.said.severity])
        sign.setPixmap(look.pixmap(16, 16))
        self._count.setProperty("role", "secondary")
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        row = QHBoxLayout(self)
        row.setContentsMargins(18, 6, 6, 6)
        row.setSpacing(8)
        for part in (sign, self._text, self._count):
            part.setContentsMargins(0, 4, 0, 4)  # the first line is level with the cross
            row.addWidget(part, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        row.setStretch(1, 1)

    def show_count(self, said: Said) -> None:
        """The same was said again."""
        self.said = said
        self._count.setText(f"×{said.count}")

    def paintEvent(self, event: QPaintEvent) -> None:
        look = tokens.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = self.rect().adjusted(0, 0, -1, -1).toRectF().translated(0.5, 0.5)
        painter.setPen(look.color("border.node"))
        painter.setBrush(look.color("bg.tooltip"))
        painter.drawRoundedRect(frame, 6, 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color(COLORS[self.said.severity]))
        painter.drawRoundedRect(6, 8, 3, self.height() - 16, 1.5, 1.5)


class PastNotices(QWidget):
    """What was said since the start, the newest first."""

    def __init__(self, toasts: Toasts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._toasts = toasts
        self.listing = QListWidget()
        self.listing.setWordWrap(True)
        self.listing.setAccessibleName("Past notices")
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.listing)
        for said in toasts.history:
            self.listing.insertItem(0, _line(said))
        end = toasts.changed.listen(self._add)
        self.destroyed.connect(lambda: end())

    def _add(self, said: Said) -> None:
        if said.count > 1 and self.listing.count():
            self.listing.takeItem(0)
        self.listing.insertItem(0, _line(said))
        if self.listing.count() > KEPT:
            self.listing.takeItem(KEPT)


def _line(said: Said) -> QListWidgetItem:
    hour = datetime.fromtimestamp(said.time).strftime("%H:%M:%S")
    times = f"  ×{said.count}" if said.count > 1 else ""
    look = icons.icon(ICONS[said.severity], COLORS[said.severity])
    return QListWidgetItem(look, f"{hour}  {said.text}{times}")
