"""Selecting with mouse and arrows."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from tests.app.canvas.tools.conftest import ALT, CTRL, SHIFT, Desk

CORNER, OPPOSITE = QPointF(-460, 60), QPointF(-180, 420)  # around noise and lfo


def test_a_band_selects_what_it_touches(desk: Desk):
    desk.session.select(["blur"])
    desk.drag(CORNER, OPPOSITE)
    assert set(desk.selection) == {"noise", "lfo"}
    assert not desk.scene.band.isVisible()


def test_shift_adds_and_ctrl_toggles_and_alt_takes_away(desk: Desk):
    desk.session.select(["blur"])
    desk.drag(CORNER, OPPOSITE, modifiers=SHIFT)
    assert set(desk.selection) == {"blur", "noise", "lfo"}
    desk.drag(CORNER, OPPOSITE, modifiers=CTRL)
    assert set(desk.selection) == {"blur"}
    desk.session.select(["blur", "noise"])
    desk.drag(CORNER, OPPOSITE, modifiers=ALT)
    assert set(desk.selection) == {"blur"}


def test_a_band_selects_only_when_it_is_let_go(desk: Desk):
    desk.press(CORNER)
    desk.move(OPPOSITE)
    assert desk.selection == ()
    assert desk.scene.nodes["noise"].look.selected
    desk.key(Qt.Key.Key_Escape)
    assert not desk.scene.nodes["noise"].look.selected


def test_clicks_select_add_and_toggle(desk: Desk):
    desk.click(desk.title("noise"))
    desk.click(desk.title("lfo"), modifiers=SHIFT)
    assert desk.selection == ("noise", "lfo")
    desk.click(desk.title("noise"), modifiers=CTRL)
    assert desk.selection == ("lfo",)
    desk.click(QPointF(500, 300))
    assert desk.selection == ()


def test_a_click_on_one_of_many_selects_it_alone(desk: Desk):
    desk.session.select(["noise", "lfo"])
    desk.click(desk.title("lfo"))
    assert desk.selection == ("lfo",)


def test_arrows_walk_the_links(desk: Desk):
    desk.session.select(["blur"])
    desk.key(Qt.Key.Key_Right)
    assert desk.selection == ("output",)
    desk.key(Qt.Key.Key_Left)
    desk.key(Qt.Key.Key_Left)
    assert desk.selection == ("pattern",)


def test_an_arrow_begins_in_the_middle_when_nothing_is_selected(desk: Desk):
    desk.key(Qt.Key.Key_Right)
    assert len(desk.selection) == 1


def test_shift_and_up_or_down_select_along_the_links(desk: Desk):
    desk.session.select(["blur"])
    desk.key(Qt.Key.Key_Up, SHIFT)
    assert set(desk.selection) == {"pattern", "blur"}
    desk.key(Qt.Key.Key_Down, SHIFT)
    assert set(desk.selection) == {"pattern", "blur", "output"}


def test_ctrl_a_selects_everything_here(desk: Desk):
    desk.key(Qt.Key.Key_A, CTRL)
    assert set(desk.selection) == set(desk.session.graph.nodes)


def test_ctrl_and_arrows_nudge_in_one_step(desk: Desk):
    desk.session.select(["noise"])
    for _ in range(3):
        desk.key(Qt.Key.Key_Right, CTRL)
    assert desk.place("noise") == (-376, 100)
    assert desk.steps == ["Nudge"]


def test_a_click_picks_a_link_and_del_takes_it_away(desk: Desk):
    text = "blur.out -> output.frame"
    desk.click(desk.on_link(text))
    assert desk.scene.links[text].look.selected
    desk.key(Qt.Key.Key_Delete)
    assert text not in desk.links
    desk.session.undo()
    assert text in desk.links
