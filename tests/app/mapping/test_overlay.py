"""Mapping by hand: open the mode, click a tinted place, move a control, and it plays."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.mapping.aim import Aim, Mappable
from tests.app.mapping.conftest import Desk

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
NUDGES = (40, 42, 44, 47, 49, 52)  # as a knob sends that is turned


def titles(desk: Desk) -> list[str]:
    return [place.title for place in desk.overlay._places]


def click(desk: Desk, title: str) -> None:
    at = titles(desk).index(title)
    QTest.mouseClick(desk.overlay, LEFT, NONE, desk.overlay._rects[at].center())


def test_the_mode_shows_what_can_be_mapped_and_escape_leaves(desk: Desk, qtbot: QtBot) -> None:
    desk.overlay.commands()["map.midi"]()
    assert desk.overlay.isVisible()
    assert "blur radius" in titles(desk)
    assert desk.overlay.states()["map.midi"]()
    QTest.keyClick(desk.overlay, Qt.Key.Key_Escape)
    assert not desk.overlay.isVisible()
    assert not desk.overlay.states()["map.midi"]()


def test_click_wiggle_done(desk: Desk, qtbot: QtBot) -> None:
    desk.overlay.open("midi")
    click(desk, "blur radius")
    desk.turn(*NUDGES)
    qtbot.waitUntil(lambda: len(desk.session.document.bindings) == 1)
    assert desk.session.document.bindings[0] == {
        "param": "blur.radius",
        "source": "midi:nanoKONTROL2/1/cc/74",
    }
    desk.turn(*range(128))
    assert desk.session.value("blur", "radius") > 10
    assert desk.said[-1] == "CC 74, channel 1 plays blur radius"
    desk.session.undo()
    assert desk.session.document.bindings == ()
    assert desk.hub.drivers == ()


def test_nothing_is_driven_and_nothing_edited_while_a_control_is_learned(desk: Desk) -> None:
    before = desk.session.value("blur", "radius")
    desk.overlay.open("midi")
    click(desk, "blur radius")
    desk.turn(*NUDGES[:3])
    assert desk.session.document.bindings == ()
    assert desk.session.value("blur", "radius") == before


def test_leaving_the_mode_learns_no_more(desk: Desk, qtbot: QtBot) -> None:
    desk.overlay.open("midi")
    click(desk, "blur radius")
    QTest.keyClick(desk.overlay, Qt.Key.Key_Escape)
    desk.turn(*NUDGES)
    qtbot.wait(10)
    assert desk.session.document.bindings == ()


def test_keys_alone_go_from_place_to_place(desk: Desk, qtbot: QtBot) -> None:
    desk.overlay.open("midi")
    order = titles(desk)
    QTest.keyClick(desk.overlay, Qt.Key.Key_Tab)
    QTest.keyClick(desk.overlay, Qt.Key.Key_Tab)
    assert desk.overlay.accessibleDescription() == order[1]
    QTest.keyClick(desk.overlay, Qt.Key.Key_Backtab)
    QTest.keyClick(desk.overlay, Qt.Key.Key_Return)
    assert [aim.title for aim in desk.mapper.aims] == ["blur.radius"]
    desk.turn(*NUDGES)
    qtbot.waitUntil(lambda: len(desk.session.document.bindings) == 1)
    QTest.keyClick(desk.overlay, Qt.Key.Key_Delete)
    assert desk.session.document.bindings == ()


def test_a_key_is_mapped_by_pressing_it(desk: Desk, qtbot: QtBot) -> None:
    desk.overlay.open("key")
    click(desk, "blur radius")
    QTest.keyClick(desk.overlay, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(desk.session.document.bindings) == 1)
    assert desk.session.document.bindings[0]["source"] == "key:Ctrl+B"
    assert desk.session.document.bindings[0]["mode"] == "toggle"


def test_an_address_is_copied_with_a_click(desk: Desk) -> None:
    desk.overlay.open("osc")
    click(desk, "blur radius")
    assert QGuiApplication.clipboard().text() == "/blur/radius"
    assert desk.said[-1] == "copied /blur/radius"


def test_texts_have_addresses_though_no_knob_can_drive_them(desk: Desk) -> None:
    desk.session.edit("Words", desk.session.graph.add("control.prompt", "words"))
    desk.session.select(["words"])
    desk.overlay.open("midi")
    assert "words text" not in titles(desk)
    desk.overlay.open("osc")
    click(desk, "words text")
    assert QGuiApplication.clipboard().text() == "/words/text"


def test_a_parameters_menu_learns_without_a_click(desk: Desk, qtbot: QtBot) -> None:
    desk.overlay.learn("blur", "radius", "midi")
    desk.turn(127, 0)
    qtbot.waitUntil(lambda: desk.hub.tick() or len(desk.session.document.bindings) == 1)
    assert desk.session.document.bindings[0]["mode"] == "toggle"


def test_what_lies_between_the_places_gets_the_mouse(desk: Desk) -> None:
    desk.overlay.open("midi")
    mask = desk.overlay.mask()
    assert all(mask.contains(rect.center()) for rect in desk.overlay._rects)
    assert not mask.contains(QPoint(40, 400))


def test_commands_of_buttons_and_places_of_other_widgets_can_be_mapped(
    desk: Desk, qtbot: QtBot
) -> None:
    action = QAction("Blackout", desk.button)
    action.setObjectName("panic.blackout")
    desk.button.setDefaultAction(action)
    desk.button.setGeometry(10, 100, 60, 30)
    desk.button.show()
    pad = desk.window.findChildren(type(desk.button))[0]
    assert pad
    desk.window.mappables = lambda: [  # pyright: ignore[reportAttributeAccessIssue]
        Mappable(desk.window, QRect(10, 200, 50, 50), (Aim(cue="drop"),), "cue drop")
    ]
    desk.overlay.open("midi")
    assert "Blackout" in titles(desk)
    click(desk, "Blackout")
    desk.cables.play("nanoKONTROL2 0", (0x90, 36, 100), (0x80, 36, 0))
    qtbot.waitUntil(lambda: len(desk.session.document.bindings) == 1)
    desk.cables.play("nanoKONTROL2 0", (0x90, 36, 100))
    assert desk.fired == ["panic.blackout"]


@pytest.mark.parametrize("kind", ["midi", "key", "osc"])
def test_the_mode_follows_a_window_that_changes(desk: Desk, kind: str, qtbot: QtBot) -> None:
    desk.overlay.open(kind)
    desk.window.resize(1100, 700)
    assert desk.overlay.size() == desk.window.size()
    desk.session.select([])
    desk.overlay.look()
    assert "blur radius" not in titles(desk)
    desk.overlay.open(kind)
    assert not desk.overlay.isVisible()
