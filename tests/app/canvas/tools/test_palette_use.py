"""The palette over the canvas: where nodes land and what they are linked to."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from app.palette.offers import Offer
from tests.app.canvas.tools.conftest import ALT, CTRL, SHIFT, Desk

SPACE = QPointF(420, 60)


@pytest.mark.parametrize(("key", "modifier"), [(Qt.Key.Key_Tab, None), (Qt.Key.Key_A, SHIFT)])
def test_the_palette_opens_by_key_and_enter_places_under_the_pointer(desk: Desk, key, modifier):
    desk.move(SPACE)
    desk.key(key, *([modifier] if modifier else []))
    desk.type("test pattern")
    x, y = desk.place("pattern_2")
    item = desk.scene.nodes["pattern_2"]
    assert item.rect.contains(SPACE)
    assert (x, y) == (SPACE.x() - 90, SPACE.y() - 13)
    assert desk.selection == ("pattern_2",)
    assert len(desk.steps) == 1


def test_a_double_click_on_empty_canvas_opens_it(desk: Desk):
    desk.double_click(SPACE)
    desk.type("camera")
    assert "camera" in desk.session.graph.nodes


def test_esc_leaves_the_graph_as_it_is(desk: Desk):
    before = desk.session.document
    desk.double_click(SPACE)
    desk.type("camera", Qt.Key.Key_Escape)
    assert desk.session.document is before


def test_a_new_node_is_linked_to_the_one_that_is_selected(desk: Desk):
    desk.session.select(["noise"])
    desk.key(Qt.Key.Key_Tab)
    desk.type("edges")
    assert "noise.out -> edges.frame" in desk.links
    assert len(desk.steps) == 1


def test_a_new_source_feeds_the_one_that_is_selected(desk: Desk):
    desk.session.select(["warp"])
    desk.key(Qt.Key.Key_Tab)
    desk.type("solid color")
    assert "solid.out -> warp.frame" in desk.links


def test_types_that_do_not_match_are_not_linked_unless_forced(desk: Desk):
    desk.session.select(["lfo"])
    desk.key(Qt.Key.Key_Tab)
    desk.type("edges")
    desk.session.select(["lfo"])
    desk.key(Qt.Key.Key_Tab)
    desk.type("blur", Qt.Key.Key_Return, SHIFT)
    assert [link for link in desk.links if "lfo" in link] == ["lfo.out -> blur_2.radius"]


def test_alt_enter_places_without_a_link(desk: Desk):
    desk.session.select(["noise"])
    desk.key(Qt.Key.Key_Tab)
    desk.type("edges", Qt.Key.Key_Return, ALT)
    assert "noise.out -> edges.frame" not in desk.links


def test_many_selected_are_not_linked(desk: Desk):
    desk.session.select(["noise", "pattern"])
    desk.key(Qt.Key.Key_Tab)
    desk.type("edges")
    assert not any("edges" in link for link in desk.links)


def test_a_link_dropped_on_empty_canvas_asks_for_what_fits_and_links_it(desk: Desk):
    desk.drag(desk.out("noise"), SPACE)
    assert desk.scene.pending.isVisible()
    desk.type("edges")
    assert "noise.out -> edges.frame" in desk.links
    assert not desk.scene.pending.isVisible()


def test_a_loose_input_asks_for_what_gives(desk: Desk):
    desk.drag(desk.into("warp", "flow"), QPointF(-200, 40))
    listing = desk.hand.placing.palette.listing
    assert [listing.topLevelItem(i).text(0) for i in range(listing.topLevelItemCount())] == [
        "Optical flow",
        "World",
    ]
    desk.type("")
    assert "flow.out -> warp.flow" in desk.links


def test_leaving_the_palette_lets_the_link_go(desk: Desk):
    before = desk.session.document
    desk.drag(desk.out("noise"), SPACE)
    desk.type("", Qt.Key.Key_Escape)
    assert desk.session.document is before
    assert not desk.scene.pending.isVisible()


def test_what_was_linked_is_counted(desk: Desk):
    desk.drag(desk.out("noise"), SPACE)
    desk.type("edges")
    usage = desk.hand.placing._usage
    assert usage.weight("compose.edges", after="sources.noise") > usage.weight("compose.edges")
    assert usage.path.is_file()


def test_a_saved_selection_is_pasted(desk: Desk, tmp_path):
    desk.session.select(["noise", "warp"])
    desk.key(Qt.Key.Key_C, CTRL)
    file = tmp_path / "pair.json"
    from PySide6.QtGui import QGuiApplication

    file.write_text(QGuiApplication.clipboard().text())
    desk.hand.placing.place(Offer("saved.pair", "pair", "saved", "", file=file), SPACE)
    assert set(desk.selection) == {"noise_2", "warp_2"}


def test_the_palette_swallows_letters_that_are_shortcuts(desk: Desk):
    desk.session.select(["blur"])
    desk.key(Qt.Key.Key_Tab)
    QTest.keyClicks(desk.hand.placing.palette.search, "d")
    assert desk.session.graph.entry("blur").flags == frozenset()
    desk.hand.placing.palette.hide()


def test_a_loose_link_is_offered_first_what_a_person_linked_there_before(desk: Desk):
    for _ in range(20):
        desk.hand.placing._usage.linked("sources.noise", "compose.tile")
    desk.drag(desk.out("noise"), SPACE)
    assert desk.hand.placing.palette.listing.offer().id == "compose.tile"
    desk.hand.placing.palette.hide()
