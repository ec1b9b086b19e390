"""Moving, copying, inserting, extracting nodes with the mouse."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt

from tests.app.canvas.tools.conftest import ALT, CTRL, NONE, RIGHT, SHIFT, Desk

UP = "pattern.out -> blur.frame"


def test_a_drag_moves_a_node_in_one_step(desk: Desk):
    desk.drag(desk.title("noise"), desk.title("noise") + QPointF(50, 30))
    assert desk.place("noise") == (-350, 130)
    assert desk.steps == ["Move"]
    desk.session.undo()
    assert desk.place("noise") == (-400, 100)


def test_the_item_follows_at_once_and_the_document_at_the_end(desk: Desk):
    before = desk.session.document
    desk.press(desk.title("noise"))
    desk.move(desk.title("noise") + QPointF(50, 30))
    assert desk.scene.nodes["noise"].pos() == QPointF(-350, 130)
    assert desk.session.document is before


def test_everything_selected_moves_together(desk: Desk):
    desk.session.select(["noise", "lfo"])
    desk.drag(desk.title("noise"), desk.title("noise") + QPointF(40, 0))
    assert (desk.place("noise"), desk.place("lfo")) == ((-360, 100), (-360, 300))


def test_a_shaky_click_moves_nothing(desk: Desk):
    before = desk.session.document
    at = desk.title("noise")
    desk.drag(at, at + QPointF(5, 5))
    assert desk.session.document is before
    assert desk.selection == ("noise",)


def test_a_slow_small_drag_moves(desk: Desk):
    at = desk.title("noise")
    desk.press(at)
    desk.move(at + QPointF(4, 0), time=10**9)
    desk.release(at + QPointF(4, 0))
    assert desk.place("noise") == (-396, 100)


def test_shift_snaps_to_the_grid(desk: Desk):
    at = desk.title("noise")
    desk.press(at)
    desk.move(at + QPointF(51, 29), modifiers=SHIFT)
    desk.release(at + QPointF(51, 29), modifiers=SHIFT)
    assert desk.place("noise") == (-352, 128)


def test_alt_drags_a_copy_and_leaves_the_original(desk: Desk):
    items = len(desk.scene.items())
    desk.drag(desk.title("noise"), desk.title("noise") + QPointF(0, -60), modifiers=ALT)
    assert desk.place("noise") == (-400, 100)
    assert desk.place("noise_2") == (-400, 40)
    assert desk.selection == ("noise_2",)
    assert len(desk.scene.items()) == items + 1


def test_a_node_dropped_on_a_link_is_put_into_it(desk: Desk):
    desk.drag(desk.title("sharpen"), desk.on_link(UP) - QPointF(0, 10))
    assert {"pattern.out -> sharpen.frame", "sharpen.out -> blur.frame"} <= desk.links
    assert len(desk.steps) == 1


def test_the_link_under_a_node_lights_up_and_neighbours_slide_right(desk: Desk):
    blur = desk.place("blur")
    desk.press(desk.title("sharpen"))
    desk.move(desk.on_link(UP) - QPointF(0, 10))
    assert desk.scene.links[UP].look.target
    desk.release(desk.on_link(UP) - QPointF(0, 10))
    assert desk.place("blur")[0] > blur[0]


def test_alt_keeps_a_node_from_being_inserted(desk: Desk):
    at = desk.on_link(UP) - QPointF(0, 10)
    desk.press(desk.title("sharpen"))
    desk.move(desk.title("sharpen") + QPointF(20, 0), at, modifiers=NONE)
    desk.move(at + QPointF(1, 0), modifiers=ALT)
    desk.release(at, modifiers=ALT)
    assert UP in desk.links


def test_a_node_that_does_not_fit_a_link_is_only_moved(desk: Desk):
    desk.drag(desk.title("lfo"), desk.on_link(UP) - QPointF(0, 10))
    assert UP in desk.links
    assert desk.steps == ["Move"]


def test_a_node_in_a_chain_is_not_inserted_elsewhere(desk: Desk):
    desk.drag(desk.out("noise"), desk.into("warp"))
    desk.drag(desk.title("blur"), desk.on_link("noise.out -> warp.frame") - QPointF(0, 10))
    assert UP in desk.links


def shake(desk: Desk, key: str) -> QPointF:
    at = desk.title(key)
    desk.press(at)
    for number in range(8):
        desk.move(at + QPointF(60 if number % 2 else -60, 40), time=number * 60)
    return at + QPointF(60, 40)


def test_a_node_that_is_shaken_leaves_its_chain_and_the_chain_heals(desk: Desk):
    desk.release(shake(desk, "blur"))
    assert desk.links == {"pattern.out -> output.frame"}
    assert desk.steps == ["Extract"]
    desk.session.undo()
    assert UP in desk.links


def test_esc_takes_a_shake_back(desk: Desk):
    before = desk.session.document
    shake(desk, "blur")
    desk.key(Qt.Key.Key_Escape)
    desk.release(QPointF(0, 0))
    assert desk.session.document is before
    assert not desk.scene.links[UP].look.dimmed


def test_a_slow_to_and_fro_is_no_shake(desk: Desk):
    at = desk.title("blur")
    desk.press(at)
    for number in range(8):
        desk.move(at + QPointF(60 if number % 2 else -60, 40), time=number * 900)
    desk.release(at + QPointF(60, 40))
    assert UP in desk.links


def test_the_knife_cuts_what_it_crosses_in_one_step(desk: Desk):
    desk.drag(QPointF(-150, -260), QPointF(-140, 0), button=RIGHT, modifiers=CTRL)
    assert UP not in desk.links
    assert desk.steps == ["Cut a link"]
    assert desk.hand.menus.open is None


def test_holding_y_makes_the_left_button_a_knife(desk: Desk):
    desk.hold(Qt.Key.Key_Y)
    desk.drag(QPointF(-150, -260), QPointF(-140, 0))
    desk.let_go(Qt.Key.Key_Y)
    assert UP not in desk.links
    desk.drag(QPointF(200, -260), QPointF(210, 0))
    assert "blur.out -> output.frame" in desk.links


def test_the_knife_over_nothing_is_no_step(desk: Desk):
    desk.drag(QPointF(500, 200), QPointF(560, 260), button=RIGHT, modifiers=CTRL)
    assert desk.steps == []


def test_a_double_click_leads_a_link_over_a_dot_that_can_be_dragged(desk: Desk):
    at = desk.on_link(UP)
    desk.double_click(at)
    assert len(desk.scene.links[UP].waypoints) == 1
    desk.drag(at, at + QPointF(0, 80))
    x, y = desk.scene.links[UP].waypoints[0]
    assert (x, y) == pytest.approx((at.x(), at.y() + 80), abs=2)
    desk.double_click(QPointF(x, y))
    assert desk.scene.links[UP].waypoints == ()
    assert desk.steps == ["Reroute", "Move a dot", "Remove a dot"]


def test_dots_between_nodes_that_move_go_along(desk: Desk):
    desk.double_click(desk.on_link(UP))
    x, y = desk.scene.links[UP].waypoints[0]
    desk.session.select(["pattern", "blur"])
    desk.drag(desk.title("blur"), desk.title("blur") + QPointF(10, 60))
    assert desk.scene.links[UP].waypoints == ((x + 10, y + 60),)


def test_a_frame_moves_what_lies_on_it(desk: Desk):
    desk.session.select(["noise", "lfo"])
    desk.key(Qt.Key.Key_G, CTRL)
    desk.hand.editor.close(keep=False)
    frame = next(iter(desk.scene.backdrops.values()))
    at = frame.rect.topLeft() + QPointF(60, 10)
    desk.drag(at, at + QPointF(0, -40))
    assert desk.place("noise") == (-400, 60)
    assert desk.place("warp") == (-100, 100)


def test_the_corner_of_a_frame_resizes_it(desk: Desk):
    desk.session.select(["noise"])
    desk.key(Qt.Key.Key_G, CTRL)
    desk.hand.editor.close(keep=False)
    frame = next(iter(desk.scene.backdrops.values()))
    before, corner = frame.rect, frame.rect.bottomRight() - QPointF(4, 4)
    desk.drag(corner, corner + QPointF(30, 20))
    after = next(iter(desk.scene.backdrops.values())).rect
    assert (after.width() - before.width(), after.height() - before.height()) == (30, 20)
    assert after.topLeft() == before.topLeft()


def test_the_knife_is_put_away_when_the_keyboard_goes_elsewhere(desk: Desk):
    desk.hold(Qt.Key.Key_Y)
    desk.view.clearFocus()
    assert not desk.hand.knife.is_out


def test_alt_click_leads_a_link_over_a_dot(desk: Desk):
    desk.click(desk.on_link(UP), modifiers=ALT)
    assert len(desk.scene.links[UP].waypoints) == 1


def test_alt_drags_a_frame_from_under_its_nodes(desk: Desk):
    desk.session.select(["noise", "lfo"])
    desk.key(Qt.Key.Key_G, CTRL)
    desk.hand.editor.close(keep=False)
    before = next(iter(desk.scene.backdrops.values())).rect
    at = before.topLeft() + QPointF(60, 10)
    desk.drag(at, at + QPointF(40, -40), modifiers=ALT)
    assert next(iter(desk.scene.backdrops.values())).rect == before.translated(40, -40)
    assert desk.place("noise") == (-400, 100)


def test_a_graph_that_is_locked_stays_as_it_is_and_says_so(desk: Desk):
    before, desk.session.locked = desk.session.document, True
    desk.drag(desk.title("noise"), desk.title("noise") + QPointF(50, 30))
    desk.drag(desk.out("noise"), desk.into("warp"))
    desk.session.select(["blur"])
    for key, held in ((Qt.Key.Key_G, CTRL), (Qt.Key.Key_C, NONE), (Qt.Key.Key_Delete, NONE)):
        desk.key(key, held)
    desk.key(Qt.Key.Key_Tab)
    desk.type("camera")
    assert desk.session.document is before
    assert desk.scene.nodes["noise"].pos() == QPointF(-400, 100)
    assert desk.hand.editor.field is None
    assert "locked" in desk.said[-1]
