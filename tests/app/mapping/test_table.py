"""The list of mappings: edited in place, undone, greyed while its device is away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from app.mapping.model import CURVE, HIGH, INVERT, LIT_ROLE, LOW, MODE, TAKEOVER
from app.mapping.table import MappingPanel
from tests.app.mapping.conftest import Desk

ROWS: tuple[dict[str, Any], ...] = (
    {"param": "blur.radius", "source": "midi:nanoKONTROL2/1/cc/74"},
    {"param": "blur.radius", "source": "midi:Launchpad/1/cc/1"},
    {"param": "@action.run", "action": "cue.go", "source": "key:Space"},
    {"param": "blur.radius", "source": "what is this"},
    {"param": "gone.x", "source": "osc:/fader"},
    {"param": "words.text", "source": "osc:/words"},
)


@pytest.fixture
def panel(desk: Desk, qtbot: QtBot) -> Iterator[MappingPanel]:
    made = MappingPanel(desk.session, desk.rig)
    qtbot.addWidget(made)
    made.resize(760, 240)
    made.show()
    desk.session.edit("Words", desk.session.graph.add("control.prompt", "words"))
    desk.session.edit("Bind", replace(desk.session.document, bindings=ROWS))
    desk.session.break_merge()
    yield made
    made.model.close_down()


def text(panel: MappingPanel, row: int, column: int) -> Any:
    return panel.model.index(row, column).data()


def put(panel: MappingPanel, row: int, column: int, value: Any, role: Any = None) -> bool:
    role = role or Qt.ItemDataRole.EditRole
    return panel.model.setData(panel.model.index(row, column), value, role)


def test_every_binding_is_a_row(panel: MappingPanel, qtmodeltester: ModelTester) -> None:
    qtmodeltester.check(panel.model)
    assert [text(panel, row, 1) for row in range(6)] == [
        "CC 74, channel 1 · nanoKONTROL2",
        "CC 1, channel 1 · Launchpad",
        "Space",
        "what is this",
        "/fader",
        "/words",
    ]
    assert [text(panel, row, 2) for row in range(6)] == [
        *("blur.radius", "blur.radius", "cue.go", "cannot be read", "gone.x", "words.text")
    ]


def test_what_does_nothing_now_says_why(panel: MappingPanel) -> None:
    said = [panel.model.problem(row) for row in range(6)]
    assert said[0] == said[2] == ""
    assert said[1] == "Launchpad is not plugged in; the mapping waits for it"
    assert "is no control" in said[3]
    assert "there is no node 'gone'" in said[4]
    assert "is no number or choice" in said[5]
    assert [text(panel, 5, column) for column in (LOW, HIGH)] == ["", ""]
    assert "6 mappings, 4 waiting" in panel._count.text()


def test_a_device_that_comes_back_is_no_longer_grey(panel: MappingPanel, desk: Desk) -> None:
    desk.cables.plugged.append("Launchpad")
    assert desk.rig.midi is not None
    desk.rig.midi.look()
    panel.tick()
    assert panel.model.problem(1) == ""


def test_cells_change_the_document_and_are_undone(panel: MappingPanel, desk: Desk) -> None:
    assert put(panel, 0, TAKEOVER, "scale")
    assert put(panel, 0, MODE, "relative, offset")
    assert put(panel, 0, CURVE, "s")
    assert put(panel, 0, LOW, "2")
    assert put(panel, 0, HIGH, "8")
    assert put(panel, 0, INVERT, Qt.CheckState.Checked.value, Qt.ItemDataRole.CheckStateRole)
    assert desk.session.document.bindings[0] == {
        **ROWS[0],
        "range": [2.0, 8.0],
        "takeover": "scale",
        "mode": "relative",
        "encoder": "offset",
        "curve": "s",
        "invert": True,
    }
    for _ in range(6):
        desk.session.undo()
    assert desk.session.document.bindings == ROWS


@pytest.mark.parametrize("wrong", ["x", "nan", "1e999", "8"])
def test_a_range_that_is_none_is_refused(panel: MappingPanel, desk: Desk, wrong: str) -> None:
    put(panel, 0, LOW, "8")
    before = desk.session.document
    assert not put(panel, 0, HIGH, wrong)
    assert desk.session.document is before
    assert desk.said


def test_an_empty_range_is_all_of_it_again(panel: MappingPanel, desk: Desk) -> None:
    put(panel, 0, LOW, "2")
    put(panel, 0, LOW, "")
    assert "range" not in desk.session.document.bindings[0]


def test_delete_takes_the_selected_rows_away_in_one_step(panel: MappingPanel, desk: Desk) -> None:
    panel.table.selectRow(3)
    panel.table.setFocus()
    QTest.keyClick(panel.table, Qt.Key.Key_Delete)
    assert len(desk.session.document.bindings) == 5
    panel.table.selectAll()
    panel.remove_selected()
    assert desk.session.document.bindings == ()
    assert panel._pages.currentIndex() == 1
    desk.session.undo()
    assert panel.model.rowCount() == 5


def test_a_list_of_choices_opens_in_its_cell(panel: MappingPanel, desk: Desk) -> None:
    index = panel.model.index(0, TAKEOVER)
    panel.table.edit(index)
    [box] = panel.table.findChildren(QComboBox)
    assert [box.itemText(at) for at in range(box.count())] == ["none", "pickup", "scale"]
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Down)
    box.activated.emit(box.currentIndex())
    assert desk.session.document.bindings[0]["takeover"] == "scale"


def test_what_has_no_meaning_cannot_be_edited(panel: MappingPanel) -> None:
    flags = [panel.model.flags(panel.model.index(2, column)) for column in range(9)]
    editable = [bool(f & Qt.ItemFlag.ItemIsEditable) for f in flags]
    assert editable == [False, False, False, True, False, False, False, False, False]
    assert not panel.model.flags(panel.model.index(3, LOW)) & Qt.ItemFlag.ItemIsEditable


def test_what_is_called_is_struck_or_held(panel: MappingPanel, desk: Desk) -> None:
    mode = panel.model.index(2, MODE)
    assert (mode.data(), panel.model.choices(mode)) == ("trigger", ("trigger", "momentary"))
    assert put(panel, 2, MODE, "momentary")
    assert desk.session.document.bindings[2]["mode"] == "momentary"


def test_a_moving_control_lights_its_row(panel: MappingPanel, desk: Desk) -> None:
    desk.turn(5)
    panel.tick()
    assert panel.model.index(0, 0).data(LIT_ROLE)
    assert not panel.model.index(1, 0).data(LIT_ROLE)
