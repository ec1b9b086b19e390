"""A window with an inspector, cables for MIDI, and everything that maps the one to the other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app.actions import ACTIONS
from app.control.hub import Bindings
from app.control.rig import Rig, Wishes
from app.inspector.inspector import Inspector
from app.mapping.mapper import Mapper
from app.mapping.overlay import MapOverlay
from app.session import Session
from tests.app.control.cables import Cables


class Desk:
    """What a main window would hold."""

    def __init__(self, session: Session, qtbot: QtBot) -> None:
        self.session = session
        self.cables = Cables("nanoKONTROL2 0")
        self.fired: list[str] = []
        self.said: list[str] = []
        session.said.listen(lambda sentence, severity: self.said.append(sentence))
        self.hub = Bindings(session, session.document, act=self.fired.append, rate=1e6)
        actions = [(action.id, action.title) for action in ACTIONS]
        self.rig = Rig(self.hub, midi=lambda: self.cables, actions=actions)
        self.rig.start(Wishes(osc_port=None))
        session.changed.listen(lambda change: self.hub.follow(change.after))
        session.opened.listen(self.hub.follow)
        self._build(qtbot)
        self.mapper = Mapper(session, self.hub)
        self.overlay = MapOverlay(self.window, session, self.mapper, self.rig.keys)

    def _build(self, qtbot: QtBot) -> None:
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.inspector = Inspector(self.session)
        layout = QHBoxLayout(self.window)
        layout.addWidget(QWidget(), 1)
        layout.addWidget(self.inspector)
        self.button = QToolButton(self.window)
        self.window.resize(900, 640)
        self.window.show()
        qtbot.waitExposed(self.window)
        self.session.select(["blur"])

    def turn(self, *values: int, number: int = 74) -> None:
        """A knob sends, and what it set is written."""
        self.cables.play("nanoKONTROL2 0", *((0xB0, number, value) for value in values))
        assert self.hub.settle()

    def close(self) -> None:
        self.inspector.close_down()
        self.rig.close()
        self.hub.close()


@pytest.fixture
def desk(session: Session, qtbot: QtBot) -> Iterator[Desk]:
    made = Desk(session, qtbot)
    yield made
    made.close()
