"""Every command can be found by its name and called by Return."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.actions import ACTIONS
from app.keymap import Keymap
from app.panels.command_palette import ACTION, HERE, LETTERS, CommandPalette

IDS = [action.id for action in ACTIONS]


@pytest.fixture
def palette(qtbot: QtBot) -> Iterator[CommandPalette]:
    window = QWidget()
    window.resize(900, 600)
    qtbot.addWidget(window)
    made = CommandPalette(Keymap().keys, lambda: IDS, window)
    made.ask()
    yield made
    made.close()


def listed(palette: CommandPalette) -> list[str]:
    rows = (palette.listing.item(n) for n in range(palette.listing.count()))
    return [row.data(ACTION) for row in rows]


def test_every_command_is_listed_before_a_letter_is_typed(palette: CommandPalette):
    assert sorted(listed(palette)) == sorted(IDS)


def test_every_command_comes_first_by_its_own_name(palette: CommandPalette):
    missed = []
    for action in ACTIONS:
        palette.search.setText(action.title.rstrip("…"))
        titles = [palette.listing.item(n).text() for n in range(3) if palette.listing.item(n)]
        if action.title not in titles:
            missed.append(action.id)
    assert missed == []


def test_return_calls_what_was_typed_and_closes(palette: CommandPalette, qtbot: QtBot):
    qtbot.keyClicks(palette.search, "fade blac")
    with qtbot.waitSignal(palette.chosen) as called:
        qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert called.args == ["panic.fade"]
    assert palette.isHidden()


def test_first_letters_of_words_are_enough(palette: CommandPalette, qtbot: QtBot):
    qtbot.keyClicks(palette.search, "los")
    assert "layout.selection" in listed(palette)
    assert "find.node" not in listed(palette)


def test_arrows_choose_among_the_found(palette: CommandPalette, qtbot: QtBot):
    qtbot.keyClicks(palette.search, "theme")
    second = listed(palette)[1]
    qtbot.keyClick(palette.search, Qt.Key.Key_Down)
    with qtbot.waitSignal(palette.chosen) as called:
        qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert called.args == [second]


def test_arrows_stop_at_the_ends(palette: CommandPalette, qtbot: QtBot):
    qtbot.keyClick(palette.search, Qt.Key.Key_Up)
    assert palette.listing.currentRow() == 0
    for _ in range(len(IDS)):
        qtbot.keyClick(palette.search, Qt.Key.Key_PageDown)
    assert palette.listing.currentRow() == len(IDS) - 1


def test_a_click_calls_too(palette: CommandPalette, qtbot: QtBot):
    place = palette.listing.visualItemRect(palette.listing.item(2)).center()
    wanted = listed(palette)[2]
    with qtbot.waitSignal(palette.chosen) as called:
        qtbot.mouseClick(palette.listing.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert called.args == [wanted]


def test_escape_calls_nothing(palette: CommandPalette, qtbot: QtBot):
    with qtbot.assertNotEmitted(palette.chosen):
        qtbot.keyClick(palette.search, Qt.Key.Key_Escape)
    assert palette.isHidden()


def test_nonsense_finds_nothing_and_return_is_harmless(palette: CommandPalette, qtbot: QtBot):
    qtbot.keyClicks(palette.search, "qqzzx %$")
    with qtbot.assertNotEmitted(palette.chosen):
        qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert listed(palette) == []


def test_what_was_called_last_comes_first(palette: CommandPalette, qtbot: QtBot):
    qtbot.keyClicks(palette.search, "record")
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    palette.ask()
    assert listed(palette)[0] == "record.toggle"


def test_commands_that_are_not_possible_now_are_last_and_do_nothing(qtbot: QtBot):
    palette = CommandPalette(Keymap().keys, lambda: {"file.new"})
    qtbot.addWidget(palette)
    palette.ask()
    assert listed(palette)[0] == "file.new"
    palette.listing.setCurrentRow(5)
    assert not palette.listing.currentItem().data(HERE)
    with qtbot.assertNotEmitted(palette.chosen):
        qtbot.keyClick(palette.search, Qt.Key.Key_Return)


def test_letters_that_were_typed_stand_out(palette: CommandPalette, qtbot: QtBot):
    qtbot.keyClicks(palette.search, "undo")
    assert palette.listing.item(0).data(LETTERS) == [0, 1, 2, 3]
    assert not palette.grab().isNull()
