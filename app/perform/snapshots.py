"""Eight places for live values: a click morphs back to one, a press with Shift keeps one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QAbstractButton, QApplication, QHBoxLayout, QLabel, QMenu, QWidget

from app.cues import edits
from app.cues.cue import COLUMNS
from app.cues.launch import Light
from app.cues.live import live_values, look
from app.perform.hearing import hear_document
from app.perform.painting import draw_focus, draw_ring
from app.theme import tokens

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from app.cues.player import CuePlayer
    from app.session import Session

DARK = Light(False, None, False, False)


class Slot(QAbstractButton):
    """One place, full or empty."""

    def __init__(self, number: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.is_full, self.light = False, DARK
        self._number = number
        self.setMinimumSize(40, 40)
        self.show_full(False)

    def sizeHint(self) -> QSize:
        return QSize(56, 40)

    def show_full(self, on: bool) -> None:
        """Whether something is kept here."""
        self.is_full = on
        state = "kept" if on else "empty"
        self.setAccessibleName(f"Snapshot {self._number}, {state}")
        keys = f"Shift+{self._number} recalls, Ctrl+Shift+{self._number} stores"
        self.setToolTip(f"Snapshot {self._number}, {state}: {keys}; so does Shift+click")
        self.update()

    def show_light(self, light: Light) -> None:
        """How it goes."""
        if light != self.light:
            self.light = light
            self.update()

    def paintEvent(self, _: QPaintEvent) -> None:
        theme = tokens.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = "selection" if self.light.is_current else "border.node" if self.is_full else "border"
        painter.setPen(QPen(theme.color(edge), 2 if self.light.is_current else 1))
        fill = theme.color("bg.node" if self.is_full else "bg.canvas")
        painter.setBrush(theme.hover(fill) if self.underMouse() else fill)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        painter.setPen(theme.color("text" if self.is_full else "text.disabled"))
        painter.setFont(theme.font("mono", 15))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, str(self._number))
        if self.light.progress is not None:
            ring = QRectF(self.width() - 18, 4, 14, 14)
            draw_ring(painter, ring, self.light.progress, theme.color("text"), 2.5)
        draw_focus(painter, self)


class Snapshots(QWidget):
    """The row of them; storing is an edit that can be undone, recalling is none."""

    def __init__(self, session: Session, cues: CuePlayer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._cues = session, cues
        self._locked = False
        self.setAccessibleName("Snapshots")
        self.setFixedHeight(40)
        self.slots = [Slot(number, self) for number in range(1, COLUMNS + 1)]
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        caption = QLabel("Snapshots", self)
        caption.setProperty("role", "secondary")
        layout.addWidget(caption)
        for slot, button in enumerate(self.slots):
            button.clicked.connect(lambda _=False, slot=slot: self._clicked(slot))
            button.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            button.customContextMenuRequested.connect(lambda _, slot=slot: self._menu(slot))
            layout.addWidget(button, 1)
        hear_document(self, session, self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Shows which places are full."""
        full = self._cues.sheet.snapshots
        for slot, button in enumerate(self.slots):
            if button.is_full != (slot in full):
                button.show_full(slot in full)

    def tick(self) -> None:
        """Shows how a recall goes."""
        sheet = self._cues.sheet
        for slot, at in sheet.snapshots.items():
            if slot < len(self.slots):
                self.slots[slot].show_light(self._cues.light(sheet.cues[at]))

    def set_locked(self, on: bool) -> None:
        """Locked, places are recalled and not overwritten."""
        self._locked = on

    def store(self, slot: int) -> None:
        """Keeps the look that is live now."""
        if self._locked:
            self._session.said.tell("editing is locked; Ctrl+L unlocks it", "info")
            return
        values = live_values(self._session, look(self._session))
        self._session.try_edit(
            f"Store snapshot {slot + 1}",
            lambda: edits.store_snapshot(self._session.document, slot, values),
        )

    def recall(self, slot: int) -> None:
        """Morphs to what was kept."""
        self._cues.recall(slot)

    def _clicked(self, slot: int) -> None:
        shift = QApplication.keyboardModifiers() & Qt.KeyboardModifier.ShiftModifier
        if shift or not self.slots[slot].is_full:
            self.store(slot)
        else:
            self.recall(slot)

    def _menu(self, slot: int) -> None:
        button, menu = self.slots[slot], QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Recall", lambda: self.recall(slot)).setEnabled(button.is_full)
        menu.addAction("Store", lambda: self.store(slot)).setEnabled(not self._locked)
        clear = menu.addAction("Clear", lambda: self._clear(slot))
        clear.setEnabled(button.is_full and not self._locked)
        menu.popup(button.mapToGlobal(button.rect().center()))

    def _clear(self, slot: int) -> None:
        at = self._cues.sheet.snapshots[slot]
        self._session.try_edit("Clear snapshot", lambda: edits.delete(self._session.document, at))
