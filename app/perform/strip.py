"""Pads and macros small, for the edge of the canvas: one row of cues with GO, one of knobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.perform.cue_list import GoButton
from app.perform.dashboard import Dashboard
from app.perform.grid import CueGrid
from app.perform.morph_bar import MorphBar
from app.perform.tempo_bar import TempoBar

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from app.cues.player import CuePlayer
    from app.session import Session

KNOB = 36
NARROWEST, WITH_TEMPO, WITH_MORPH = 760, 1040, 1580  # pixels


class CueBar(QWidget):
    """The first row of the grid, GO and how cues go."""

    def __init__(self, session: Session, cues: CuePlayer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cues = cues
        self.setAccessibleName("Cues")
        self.grid = CueGrid(session, cues, rows=1, parent=self)
        self.go = GoButton(self, height=64)
        self.morph = MorphBar(cues, self, compact=True)
        self.tempo = TempoBar(cues.tempo, self, compact=True)
        self.go.pressed.connect(cues.go)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 4)
        layout.setSpacing(8)
        layout.addWidget(self.grid, 1)
        layout.addWidget(self.go)
        layout.addWidget(self.morph)
        layout.addWidget(self.tempo)
        self.go.setMaximumWidth(220)
        self.setMinimumWidth(NARROWEST)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room, pads and GO come first."""
        super().resizeEvent(event)
        self.morph.setVisible(self.width() >= WITH_MORPH)
        self.tempo.setVisible(self.width() >= WITH_TEMPO)

    def set_locked(self, on: bool) -> None:
        """Locked, pads launch and nothing is stored."""
        self.grid.set_locked(on)

    def tick(self) -> None:
        """Shows how the cues go."""
        if self.isVisible():
            self.grid.tick()
            self.tempo.tick()
            self.go.show_standby(self._cues.standby, is_over=bool(self._cues.sheet.order))


class DashboardStrip(Dashboard):
    """Sixteen small knobs in one row."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent, columns=16, size=KNOB, with_pad=False)
