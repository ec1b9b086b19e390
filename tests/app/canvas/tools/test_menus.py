"""What a right click offers, and that it does it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from tests.app.canvas.tools.conftest import CTRL, RIGHT, Desk

UP = "pattern.out -> blur.frame"
SPACE = QPointF(420, 60)


def test_a_node_under_the_click_is_selected_and_bypassed_from_its_menu(desk: Desk):
    desk.click(desk.body("blur"), RIGHT)
    assert desk.selection == ("blur",)
    desk.choose("Bypass")
    assert desk.session.graph.entry("blur").flags == {"bypass"}


def test_a_menu_on_one_of_many_keeps_the_selection(desk: Desk):
    desk.session.select(["blur", "noise"])
    desk.click(desk.body("blur"), RIGHT)
    assert desk.selection == ("blur", "noise")


def test_a_link_takes_a_node_a_dot_or_goes(desk: Desk):
    desk.click(desk.on_link(UP), RIGHT)
    assert {"Insert node…", "Add a dot", "Probe here", "Delete link"} <= set(desk.entries())
    desk.choose("Insert node…")
    desk.type("edges")
    assert {"pattern.out -> edges.frame", "edges.out -> blur.frame"} <= desk.links


def test_a_link_is_deleted_from_its_menu(desk: Desk):
    desk.click(desk.on_link(UP), RIGHT)
    desk.choose("Delete link")
    assert UP not in desk.links


def test_a_link_is_told_how_to_queue(desk: Desk):
    desk.click(desk.on_link(UP), RIGHT)
    queue = next(a for a in desk.hand.menus.open.actions() if a.text() == "When it queues")
    next(a for a in queue.menu().actions() if a.text() == "Lose nothing").trigger()
    assert f"{UP} [lossless]" in desk.links


def test_a_probe_shows_what_a_link_carries(desk: Desk):
    asked: list[tuple[int, str, str]] = []
    desk.hand.monitor_asked.listen(lambda *what: asked.append(what))
    desk.click(desk.on_link(UP), RIGHT)
    desk.choose("Probe here")
    assert asked == [(1, "pattern", "out")]


def test_a_port_breaks_its_links_or_takes_a_node(desk: Desk):
    desk.click(desk.out("blur"), RIGHT)
    desk.choose("Break links")
    assert desk.links == {UP}
    desk.click(desk.out("blur"), RIGHT)
    desk.choose("Add node…")
    desk.type("edges")
    assert "blur.out -> edges.frame" in desk.links


def test_a_parameter_shown_as_a_port_is_hidden_with_its_link(desk: Desk):
    desk.drag(desk.out("lfo"), desk.title("blur"))
    desk.choose("radius")
    desk.click(desk.into("blur", "radius"), RIGHT)
    desk.choose("Hide this parameter")
    assert "lfo.out -> blur.radius" not in desk.links
    assert desk.session.graph.entry("blur").expose == ()


def test_inside_a_subgraph_a_port_is_shown_outside(desk: Desk):
    desk.session.select(["blur"])
    desk.key(Qt.Key.Key_G, CTRL | Qt.KeyboardModifier.ShiftModifier)
    (key,) = desk.selection
    desk.scene.enter(key)
    desk.click(desk.into(f"{key}/blur", "mask"), RIGHT)
    desk.choose("Show outside")
    assert "mask" in desk.session.graph.entry(key).border.inputs


def test_the_canvas_takes_a_note(desk: Desk):
    desk.click(SPACE, RIGHT)
    desk.choose("Note")
    desk.hand.editor.close(keep=False)
    assert len(desk.scene.notes) == 1


def test_a_menu_shows_the_keys_of_its_commands(desk: Desk):
    desk.click(SPACE, RIGHT)
    assert "Add node…\tTab" in [a.text() for a in desk.hand.menus.open.actions()]
    desk.hand.menus.open.close()
    assert desk.hand.menus.open is None


def test_a_selection_is_saved_and_found_in_the_palette(desk: Desk):
    desk.session.select(["noise", "warp"])
    desk.click(desk.body("warp"), RIGHT)
    desk.choose("Save selection as…")
    desk.hand.editor.field.setText("My clouds")
    desk.hand.editor.close(keep=True)
    desk.key(Qt.Key.Key_Tab)
    desk.type("my clouds")
    assert set(desk.selection) == {"noise_2", "warp_2"}
