"""The shortcut sheet shows the keys that hold now, and gives the window back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.actions import ACTIONS
from app.keymap import Keymap
from app.panels.cheat_sheet import Block, CheatSheet, blocks


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    made.resize(1280, 720)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def sheet(window: QWidget) -> CheatSheet:
    made = CheatSheet(Keymap().keys, window)
    made.ask()
    return made


def lines(shown: list[Block]) -> dict[str, tuple[str, ...]]:
    return {line.title: line.keys for block in shown for line in block.lines}


def text(sheet: CheatSheet) -> list[str]:
    return sheet.page.accessibleDescription().splitlines()


def test_every_key_of_every_command_is_on_the_sheet():
    shown = {(b.scope, line.title, line.keys) for b in blocks(Keymap().keys) for line in b.lines}
    plain = [a for a in ACTIONS if a.keys and not a.id[-1].isdigit()]
    assert [a.id for a in plain if (a.scope, a.title, a.keys) not in shown] == []


def test_commands_in_a_row_take_one_line():
    shown = lines(blocks(Keymap().keys))
    assert shown["Launch cue 1–8"] == ("1 … 8",)
    assert shown["Store snapshot 1–8"] == ("Ctrl+Shift+1 … 8",)


def test_keys_that_were_changed_are_the_ones_shown():
    assert lines(blocks(Keymap("blender").keys))["Duplicate"] == ("Shift+D",)


def test_a_command_without_a_key_is_left_out():
    keys = Keymap().with_keys("file.save", []).keys
    assert "Save" not in lines(blocks(keys))


def test_the_mouse_is_on_the_sheet_too(sheet: CheatSheet):
    assert any("Shake" in line for line in text(sheet))


def test_it_covers_the_window_and_follows_it(sheet: CheatSheet, window: QWidget):
    assert sheet.geometry() == window.rect()
    window.resize(700, 500)
    assert sheet.geometry() == window.rect()
    assert sheet.page.width() < 700


def test_typing_filters(sheet: CheatSheet, qtbot: QtBot):
    qtbot.keyClicks(sheet.search, "black")
    assert [line.split(":")[0] for line in text(sheet)] == [
        "Blackout",
        "Fade to black",
        "Blackout, held or toggled",
    ]


def test_nothing_found_is_an_empty_page(sheet: CheatSheet, qtbot: QtBot):
    qtbot.keyClicks(sheet.search, "zzzz")
    assert text(sheet) == []
    assert not sheet.grab().isNull()


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Question])
def test_the_keys_that_open_and_leave_close_it(sheet: CheatSheet, qtbot: QtBot, key: Qt.Key):
    qtbot.keyClick(sheet.search, key)
    assert sheet.isHidden()


def test_a_click_closes_it(sheet: CheatSheet, qtbot: QtBot):
    qtbot.mouseClick(sheet, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert sheet.isHidden()


def test_asking_twice_closes_it(sheet: CheatSheet):
    sheet.ask()
    assert sheet.isHidden()
