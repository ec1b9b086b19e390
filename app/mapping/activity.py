"""Dots in the status bar: MIDI, OSC and sound, lit while something arrives, grey where not open."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import tokens

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from app.control.rig import Rig

LIT = 0.15  # seconds for which a dot shows what arrived
DOT, GAP, PAD = 4.0, 14, 6  # pixels
KINDS = {"midi": "MIDI", "osc": "OSC", "audio": "Audio", "key": "Keys"}


class ActivityDots(QWidget):
    """One dot and word for each kind of controller."""

    def __init__(self, rig: Rig, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rig = rig
        self._shown: tuple[tuple[str, str], ...] = ()
        self.setAccessibleName("Controllers")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.tick()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(tokens.current().font("mono", 11))
        words = sum(metrics.horizontalAdvance(word) for word in KINDS.values())
        return QSize(round(words + len(KINDS) * (2 * DOT + PAD + GAP)), 24)

    def tick(self) -> None:
        """Repaints where a dot changed."""
        states = tuple((kind, self.state(kind)) for kind in KINDS)
        if states != self._shown:
            self._shown = states
            told = "\n".join(f"{KINDS[kind]}: {self._told(kind)}" for kind in KINDS)
            self.setToolTip(told)
            self.setAccessibleDescription(told)
            self.update()

    def state(self, kind: str) -> str:
        """`off`, `open` or `lit`."""
        heard = self._rig.hub.seen.get(kind, 0.0)
        if heard and time.monotonic() - heard < LIT:
            return "lit"
        return "open" if self._is_open(kind) else "off"

    def _is_open(self, kind: str) -> bool:
        rig = self._rig
        opened = {
            "midi": bool(rig.devices()),
            "osc": rig.osc is not None,
            "audio": rig.microphone is not None and bool(rig.microphone.device),
            "key": rig.keys.active,
        }
        return opened[kind]

    def _told(self, kind: str) -> str:
        rig = self._rig
        if not self._is_open(kind):
            return {"key": "play in Perform"}.get(kind, "nothing open")
        if kind == "midi":
            return ", ".join(rig.devices())
        if kind == "osc" and rig.osc is not None:
            return f"hears on port {rig.osc.port}"
        if kind == "audio" and rig.microphone is not None:
            return rig.microphone.device
        return "play"

    def paintEvent(self, event: QPaintEvent) -> None:
        look = tokens.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(look.font("mono", 11))
        metrics = QFontMetrics(painter.font())
        left, middle = DOT, self.height() / 2
        for kind, state in self._shown:
            self._paint_dot(painter, QPointF(left + DOT, middle), kind, state)
            width = metrics.horizontalAdvance(KINDS[kind])
            painter.setPen(look.color("text.disabled" if state == "off" else "text.secondary"))
            place = QRect(round(left + 2 * DOT + PAD), 0, width + 1, self.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, KINDS[kind])
            left += 2 * DOT + PAD + width + GAP

    def _paint_dot(self, painter: QPainter, at: QPointF, kind: str, state: str) -> None:
        look = tokens.current()
        color = look.color("text.disabled" if state == "off" else f"driver.{kind}")
        painter.setPen(color)
        painter.setBrush(color if state == "lit" else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(at, DOT, DOT)
