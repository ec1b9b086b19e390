"""The stage view: everything to play a show with, and nothing that could break its graph."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.cues.cue import COLUMNS
from app.perform.crossfader import Crossfader
from app.perform.cue_list import CueList, GoButton
from app.perform.dashboard import Dashboard
from app.perform.grid import CueGrid
from app.perform.hearing import end_with
from app.perform.morph_bar import MorphBar
from app.perform.next_card import NextCard
from app.perform.panic import Momentary, TwicePressed
from app.perform.panic_bar import PanicBar
from app.perform.prompt_line import PromptLine
from app.perform.prompts import Prompts
from app.perform.readout import Readout
from app.perform.snapshots import Snapshots
from app.perform.tempo_bar import TempoBar
from app.perform.typing import TypingGuard
from app.tempo import NUDGE
from app.theme import icon, tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QResizeEvent, QShowEvent

    from app.cues.player import CuePlayer
    from app.meter import Meter
    from app.session import Session

EDGE, GAP = 12, 12
UNDO = QKeySequence.StandardKey.Undo
NARROW = 1720  # pixels below which some buttons give way


class PerformWorkspace(QWidget):
    """Program, pads, list, macros, prompt and panic; the output does what its signals ask for."""

    blackout_wanted = Signal()
    freeze_wanted = Signal()
    safe_look_wanted = Signal()
    lock_wanted = Signal(bool)

    def __init__(
        self,
        session: Session,
        cues: CuePlayer,
        program: QWidget,
        preview: QWidget,
        meter: Meter,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._cues, self._tempo = session, cues, cues.tempo
        self._reanchor_at: float | None = None  # the beat that a re-anchor waits for
        self._esc, self._black = TwicePressed(), Momentary()
        self.setAccessibleName("Perform")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.program, self.preview = program, preview
        self.prompts = Prompts(session, cues)
        self.grid = CueGrid(session, cues, parent=self)
        self.list = CueList(session, cues, self)
        self.go = GoButton(self)
        self.next = NextCard(cues, self)
        self.morph = MorphBar(cues, self)
        self.dashboard = Dashboard(session, self)
        self.snapshots = Snapshots(session, cues, self)
        self.line = PromptLine(self.prompts, self)
        self.fader = Crossfader(session, cues, self)
        self.tempo = TempoBar(self._tempo, self)
        self.panic = PanicBar(self)
        self.readout = Readout(meter, self)
        self.lock = self._lock_button()
        self._connect()
        self._lay()
        self._guard = TypingGuard(self, self)
        self._restyle()
        end_with(self, tokens.changed.listen(lambda _: self._restyle()))

    @property
    def is_typing(self) -> bool:
        """Whether keys are text."""
        return self.line.is_typing

    def set_locked(self, on: bool) -> None:
        """Locked, everything plays and nothing is stored or changed."""
        self.lock.setChecked(on)
        for part in (self.grid, self.list, self.dashboard, self.snapshots):
            part.set_locked(on)

    def show_output(self, *, black: bool, frozen: bool, safe: bool) -> None:
        """Lights the buttons of what the output does."""
        self.panic.show_output(black=black, frozen=frozen, safe=safe)

    def add_macro(self, key: str, name: str) -> bool:
        """Puts a parameter on the first free knob; whether there was one."""
        return self.dashboard.add_macro(key, name)

    def tick(self) -> None:
        """Shows how things are, some thirty times a second; `cues.tick` is the window's to call."""
        self._reanchor_if_due()
        if not self.isVisible():
            return
        if self.preview.isHidden() is self._session.blind:
            self.preview.setVisible(self._session.blind)
        for part in (self.grid, self.list, self.dashboard, self.snapshots, self.line):
            part.tick()
        for part in (self.fader, self.tempo, self.readout, self.next):
            part.tick()
        self.go.show_standby(self._cues.standby, is_over=bool(self._cues.sheet.order))

    def commands(self) -> dict[str, Callable[[], object]]:
        """What can be done here, by id."""
        pads = {f"cue.launch_{n + 1}": partial(self._cues.launch_pad, 0, n) for n in range(COLUMNS)}
        recalls = {
            f"snapshot.recall_{n + 1}": partial(self.snapshots.recall, n) for n in range(COLUMNS)
        }
        stores = {
            f"snapshot.store_{n + 1}": partial(self.snapshots.store, n) for n in range(COLUMNS)
        }
        return {**self._playing(), **self._beating(), **pads, **recalls, **stores}

    def reanchor(self) -> None:
        """The graph forgets at the next beat; again, it does not."""
        waits = self._reanchor_at is None and self._session.is_running
        self._reanchor_at = float(int(self._tempo.beat() // 1) + 1) if waits else None
        self.panic.show_reanchor(self._reanchor_at is not None)

    def showEvent(self, event: QShowEvent) -> None:
        """Keys play from the first moment on."""
        super().showEvent(event)
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def event(self, event: QEvent) -> bool:
        """Ctrl+Z is the stage's here: it takes back what was played, not what was edited."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if not event.isAutoRepeat():
                self._black.down(event.key())
            if event.matches(UNDO):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(UNDO):
            self._cues.undo()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for part in (self.tempo, self.panic):
            part.set_narrow(self.width() < NARROW)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """A black that was held ends with its key."""
        if not event.isAutoRepeat() and self._black.up(event.key()):
            self.blackout_wanted.emit()
        super().keyReleaseEvent(event)

    def _playing(self) -> dict[str, Callable[[], object]]:
        return {
            "cue.go": self._cues.go,
            "cue.back": self._cues.back,
            "cue.undo": self._cues.undo,
            "mix.cut": self.fader.cut,
            "mix.auto": self.fader.auto,
            "mix.toward_a": self.fader.toward_a,
            "mix.toward_b": self.fader.toward_b,
            "perform.blackout": self._blackout,
            "perform.freeze": self.freeze_wanted.emit,
            "perform.safe": self.safe_look_wanted.emit,
            "perform.panic": self._panic,
            "perform.reanchor": self.reanchor,
            "perform.restart": self._session.restart,
            "perform.prompt": self.line.begin,
            "prompt.previous": self.line.previous,
        }

    def _beating(self) -> dict[str, Callable[[], object]]:
        return {
            "tempo.tap": self._tempo.tap,
            "tempo.slower": partial(self._tempo.nudge, -NUDGE),
            "tempo.faster": self._tempo.nudge,
            "tempo.resync": self._tempo.resync,
            "tempo.double": self._tempo.double,
            "tempo.halve": self._tempo.halve,
        }

    def _panic(self) -> None:
        """Esc: the second of two asks for the safe look."""
        if self._esc.press():
            self.safe_look_wanted.emit()

    def _blackout(self) -> None:
        if self._black.throw():
            self.blackout_wanted.emit()

    def _reanchor_if_due(self) -> None:
        if self._reanchor_at is not None and self._tempo.beat() >= self._reanchor_at:
            self._reanchor_at = None
            self._session.reset()
            self.panic.show_reanchor(False)

    def _connect(self) -> None:
        self.go.pressed.connect(self._cues.go)
        self.line.left.connect(lambda: self.setFocus(Qt.FocusReason.OtherFocusReason))
        self.panic.blackout_wanted.connect(self.blackout_wanted)
        self.panic.freeze_wanted.connect(self.freeze_wanted)
        self.panic.safe_look_wanted.connect(self.safe_look_wanted)
        self.panic.reanchor_wanted.connect(self.reanchor)
        self.lock.clicked.connect(self._lock_clicked)

    def _lock_clicked(self, on: bool) -> None:
        self.set_locked(on)
        self.lock_wanted.emit(on)

    def _lock_button(self) -> QPushButton:
        button = QPushButton(icon("lock"), "", self)
        button.setCheckable(True)
        button.setFixedSize(44, 44)
        button.setAccessibleName("Lock editing")
        button.setToolTip("Locked, everything plays and nothing is stored or changed (Ctrl+L)")
        return button

    def _lay(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(GAP)
        top.addLayout(self._left(), 58)
        top.addLayout(self._right(), 42)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(EDGE, EDGE, EDGE, EDGE)
        layout.setSpacing(GAP)
        layout.addLayout(top, 1)
        layout.addWidget(self._bottom())

    def _left(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(GAP)
        column.addWidget(self.program, 1)
        column.addWidget(self.grid)
        return column

    def _right(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(GAP)
        upper = QHBoxLayout()
        upper.setSpacing(GAP)
        ahead = QVBoxLayout()
        ahead.setSpacing(GAP)
        ahead.addWidget(self.preview, 3)
        ahead.addWidget(self.next, 2)
        upper.addLayout(ahead, 50)
        upper.addWidget(self.list, 50)
        column.addLayout(upper, 1)
        for widget in (self.go, self.morph, self.snapshots, self.dashboard, self.line):
            column.addWidget(widget)
        return column

    def _bottom(self) -> QFrame:
        bar = QFrame(self)
        bar.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        layout = QHBoxLayout(bar)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        for widget in (self.fader, self.tempo, self.panic):
            layout.addWidget(widget)
        layout.addStretch(1)
        layout.addWidget(self.readout)
        layout.addWidget(self.lock)
        return bar

    def _restyle(self) -> None:
        self.setStyleSheet(
            f"PerformWorkspace {{ background: {tokens.current().hex('bg.canvas')}; }}"
        )
