"""The inspector follows the selection, the document and what drives it, and edits by hand."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.inspector.address import explained
from app.inspector.inspector import Inspector
from app.inspector.knob import Knob
from app.inspector.menu import plain_menu
from app.inspector.page import FIRST
from app.inspector.row import Row
from app.session import Session
from app.theme import tokens
from tests.app.inspector.conftest import Time, drag

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


class Paints(QObject):
    """Counts how often a widget is painted."""

    def __init__(self, widget) -> None:
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


def names(inspector: Inspector) -> list[str]:
    return [row.knob.name for row in inspector.rows]


def look_again(inspector: Inspector, clock: Time) -> None:
    clock.now += 0.05
    inspector.tick()


def test_it_shows_the_parameters_of_what_is_selected(inspector: Inspector) -> None:
    assert names(inspector) == ["radius", "shape", "linear"]
    inspector.session.select(["pattern"])
    assert names(inspector) == ["pattern", "cell"]


def test_nothing_selected_is_the_document_and_its_stream(inspector: Inspector) -> None:
    session = inspector.session
    session.select([])
    assert names(inspector) == ["title", "width", "height", "fps", "seed"]
    inspector.row("fps").field.type_into("29.97")
    inspector.row("fps").field._enter("29.97")
    assert str(session.graph.stream.fps) == "30000/1001"
    session.undo()
    assert session.graph.stream.fps == 24
    assert inspector.row("fps").field.number == 24


def test_a_size_that_cannot_be_is_brought_to_the_limit(inspector: Inspector) -> None:
    inspector.session.select([])
    width = inspector.row("width")
    width.field.type_into("3")
    width.field._enter("3")
    assert inspector.session.graph.stream.width == 16
    assert not width.knob.paste("wide")


def test_the_title_of_the_document_is_edited(inspector: Inspector) -> None:
    inspector.session.select([])
    title = inspector.row("title").field
    title.setFocus()
    QTest.keyClicks(title, "Neon river")
    QTest.keyClick(title, Qt.Key.Key_Return)
    assert inspector.session.document.title == "Neon river"


def test_undo_and_redo_are_seen(inspector: Inspector) -> None:
    session, field = inspector.session, inspector.row("radius").field
    drag(field, 90)
    session.undo()
    assert field.number == 4.0
    session.redo()
    assert field.number == 16.0


def test_a_node_is_renamed_at_the_top(inspector: Inspector) -> None:
    title = inspector.page.head.title
    title.setFocus()
    title.selectAll()
    QTest.keyClicks(title, "Soft focus")
    QTest.keyClick(title, Qt.Key.Key_Return)
    assert inspector.session.selection == ("soft_focus",)
    assert inspector.page.head.title.text() == "Soft focus"
    assert "/soft_focus/radius" in inspector.row("radius").toolTip()


def test_flags_are_switched_at_the_top(inspector: Inspector) -> None:
    session, flags = inspector.session, inspector.page.head.flags
    QTest.mouseClick(flags["bypass"], LEFT)
    assert session.graph.entry("blur").flags == {"bypass"}
    session.undo()
    assert not flags["bypass"].isChecked()


def test_several_nodes_of_a_type_are_edited_together(inspector: Inspector) -> None:
    session = inspector.session
    session.edit("Add", session.graph.add("compose.blur", "soft", radius=9.0))
    session.break_merge()
    session.select(["blur", "soft"])
    field = inspector.row("radius").field
    assert field.text() == "mixed"
    field.type_into("*2")
    field._enter("*2")
    assert [session.graph.value(key, "radius") for key in ("blur", "soft")] == [8.0, 18.0]
    drag(field, 30)
    assert session.graph.value("blur", "radius") == session.graph.value("soft", "radius")
    session.undo()
    assert [session.graph.value(key, "radius") for key in ("blur", "soft")] == [8.0, 18.0]


def test_nodes_of_several_types_can_be_gone_to(inspector: Inspector) -> None:
    inspector.session.select(["blur", "pattern"])
    assert names(inspector) == []
    assert inspector.page.head.title.text() == "2 nodes"


def test_many_parameters_are_folded_and_stay_as_they_were_left(inspector: Inspector) -> None:
    session = inspector.session
    session.edit("Add", session.graph.add("compose.transform", "move", bottom=0.5))
    session.select(["move"])
    more = inspector.page.more
    assert len(more.rows) == len(inspector.rows) - FIRST
    assert not more.rows[0].isVisible()
    assert more.text().endswith("1 changed)")
    QTest.mouseClick(more, LEFT)
    assert more.rows[0].isVisible()
    session.select(["blur"])
    session.select(["move"])
    assert inspector.page.more.rows[0].isVisible()


def test_a_value_away_from_its_default_is_marked_and_reset_by_the_label(inspector) -> None:
    row = inspector.row("radius")
    drag(row.field, 90)
    assert row.knob.is_modified
    QTest.mouseDClick(row, LEFT, NONE, row.label_rect().center())
    assert inspector.session.graph.value("blur", "radius") == 4.0


def test_the_dot_shows_and_hides_the_port(inspector: Inspector) -> None:
    row = inspector.row("radius")
    for shown in (("radius",), ()):
        QTest.mouseClick(row, LEFT, NONE, row.dot_rect().center())
        assert inspector.session.graph.entry("blur").expose == shown


def test_a_driven_value_moves_while_the_base_stays(inspector: Inspector, clock: Time) -> None:
    session, row = inspector.session, inspector.row("radius")
    session.set("blur", "radius", 30.0, "midi")
    look_again(inspector, clock)
    assert row.field._live == 30.0
    assert row.field._driver.color == tokens.current().color("driver.midi")
    assert row.field.number == 4.0
    assert "MIDI" in row.toolTip()
    session.release("blur", "radius", "midi")
    look_again(inspector, clock)
    assert row.field._driver is None


def test_a_link_tints_by_what_moves_it(inspector: Inspector, clock: Time) -> None:
    session = inspector.session
    graph = session.graph.add("control.lfo").add("control.number")
    session.edit("Link", graph.connect("lfo.out", "blur.radius"))
    look_again(inspector, clock)
    assert inspector.row("radius").field._driver.color == tokens.current().color("driver.lfo")
    session.edit("Link", session.graph.connect("number.out", "blur.radius"))
    look_again(inspector, clock)
    assert inspector.row("radius").field._driver.color == tokens.current().port(float).color


def test_a_driven_choice_is_said_below_a_list(inspector: Inspector, clock: Time) -> None:
    session = inspector.session
    session.edit("Add", session.graph.add("compose.blend", "blend"))
    session.select(["blend"])
    session.set("blend", "mode", "screen", "osc")
    look_again(inspector, clock)
    assert inspector.row("mode").live_line.text() == "now screen"


def test_a_thousand_live_changes_paint_thirty_times_a_second_and_are_no_steps(
    inspector: Inspector, clock: Time
) -> None:
    session, steps = inspector.session, list(inspector.session.history.labels)
    paints = Paints(inspector.row("radius").field)
    QApplication.processEvents()
    paints.count = 0
    for change in range(1000):
        session.set("blur", "radius", change % 40, "midi")
        clock.now += 0.001
        inspector.tick()
        QApplication.processEvents()
    assert 20 <= paints.count <= 31
    assert session.history.labels == steps


def test_rows_out_of_sight_are_not_looked_at(inspector: Inspector, clock: Time) -> None:
    session = inspector.session
    session.edit("Add", session.graph.add("compose.transform", "move"))
    session.select(["move"])
    session.set("move", "bottom", 0.5, "midi")
    look_again(inspector, clock)
    assert inspector.row("bottom").field._live is None


def test_the_ghost_of_a_control_is_shown_until_it_is_picked_up(inspector: Inspector) -> None:
    inspector.set_ghost("blur", "radius", 12.0)
    assert inspector.row("radius").field._ghost == 12.0
    inspector.session.select(["grade"])
    inspector.session.select(["blur"])
    assert inspector.row("radius").field._ghost == 12.0
    inspector.set_ghost("blur", "radius", None)
    assert inspector.row("radius").field._ghost is None


def test_while_performing_a_drag_is_live_and_no_step(inspector: Inspector) -> None:
    session, before = inspector.session, inspector.session.document
    inspector.setReadOnly(True)
    field = inspector.row("radius").field
    drag(field, 90, moves=10)
    assert session.value("blur", "radius") == pytest.approx(16)
    assert session.document is before
    assert field.number == pytest.approx(16)


def test_a_deleted_node_leaves_the_document(inspector: Inspector) -> None:
    session = inspector.session
    session.edit("Delete", session.document.remove("blur", heal=True))
    assert "title" in names(inspector)
    session.undo()
    session.select(["blur"])
    assert names(inspector)[0] == "radius"


def test_a_subgraph_shows_and_edits_what_it_promotes(inspector: Inspector) -> None:
    session = inspector.session
    exposed = session.document.with_graph(session.graph.expose("blur", "radius"))
    session.edit("Box", exposed.collapse(["blur"], "look"))
    session.break_merge()
    session.select(["look"])
    assert names(inspector) == ["radius"]
    drag(inspector.row("radius").field, 90)
    assert session.graph.value("look/blur", "radius") == pytest.approx(16)


def test_a_type_that_is_not_installed_has_nothing_to_set(inspector: Inspector) -> None:
    session = inspector.session
    text = session.text().replace('"compose.color"', '"strange.color"')
    session.open_text(text)
    session.select(["grade"])
    assert inspector.rows == []
    assert "strange.color" in inspector.page.head.about.text


def test_what_is_wrong_is_said_at_the_top(inspector: Inspector, clock: Time) -> None:
    inspector.session.select(["grade"])
    look_again(inspector, clock)
    assert "nothing linked" in inspector.page.head.trouble.text()


def test_another_theme_is_put_on(inspector: Inspector) -> None:
    dark = tokens.current()
    old = inspector.page
    tokens.put_on(tokens.load("light"))
    assert inspector.page is not old
    tokens.put_on(dark)


def test_commands_act_on_the_parameter_that_has_the_keyboard(inspector: Inspector, qapp) -> None:
    session, commands = inspector.session, inspector.commands()
    inspector.row("radius").field.setFocus()
    drag(inspector.row("radius").field, 90)
    commands["param.copy"]()
    commands["param.reset"]()
    assert session.graph.value("blur", "radius") == 4.0
    commands["param.paste"]()
    assert session.graph.value("blur", "radius") == 16.0
    commands["param.address"]()
    assert qapp.clipboard().text() == "/blur/radius"


def test_tab_walks_the_fields_in_their_order(inspector: Inspector) -> None:
    inspector.focus_first()
    seen = []
    for _ in inspector.rows:
        seen.append(inspector.focusWidget().accessibleName())
        inspector.focusNextPrevChild(True)
    assert seen == ["Radius", "Shape", "Linear"]


def test_every_control_has_a_name_and_a_tooltip(session: Session, qtbot: QtBot) -> None:
    for spec in session.registry.specs():
        for param in spec.params:
            row = Row(Knob(session, ("it",), param), explained(param, "it"), plain_menu, spec.id)
            qtbot.addWidget(row)
            assert row.field.accessibleName() == row.knob.label
            assert row.toolTip()


def test_it_stops_listening(inspector: Inspector) -> None:
    page = inspector.page
    inspector.close_down()
    inspector.session.select(["pattern"])
    assert inspector.page is page
    assert page.lines.mapTo(inspector, QPoint()).y() > 0
