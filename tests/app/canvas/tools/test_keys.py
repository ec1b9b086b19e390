"""What keys do to the selection."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from app.actions import ACTIONS
from app.editing.clipboard import MIME
from app.placement import place
from tests.app.canvas.tools.conftest import CTRL, SHIFT, Desk

Key = Qt.Key
UP = "pattern.out -> blur.frame"


@pytest.mark.parametrize(
    ("key", "modifier", "flag"),
    [
        (Key.Key_D, None, "bypass"),
        (Key.Key_M, None, "bypass"),
        (Key.Key_M, SHIFT, "mute"),
        (Key.Key_F, SHIFT, "hold"),
    ],
)
def test_flags_are_switched_on_and_off(desk: Desk, key: Key, modifier, flag: str):
    desk.session.select(["blur"])
    held = [modifier] if modifier else []
    desk.key(key, *held)
    assert desk.session.graph.entry("blur").flags == {flag}
    desk.key(key, *held)
    assert desk.session.graph.entry("blur").flags == frozenset()


@pytest.mark.parametrize(
    ("key", "modifier", "look"),
    [
        (Key.Key_H, None, "collapsed"),
        (Key.Key_H, CTRL, "hide_ports"),
        (Key.Key_P, None, "thumbnail"),
    ],
)
def test_looks_are_switched(desk: Desk, key: Key, modifier, look: str):
    desk.session.select(["blur"])
    desk.key(key, *([modifier] if modifier else []))
    assert getattr(place(desk.session.document, "blur"), look) is True
    assert len(desk.steps) == 1


def test_delete_heals_and_ctrl_delete_does_not(desk: Desk):
    desk.session.select(["blur"])
    desk.key(Key.Key_Delete)
    assert desk.links == {"pattern.out -> output.frame"}
    desk.session.undo()
    desk.session.select(["blur"])
    desk.key(Key.Key_Delete, CTRL)
    assert desk.links == set()


def test_extract_keeps_the_node_and_heals_the_link(desk: Desk):
    desk.session.select(["blur"])
    desk.key(Key.Key_X, CTRL | SHIFT)
    assert desk.links == {"pattern.out -> output.frame"}
    assert "blur" in desk.session.graph.nodes


def test_duplicates_with_and_without_inputs(desk: Desk):
    desk.session.select(["blur"])
    desk.key(Key.Key_D, CTRL)
    assert desk.selection == ("blur_2",)
    assert "pattern.out -> blur_2.frame" not in desk.links
    desk.session.select(["blur"])
    desk.key(Key.Key_D, CTRL | SHIFT)
    assert "pattern.out -> blur_3.frame" in desk.links


def test_copy_is_text_and_paste_puts_it_at_the_pointer(desk: Desk):
    desk.session.select(["pattern", "blur"])
    desk.key(Key.Key_C, CTRL)
    data = QGuiApplication.clipboard().mimeData()
    assert data.hasFormat(MIME)
    assert "compose.blur" in data.text()
    desk.move(QPointF(0, 300))
    desk.key(Key.Key_V, CTRL)
    assert set(desk.selection) == {"pattern_2", "blur_2"}
    assert "pattern_2.out -> blur_2.frame" in desk.links
    assert desk.place("pattern_2") == (0, 300)


def test_paste_with_inputs_links_what_fed_the_original(desk: Desk):
    desk.session.select(["blur"])
    desk.key(Key.Key_C, CTRL)
    desk.key(Key.Key_V, CTRL | SHIFT)
    assert "pattern.out -> blur_2.frame" in desk.links


def test_cut_takes_away_what_paste_brings_back(desk: Desk):
    desk.session.select(["noise"])
    desk.key(Key.Key_X, CTRL)
    assert "noise" not in desk.session.graph.nodes
    desk.key(Key.Key_V, CTRL)
    assert "noise" in desk.session.graph.nodes


@pytest.mark.parametrize("text", ["", "hello", "{}", "[1]", '{"format": 99}', "import os"])
def test_text_that_is_no_graph_is_refused_with_a_sentence(desk: Desk, text: str):
    before = desk.session.document
    QGuiApplication.clipboard().setText(text)
    desk.key(Key.Key_V, CTRL)
    assert desk.session.document.graph is before.graph
    assert not text or desk.said or text == "{}"


def test_a_frame_is_drawn_and_named(desk: Desk):
    desk.session.select(["noise", "warp"])
    desk.key(Key.Key_G, CTRL)
    QTest.keyClicks(desk.hand.editor.field, "Clouds")
    QTest.keyClick(desk.hand.editor.field, Key.Key_Return)
    assert [item.backdrop.title for item in desk.scene.backdrops.values()] == ["Clouds"]


def test_a_subgraph_is_made_entered_and_left(desk: Desk):
    desk.session.select(["blur"])
    desk.key(Key.Key_G, CTRL | SHIFT)
    (key,) = desk.selection
    assert desk.session.graph.entry(key).body is not None
    desk.key(Key.Key_I)
    assert desk.scene.path == key
    desk.key(Key.Key_U)
    assert desk.scene.path == ""
    desk.double_click(desk.body(key))
    assert desk.scene.path == key
    desk.key(Key.Key_Backspace)
    desk.session.select([key])
    desk.key(Key.Key_G, CTRL | Qt.KeyboardModifier.AltModifier)
    assert "blur" in desk.session.graph.nodes


def test_edits_inside_a_subgraph_stay_inside(desk: Desk):
    desk.session.select(["blur", "sharpen"])
    desk.key(Key.Key_G, CTRL | SHIFT)
    (key,) = desk.selection
    desk.scene.enter(key)
    desk.drag(desk.out(f"{key}/blur"), desk.title(f"{key}/sharpen"))
    assert [str(link) for link in desk.scene.graph.links] == ["blur.out -> sharpen.frame"]
    desk.session.select([f"{key}/sharpen"])
    desk.key(Key.Key_Tab)
    desk.type("edges")
    assert f"{key}/edges" in desk.scene.nodes


def test_a_note_is_written(desk: Desk):
    desk.move(QPointF(400, 100))
    desk.key(Key.Key_C)
    QTest.keyClicks(desk.hand.editor.field, "**Slow** part")
    QTest.keyClick(desk.hand.editor.field, Key.Key_Return, CTRL)
    (item,) = desk.scene.notes.values()
    assert (item.note.text, item.note.rect[:2]) == ("**Slow** part", (400.0, 100.0))
    desk.click(item.rect.center())
    desk.key(Key.Key_Delete)
    assert not desk.scene.notes


def test_esc_keeps_a_note_and_undo_takes_it_back(desk: Desk):
    desk.key(Key.Key_C)
    QTest.keyClicks(desk.hand.editor.field, "slow")
    QTest.keyClick(desk.hand.editor.field, Key.Key_Escape)
    assert next(iter(desk.scene.notes.values())).note.text == "slow"
    desk.session.undo()
    assert next(iter(desk.scene.notes.values())).note.text == ""


def test_letters_typed_into_a_note_are_no_commands(desk: Desk):
    desk.session.select(["blur"])
    desk.key(Key.Key_C)
    QTest.keyClicks(desk.hand.editor.field, "dmh")
    QTest.keyClick(desk.hand.editor.field, Key.Key_Escape)
    assert desk.session.graph.entry("blur").flags == frozenset()
    assert next(iter(desk.scene.notes.values())).note.text == "dmh"


def test_layout_is_one_step(desk: Desk):
    desk.key(Key.Key_L, SHIFT)
    assert desk.steps == ["Lay out"]
    assert desk.place("pattern")[0] < desk.place("blur")[0] < desk.place("output")[0]


def test_layout_of_a_selection_leaves_the_rest(desk: Desk):
    desk.session.select(["pattern", "blur"])
    desk.key(Key.Key_L)
    assert desk.place("noise") == (-400, 100)


def test_align_and_straighten(desk: Desk):
    desk.session.select(["noise", "warp"])
    desk.hand.commands()["layout.left"]()
    assert desk.place("noise")[0] == desk.place("warp")[0]


def test_swapping_exchanges_the_first_two_inputs(desk: Desk):
    desk.session.edit("Add", desk.session.graph.add("compose.blend"))
    desk.session.edit("Link", desk.session.graph.connect("noise.out", "blend.base"))
    desk.session.select(["blend"])
    desk.key(Key.Key_X, SHIFT)
    assert "noise.out -> blend.top" in desk.links


def test_join_links_the_selection_in_a_row(desk: Desk):
    desk.session.select(["noise", "warp", "sharpen"])
    desk.key(Key.Key_J)
    assert {"noise.out -> warp.frame", "warp.out -> sharpen.frame"} <= desk.links


@pytest.mark.parametrize("how", ["F2", "double click"])
def test_a_node_is_renamed_in_its_title(desk: Desk, how: str):
    desk.session.select(["blur"])
    desk.key(Key.Key_F2) if how == "F2" else desk.double_click(desk.title("blur"))
    field = desk.hand.editor.field
    field.selectAll()
    QTest.keyClicks(field, "Soft look")
    QTest.keyClick(field, Key.Key_Return)
    assert "pattern.out -> soft_look.frame" in desk.links
    assert desk.scene.nodes["soft_look"].face.title == "Soft look"
    assert desk.selection == ("soft_look",)


def test_esc_leaves_the_name(desk: Desk):
    before = desk.session.document
    desk.session.select(["blur"])
    desk.key(Key.Key_F2)
    QTest.keyClicks(desk.hand.editor.field, "other")
    QTest.keyClick(desk.hand.editor.field, Key.Key_Escape)
    assert desk.session.document is before
    assert desk.hand.editor.field is None


def test_a_click_elsewhere_keeps_the_name(desk: Desk):
    desk.session.select(["noise"])
    desk.key(Key.Key_F2)
    desk.hand.editor.field.setText("mist")
    desk.click(QPointF(500, 300))
    assert "mist" in desk.session.graph.nodes


def test_numbers_send_the_selection_to_monitors(desk: Desk):
    asked: list[tuple[int, str, str]] = []
    desk.hand.monitor_asked.listen(lambda *what: asked.append(what))
    desk.session.select(["blur"])
    desk.key(Key.Key_2)
    desk.session.select(["output"])
    desk.key(Key.Key_1)
    assert asked == [(2, "blur", "out"), (1, "blur", "out")]


def test_enter_opens_the_inspector_and_w_wipes(desk: Desk):
    asked: list[str] = []
    desk.hand.inspect_asked.listen(lambda: asked.append("inspect"))
    desk.hand.wipe_asked.listen(lambda: asked.append("wipe"))
    desk.key(Key.Key_Return)
    desk.key(Key.Key_W)
    assert asked == ["inspect", "wipe"]


def test_every_command_is_in_the_table_and_harmless_without_a_selection(desk: Desk):
    table = {action.id: action for action in ACTIONS}
    before = desk.session.document
    for id, call in desk.hand.commands().items():
        assert table[id].scope == "canvas" or id.startswith("help.")
        if id not in ("graph.add", "graph.note", "layout.all", "clip.paste", "clip.paste_linked"):
            call()
            desk.session.select(())
    assert desk.session.document is before


def test_help_is_asked_for_the_type_of_the_node(desk: Desk):
    asked: list[str] = []
    desk.hand.help_asked.listen(asked.append)
    desk.session.select(["blur"])
    desk.hand.commands()["help.node"]()
    assert asked == ["compose.blur"]
