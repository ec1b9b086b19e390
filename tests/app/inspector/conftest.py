"""An inspector in a window over a session, and the hands that move its fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.inspector.inspector import Inspector
from app.session import Session


class Time:
    """A clock that is set by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def inspector(session: Session, qtbot: QtBot, clock: Time) -> Iterator[Inspector]:
    """The inspector of the small document, with the blur selected."""
    session.edit("Grade", session.graph.add("compose.color", "grade"))
    session.edit("Words", session.graph.add("control.prompt", "words"))
    session.break_merge()
    made = Inspector(session, clock=clock)
    qtbot.addWidget(made)
    made.resize(340, 640)
    made.show()
    qtbot.waitExposed(made)
    session.select(["blur"])
    yield made
    made.close_down()


@pytest.fixture
def said(session: Session) -> list[str]:
    """The sentences that were told."""
    told: list[str] = []
    session.said.listen(lambda sentence, severity: told.append(sentence))
    return told


def drag(
    widget: QWidget,
    pixels: int,
    keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    *,
    moves: int = 1,
    let_go: bool = True,
) -> None:
    """Presses at the middle, moves in so many steps and releases."""
    start, left = widget.rect().center(), Qt.MouseButton.LeftButton
    QTest.mousePress(widget, left, keys, start)
    for move in range(1, moves + 1):
        at = start + QPoint(round(pixels * move / moves), 0)
        _move(widget, at, keys)
    if let_go:
        QTest.mouseRelease(widget, left, keys, start + QPoint(pixels, 0))


def _move(widget: QWidget, at: QPoint, keys: Qt.KeyboardModifier) -> None:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

    left = Qt.MouseButton.LeftButton
    glob = QPointF(widget.mapToGlobal(at))
    event = QMouseEvent(QEvent.Type.MouseMove, QPointF(at), glob, left, left, keys)
    QApplication.sendEvent(widget, event)


def turn(widget: QWidget, notches: int, keys: Qt.KeyboardModifier) -> QWheelEvent:
    """Turns the wheel over a widget; the event tells whether it was taken."""
    at = QPointF(widget.rect().center())
    event = QWheelEvent(
        at,
        QPointF(widget.mapToGlobal(at.toPoint())),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    widget.wheelEvent(event)
    return event


def counted(history: Any) -> int:
    """How many steps can be undone."""
    return len(history.labels)


Said = list[str]
Hand = Callable[..., None]
