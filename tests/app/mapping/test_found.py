"""Places known without asking their widgets: every command that they name is in the table."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from app.mapping.aim import Aim
from app.mapping.found import BUTTONS, TITLES, mappables
from app.perform.dashboard import Dashboard
from app.perform.macros import add_macro
from app.perform.panic_bar import PanicBar
from tests.app.mapping.conftest import Desk


@pytest.mark.parametrize("kind", sorted(BUTTONS, key=str))
def test_every_button_has_a_command(kind: type) -> None:
    assert set(BUTTONS[kind].values()) <= TITLES.keys()


def test_panic_buttons_are_places(desk: Desk, qtbot: QtBot) -> None:
    bar = PanicBar(desk.window)
    bar.setGeometry(0, 100, 500, 44)
    bar.show()
    found = {place.title: place.aims for place, _ in mappables(desk.window, desk.session.document)}
    assert found["Blackout"] == (Aim(action="panic.blackout"),)
    assert {"Freeze output", "Re-anchor", "Safe look"} <= found.keys()


def test_a_macro_is_mapped_with_all_that_it_moves(desk: Desk, qtbot: QtBot) -> None:
    desk.session.edit("Macro", add_macro(desk.session.document, "blur", "radius"))
    board = Dashboard(desk.session, desk.window)
    board.setGeometry(0, 100, 600, 200)
    board.show()
    qtbot.wait(1)  # until it is laid out
    [macro] = [
        place
        for place, _ in mappables(desk.window, desk.session.document)
        if place.title.startswith("macro")
    ]
    assert macro.aims[0].param == "blur.radius"
    assert macro.aims[0].range is not None


def test_what_is_scrolled_away_is_no_place(desk: Desk) -> None:
    before = len(mappables(desk.window, desk.session.document))
    desk.inspector.resize(desk.inspector.width(), 1)
    desk.inspector.setFixedHeight(1)
    assert before > 0
    assert mappables(desk.window, desk.session.document) == []
