"""Drawing, pulling off, branching and moving links with the mouse."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from tests.app.canvas.tools.conftest import ALT, CTRL, NONE, RIGHT, SHIFT, Desk

SPACE = QPointF(520, 60)


def test_dragging_from_port_to_port_links_them_in_one_step(desk: Desk):
    desk.drag(desk.out("noise"), desk.into("warp"))
    assert "noise.out -> warp.frame" in desk.links
    assert desk.steps == ["Link"]
    desk.session.undo()
    assert "noise.out -> warp.frame" not in desk.links


def test_a_link_is_drawn_from_an_input_backwards_too(desk: Desk):
    desk.drag(desk.into("warp"), desk.out("noise"))
    assert "noise.out -> warp.frame" in desk.links


def test_click_and_click_link_too(desk: Desk):
    desk.click(desk.out("noise"))
    desk.move(desk.into("warp"))
    assert desk.hand.gesture is not None
    desk.click(desk.into("warp"))
    assert "noise.out -> warp.frame" in desk.links
    assert desk.hand.gesture is None


def test_a_port_within_24_pixels_draws_the_end(desk: Desk):
    desk.drag(desk.out("noise"), desk.into("warp") + QPointF(-20, 8))
    assert "noise.out -> warp.frame" in desk.links


def test_nodes_that_take_nothing_are_dimmed_and_ports_that_do_are_lit(desk: Desk):
    desk.press(desk.out("noise"))
    desk.move(SPACE)
    nodes = desk.scene.nodes
    assert nodes["pattern"].look.dimmed
    assert ("frame", False) in nodes["warp"].look.lit
    assert not nodes["warp"].look.dimmed
    desk.key(Qt.Key.Key_Escape)
    assert not any(item.look.dimmed or item.look.lit for item in nodes.values())


def test_a_refusal_says_why_and_changes_nothing(desk: Desk):
    before = desk.session.document
    desk.drag(desk.out("lfo"), desk.into("warp"))
    assert desk.session.document is before
    assert "float" in desk.said[-1]


def test_a_conversion_is_announced_and_made(desk: Desk):
    desk.press(desk.out("noise"))
    desk.move(desk.into("warp", "flow"))
    assert desk.hand.gesture.aim.reason == "Optical flow goes between"
    desk.release(desk.into("warp", "flow"))
    assert {"noise.out -> flow.frame", "flow.out -> warp.flow"} <= desk.links
    assert len(desk.steps) == 1


def test_a_drop_on_a_node_takes_the_first_free_input_that_fits(desk: Desk):
    desk.drag(desk.out("noise"), desk.title("warp"))
    assert "noise.out -> warp.frame" in desk.links


def test_a_number_dropped_on_a_node_chooses_the_parameter_it_drives(desk: Desk):
    desk.drag(desk.out("lfo"), desk.title("blur"))
    desk.choose("radius")
    assert "lfo.out -> blur.radius" in desk.links
    assert desk.session.graph.entry("blur").expose == ("radius",)
    assert len(desk.steps) == 1


def test_a_menu_that_is_left_changes_nothing(desk: Desk):
    before = desk.session.document
    desk.drag(desk.out("lfo"), desk.title("blur"))
    desk.hand.menus.open.close()
    assert desk.session.document is before


def test_a_loop_is_refused_and_a_delay_offered(desk: Desk):
    desk.drag(desk.out("blur"), desk.title("sharpen"))
    desk.drag(desk.out("sharpen"), desk.into("blur"))
    assert not any("sharpen.out" in link for link in desk.links)
    desk.choose("Link through a Delay")
    assert {"sharpen.out -> delay.frame", "delay.out -> blur.frame"} <= desk.links


def test_no_delay_is_advised_where_none_would_help(desk: Desk):
    desk.session.edit("Paint", desk.session.graph.add("generate.image_stream", "paint"))
    graph = desk.session.graph.connect("paint.out", "blur.frame")
    desk.session.edit("Link", graph)
    desk.drag(desk.out("blur"), desk.into("paint"))
    assert not any(link.startswith("blur.out -> paint") for link in desk.links)
    assert desk.said[-1].startswith("Even through a Delay")


def test_pulling_a_link_off_and_dropping_it_in_space_takes_it_away(desk: Desk):
    desk.drag(desk.into("blur"), SPACE)
    assert "pattern.out -> blur.frame" not in desk.links
    desk.session.undo()
    assert "pattern.out -> blur.frame" in desk.links


def test_a_link_that_is_pulled_off_lands_on_another_input(desk: Desk):
    desk.drag(desk.into("blur"), desk.into("warp"))
    assert "pattern.out -> warp.frame" in desk.links
    assert "pattern.out -> blur.frame" not in desk.links
    assert len(desk.steps) == 1


def test_a_link_put_back_where_it_was_is_no_step(desk: Desk):
    before = desk.session.document
    desk.drag(desk.into("blur"), SPACE, desk.into("blur"))
    assert desk.session.document is before


def test_the_graph_keeps_the_link_while_it_hangs_on_the_pointer(desk: Desk):
    desk.press(desk.into("blur"))
    desk.move(SPACE)
    assert "pattern.out -> blur.frame" in desk.links
    assert not desk.scene.links["pattern.out -> blur.frame"].isVisible()
    desk.key(Qt.Key.Key_Escape)
    assert desk.scene.links["pattern.out -> blur.frame"].isVisible()


def test_shift_branches_a_link(desk: Desk):
    desk.drag(desk.into("blur"), desk.into("warp"), modifiers=SHIFT)
    assert {"pattern.out -> warp.frame", "pattern.out -> blur.frame"} <= desk.links


def test_ctrl_moves_every_link_of_an_output(desk: Desk):
    desk.drag(desk.out("pattern"), desk.into("warp"))
    desk.drag(desk.out("pattern"), desk.out("noise"), modifiers=CTRL)
    assert {"noise.out -> warp.frame", "noise.out -> blur.frame"} <= desk.links
    assert not any(link.startswith("pattern") for link in desk.links)
    assert len(desk.steps) == 2


def test_many_links_dropped_in_space_stay(desk: Desk):
    before = desk.session.document
    desk.drag(desk.out("pattern"), SPACE, modifiers=CTRL)
    assert desk.session.document is before


def test_alt_click_breaks_the_links_of_a_port(desk: Desk):
    desk.click(desk.out("blur"), modifiers=ALT)
    assert desk.links == {"pattern.out -> blur.frame"}


def test_alt_click_sets_a_dot_while_a_link_hangs(desk: Desk):
    desk.click(desk.out("noise"))
    desk.move(QPointF(-200, 40), modifiers=NONE)
    desk.click(QPointF(-200, 40), modifiers=ALT)
    desk.move(desk.into("warp"), modifiers=NONE)
    desk.click(desk.into("warp"))
    text = "noise.out -> warp.frame"
    assert desk.session.document.view["@waypoints"] == {text: [[-200.0, 40.0]]}


def test_alt_sets_a_dot_while_the_button_is_down(desk: Desk):
    desk.press(desk.out("noise"))
    desk.move(QPointF(-200, 40))
    desk.hold(Qt.Key.Key_Alt)
    desk.let_go(Qt.Key.Key_Alt)
    desk.move(desk.into("warp"))
    desk.release(desk.into("warp"))
    assert len(desk.scene.links["noise.out -> warp.frame"].waypoints) == 1


def test_another_button_ends_a_hanging_link(desk: Desk):
    before = desk.session.document
    desk.click(desk.out("noise"))
    desk.move(SPACE)
    desk.click(SPACE, RIGHT)
    assert desk.hand.gesture is None
    assert desk.session.document is before


def test_undo_ends_the_gesture_that_is_under_way(desk: Desk):
    desk.drag(desk.out("noise"), desk.into("warp"))
    desk.press(desk.into("warp"))
    desk.move(SPACE)
    desk.session.undo()
    assert desk.hand.gesture is None
    desk.release(SPACE)
    assert desk.steps == []


def test_the_canvas_zooms_and_pans_while_a_link_hangs(desk: Desk):
    desk.click(desk.out("noise"))
    desk.move(SPACE)
    desk.view.camera.zoom_at(QPointF(600, 400), 0.8)
    desk.view.camera.pan(30, 10)
    desk.move(desk.into("warp"))
    desk.click(desk.into("warp"))
    assert "noise.out -> warp.frame" in desk.links


def test_a_link_at_the_border_pans_the_view_and_stays_on_the_pointer(desk: Desk):
    desk.press(desk.out("noise"))
    edge = desk.view.to_scene(QPointF(1195, 400))
    desk.move(edge)
    before = desk.view.seen().right()
    desk.view.tick()
    assert desk.view.seen().right() > before
    assert desk.hand.gesture.aim.at.x() > edge.x()
    desk.key(Qt.Key.Key_Escape)
    assert not desk.view.edge_pan


def test_alt_and_the_right_button_link_node_to_node(desk: Desk):
    desk.drag(desk.body("noise"), desk.body("warp"), button=RIGHT, modifiers=ALT)
    assert "noise.out -> warp.frame" in desk.links


def test_small_nodes_are_moved_and_not_linked(desk: Desk):
    desk.view.camera.look_at(QPointF(0, 0), 0.2)
    desk.drag(desk.out("noise") - QPointF(4, 0), QPointF(-100, 300))
    assert desk.steps == ["Move"]


def test_shift_asks_for_a_parameter_where_an_input_would_fit(desk: Desk):
    desk.session.edit("Add", desk.session.graph.add("control.math"))
    desk.session.edit("Add", desk.session.graph.add("control.envelope"))
    at = desk.title("envelope")
    desk.press(desk.out("lfo"))
    desk.move(at, modifiers=SHIFT)
    desk.release(at, modifiers=SHIFT)
    desk.choose("attack")
    assert "lfo.out -> envelope.attack" in desk.links
