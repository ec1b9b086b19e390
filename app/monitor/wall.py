"""The monitors together: preview left, program right, the fader, and four for any node below."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.monitor.monitor import Monitor
from app.monitor.picks import PREVIEW, PROGRAM, Pick
from app.perform.crossfader import Fader
from engine.errors import GraphError

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.session import Session

LETTERS = "ABCD"
FADE = 2.0  # seconds of AUTO at first


class TransitionBar(QWidget):
    """The preview's switch, CUT, AUTO with its time, and the T-bar."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.blind = _button("Preview", "Edits go to a preview until they are taken", self)
        self.blind.setCheckable(True)
        self.blind.clicked.connect(lambda on: session.set_blind(on))
        self.cut = _button("Cut", "Puts the preview on air at once", self)
        self.cut.clicked.connect(lambda: session.take())
        self.auto = _button("Auto", "Fades the preview on air", self)
        self.auto.clicked.connect(lambda: session.take(self.seconds.value()))
        self.seconds = QDoubleSpinBox(self)
        self.seconds.setRange(0.1, 60.0)
        self.seconds.setSingleStep(0.5)
        self.seconds.setDecimals(1)
        self.seconds.setSuffix(" s")
        self.seconds.setValue(FADE)
        self.seconds.setAccessibleName("Duration of Auto")
        self.seconds.setToolTip("How long Auto takes")
        self.fader = Fader(self)
        self.fader.setMinimumSize(96, 32)
        self.fader.moved.connect(self._mix)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for widget in (self.blind, self.cut, self.auto, self.seconds):
            layout.addWidget(widget)
        layout.addWidget(self.fader, 1)
        self.tick()

    def tick(self) -> None:
        """Shows where the mix stands."""
        blind = self._session.blind
        self.blind.setChecked(blind)
        for widget in (self.cut, self.auto, self.fader):
            widget.setEnabled(blind)
        self.fader.show_mix(self._session.mix)

    def _mix(self, share: float) -> None:
        self._session.mix = share


class MonitorWall(QWidget):
    """Preview, program and the monitors A to D, which come up when something is sent to them."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.preview = Monitor(session, PREVIEW, self)
        self.program = Monitor(session, PROGRAM, self)
        self.letters = {letter: Monitor(session, PROGRAM, self) for letter in LETTERS}
        self.bar = TransitionBar(session, self)
        top = QHBoxLayout()
        top.setSpacing(4)
        top.addWidget(self.preview, 1)
        top.addWidget(self.program, 1)
        below = QGridLayout()
        below.setSpacing(4)
        for at, monitor in enumerate(self.letters.values()):
            below.addWidget(monitor, at // 2, at % 2)
            monitor.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        layout.addLayout(top, 3)
        layout.addWidget(self.bar)
        layout.addLayout(below, 4)
        session.opened.listen(lambda _: self._clear())

    def tick(self) -> None:
        """Moves every monitor that can be seen."""
        if not self.isVisible():
            return
        self.bar.tick()
        for monitor in (self.preview, self.program, *self.letters.values()):
            monitor.tick()

    def send_to_monitor(self, letter: str, key: str, port: str = "out") -> None:
        """Shows an output of a node on monitor A, B, C or D."""
        monitor = self.letters[letter]
        monitor.show_pick(Pick("node", key, port))
        monitor.show()
        monitor.tick()

    def send(self, number: int, key: str, port: str = "out") -> None:
        """The same by number, 0 to 3."""
        self.send_to_monitor(LETTERS[number], key, port)

    def send_selected(self, number: int) -> None:
        """Shows the first output of the selected node; of one without, what it is given."""
        found = self._of_selection()
        if found is None:
            self._session.said.tell("select a node whose picture is to be shown", "info")
        else:
            self.send(number, *found)

    def toggle_wipe(self) -> None:
        """Compares monitor B in A, or the preview in the program, along a line; or ends it."""
        a, b = self.letters["A"], self.letters["B"]
        first, second = (a, b.pick) if b.isVisibleTo(self) else (self.program, PREVIEW)
        first.compare(None if first.compared is not None else second)

    @property
    def is_wiping(self) -> bool:
        return any(one.compared is not None for one in (self.program, self.letters["A"]))

    def commands(self) -> dict[str, Callable[[], object]]:
        """What the wall does, by the ids of actions."""
        sends = {f"monitor.{n + 1}": partial(self.send_selected, n) for n in range(len(LETTERS))}
        return {**sends, "monitor.wipe": self.toggle_wipe}

    def states(self) -> dict[str, Callable[[], bool]]:
        """Which of them are on."""
        return {"monitor.wipe": lambda: self.is_wiping}

    def _of_selection(self) -> tuple[str, str] | None:
        for key in self._session.selection:
            try:
                ports = self._session.graph.outputs(key)
            except GraphError:
                continue
            if ports:
                return key, ports[0].name
            for link in self._session.graph.links:
                if link.target_key == key:
                    return link.source_key, link.source_port
        return None

    def _clear(self) -> None:
        """Another document: what was shown of the former is nobody's now."""
        for monitor in self.letters.values():
            monitor.compare(None)
            monitor.show_pick(PROGRAM)
            monitor.hide()


def _button(text: str, tip: str, parent: QWidget) -> QPushButton:
    button = QPushButton(text, parent)
    button.setToolTip(tip)
    button.setAccessibleName(text)
    button.setMinimumHeight(32)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
