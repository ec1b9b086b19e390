"""The stage view over a small document, with its keys as the window gives them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget
from pytestqt.qtbot import QtBot

from app.cues import edits
from app.cues.cue import pads
from app.cues.launch import Desk
from app.cues.player import CuePlayer
from app.meter import Meter
from app.perform.workspace import PerformWorkspace
from app.session import Session
from app.tempo import Tempo
from app.window.commands import Commands
from engine.packet import seconds

STEP = 10  # milliseconds


class Stage:
    """A window with the stage view in it, and hands to play it with."""

    def __init__(self, session: Session, qtbot: QtBot) -> None:
        graph = session.graph.add("control.prompt", "words").add("control.prompt", "other")
        session.edit("Prompts", graph)
        self.session = session
        self.said: list[str] = []
        session.said.listen(lambda text, _: self.said.append(text))
        self.tempo = Tempo(session)
        self.cues = CuePlayer(session, self.tempo, Desk(fade=0.2, curve="linear"))
        self.meter = Meter(session)
        self.program, self.preview = QWidget(), QWidget()
        self.window = QMainWindow()
        self.work = PerformWorkspace(
            session, self.cues, self.program, self.preview, self.meter, self.window
        )
        self.commands = Commands(self.window, self.said.append)
        self.commands.offer(self.work.commands())
        self.commands.scope("perform", self.work)
        self.commands.set_keys(lambda action: action.keys)
        self.window.setCentralWidget(self.work)
        self.window.resize(1400, 860)
        qtbot.addWidget(self.window)
        self.window.show()
        self.window.activateWindow()
        qtbot.waitActive(self.window)
        self.work.setFocus()

    def store(self, name: str, row: int, column: int, **values: float) -> None:
        """A cue on a pad: values of the blur node by name."""
        ends = {f"blur.{key}": value for key, value in values.items()}
        self.session.edit(
            "Store", edits.store(self.session.document, ends, row=row, column=column, name=name)
        )

    def change(self, row: int, column: int, **fields: object) -> None:
        at = pads(self.session.document)[row, column]
        self.session.edit("Change", edits.change(self.session.document, at, **fields))

    def press(self, key: Qt.Key, *modifiers: Qt.KeyboardModifier) -> None:
        """A key, as it reaches whatever has the focus."""
        held = Qt.KeyboardModifier.NoModifier
        for modifier in modifiers:
            held |= modifier
        QTest.keyClick(self.focus, key, held)
        self.tick()

    def click(self, widget: QWidget, button: Qt.MouseButton = Qt.MouseButton.LeftButton) -> None:
        QTest.mouseClick(widget, button)
        self.tick()

    @property
    def focus(self) -> QWidget:
        return QApplication.focusWidget() or self.work

    def tick(self) -> None:
        """What the window's timer does."""
        self.session.tick()
        self.tempo.tick()
        self.cues.tick()
        self.meter.tick()
        self.work.tick()

    def play(self, duration: float) -> None:
        """Lets stream time pass."""
        end = self.session.now() + round(duration * 705_600_000)
        while self.session.now() < end:
            QTest.qWait(STEP)
            self.tick()

    def radius(self) -> float:
        return self.session.value("blur", "radius")

    @property
    def seconds(self) -> float:
        return seconds(self.session.now())


@pytest.fixture
def stage(session: Session, qtbot: QtBot) -> Iterator[Stage]:
    """Not running: cues land at once."""
    made = Stage(session, qtbot)
    yield made
    made.window.close()


@pytest.fixture
def running(stage: Stage) -> Stage:
    """With its engine at work."""
    stage.session.start()
    return stage
