"""Bound keys of a window: before shortcuts, in a performance only, never while typing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.mapping.keyboard import Keyboard
from tests.app.mapping.conftest import Desk

SPACE = {"param": "@action.run", "action": "cue.go", "source": "key:Space"}
HELD = {"action": "panic.blackout", "source": "key:Ctrl+B", "mode": "momentary"}


class Place:
    """A window with a button, a field and a shortcut, and a keyboard over it."""

    def __init__(self, desk: Desk, qtbot: QtBot) -> None:
        self.performing = True
        self.calls: list[str] = []
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.button, self.field = QPushButton("Press"), QLineEdit()
        layout = QVBoxLayout(self.window)
        layout.addWidget(self.button)
        layout.addWidget(self.field)
        self.button.clicked.connect(lambda: self.calls.append("button"))
        shortcut = QShortcut(QKeySequence("Ctrl+B"), self.window)
        shortcut.activated.connect(lambda: self.calls.append("shortcut"))
        self.keyboard = Keyboard(desk.rig, lambda: self.performing, self.window)
        self.window.show()
        qtbot.waitExposed(self.window)
        self.keyboard.watch(self.window)
        self.window.activateWindow()
        self.button.setFocus()

    def press(self, key: Any, held: Any = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.window.windowHandle(), key, held)


@pytest.fixture
def place(desk: Desk, qtbot: QtBot) -> Iterator[Place]:
    rows = ({"param": "@action.run", **SPACE}, {"param": "@action.run", **HELD})
    desk.session.edit("Bind", replace(desk.session.document, bindings=rows))
    return Place(desk, qtbot)


def test_a_bound_key_plays_and_nothing_else_hears_it(place: Place, desk: Desk) -> None:
    place.press(Qt.Key.Key_Space)
    place.press(Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    assert desk.fired == ["cue.go", "panic.blackout", "panic.blackout"]
    assert place.calls == []


def test_outside_a_performance_keys_are_what_they_were(place: Place, desk: Desk) -> None:
    place.performing = False
    place.press(Qt.Key.Key_Space)
    place.press(Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    assert desk.fired == []
    assert place.calls == ["button", "shortcut"]


def test_typing_is_typing(place: Place, desk: Desk) -> None:
    place.field.setFocus()
    place.press(Qt.Key.Key_A)
    place.press(Qt.Key.Key_Space)
    place.press(Qt.Key.Key_B)
    assert place.field.text() == "a b"
    assert desk.fired == []


def test_a_key_that_is_held_when_the_performance_ends_is_let_go(place: Place, desk: Desk) -> None:
    handle = place.window.windowHandle()
    QTest.keyPress(handle, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    assert desk.fired == ["panic.blackout"]
    place.performing = False
    place.keyboard.tick()
    assert desk.fired == ["panic.blackout"] * 2


def test_a_key_that_nothing_is_bound_to_goes_on(place: Place) -> None:
    place.press(Qt.Key.Key_Escape)
    place.button.setFocus()
    QTest.keyClick(place.window.windowHandle(), Qt.Key.Key_X)
    assert place.calls == []
