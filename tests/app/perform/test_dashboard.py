"""Knobs and pad under the mouse: live, never an edit, faithful to what else moves the value."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from app.perform import macros as model
from app.perform.macro_editor import MacroEditor
from app.perform.strip import CueBar, DashboardStrip
from tests.app.perform.conftest import Stage

LEFT = Qt.MouseButton.LeftButton
SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def dash(stage: Stage) -> Stage:
    """The first knob moves the blur's radius from 0 to 10."""
    stage.work.add_macro("blur", "radius")
    document = model.set_range(stage.session.document, 0, "blur.radius", 0, 10)
    stage.session.edit("Range", document)
    stage.tick()
    return stage


def drag(widget: QWidget, path: list[QPoint], held: Qt.KeyboardModifier | None = None) -> None:
    """The left button down at the first point, through the others, and up at the last."""
    keys = held or Qt.KeyboardModifier.NoModifier
    QTest.mousePress(widget, LEFT, keys, path[0])
    for point in path[1:]:
        QTest.mouseMove(widget, point)
    QTest.mouseRelease(widget, LEFT, keys, path[-1])


def wheel(widget: QWidget, steps: int, held: Qt.KeyboardModifier) -> None:
    at = QPointF(widget.rect().center())
    turn = QPoint(0, 120 * steps)
    event = QWheelEvent(
        at, at, QPoint(), turn, Qt.MouseButton.NoButton, held, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(widget, event)


def test_a_knob_drawn_up_raises_its_parameter(dash: Stage):
    knob = dash.work.dashboard.knobs[0]
    before = dash.radius()
    drag(knob, [QPoint(30, 30), QPoint(30, 8)])
    assert dash.radius() == pytest.approx(before + 1.0, abs=0.01)


def test_a_thousand_moves_are_no_step_of_undo(dash: Stage):
    knob, steps = dash.work.dashboard.knobs[0], len(dash.session.history.labels)
    document = dash.session.document
    for move in range(1000):
        drag(knob, [QPoint(30, 30), QPoint(30, 28 if move % 2 else 32)])
    assert len(dash.session.history.labels) == steps
    assert dash.session.document is document


def test_adding_one_is_one_step_and_can_be_undone(stage: Stage):
    steps = len(stage.session.history.labels)
    stage.work.add_macro("blur", "radius")
    assert stage.session.history.labels[steps:] == ["Add macro"]
    stage.session.undo()
    assert not stage.work.dashboard.knobs[0].is_bound


def test_what_no_knob_can_move_is_said(stage: Stage):
    assert not stage.work.add_macro("words", "text")
    assert "no number" in stage.said[0]


def test_a_knob_shows_a_value_that_a_cue_moves(dash: Stage):
    dash.session.cue({("blur", "radius"): 2.5})
    dash.tick()
    knob = dash.work.dashboard.knobs[0]
    assert (knob.position, knob.text, knob.driver) == (0.25, "2.5 px", "cue")


def test_showing_a_value_moves_nothing(dash: Stage):
    dash.session.cue({("blur", "radius"): 2.5})
    dash.tick()
    assert dash.session.driven("blur", "radius") == "cue"


def test_a_double_click_lets_go(dash: Stage):
    before = dash.radius()
    knob = dash.work.dashboard.knobs[0]
    drag(knob, [QPoint(30, 30), QPoint(30, 0)])
    QTest.mouseDClick(knob, LEFT)
    assert dash.radius() == before


def test_the_wheel_turns_only_with_ctrl(dash: Stage):
    knob, before = dash.work.dashboard.knobs[0], dash.radius()
    wheel(knob, 1, Qt.KeyboardModifier.NoModifier)
    assert dash.radius() == before
    wheel(knob, 1, CTRL)
    assert dash.radius() == pytest.approx(before + 0.2, abs=0.01)


def test_arrow_keys_turn_a_knob(dash: Stage):
    knob, before = dash.work.dashboard.knobs[0], dash.radius()
    knob.setFocus()
    QTest.keyClick(knob, Qt.Key.Key_Up)
    assert dash.radius() == pytest.approx(before + 0.1, abs=0.01)


def test_a_click_on_a_free_knob_offers_what_it_could_move(stage: Stage):
    stage.click(stage.work.dashboard.knobs[3])
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert "blur" in [action.text() for action in menu.actions()]
    menu.close()


def test_the_pad_moves_two_things_at_once(stage: Stage):
    document = model.add_macro(stage.session.document, "blur", "radius", model.X)
    stage.session.edit("Pad", model.set_range(document, model.X, "blur.radius", 0, 10))
    stage.work.dashboard.add_macro("words", "mix", model.Y)
    pad = stage.work.dashboard.pad
    assert pad is not None
    drag(pad, [pad.rect().center(), QPoint(pad.width() - 10, 10)])
    assert (stage.radius(), stage.session.value("words", "mix")) == (10, 1)


def test_the_editor_sets_range_and_name(dash: Stage):
    MacroEditor(dash.session, 0, dash.work.dashboard).open_beside(dash.work.dashboard.knobs[0])
    editor = QApplication.activePopupWidget()
    assert isinstance(editor, MacroEditor)
    QTest.keyClicks(editor.name, "haze")
    QTest.keyClick(editor.name, Qt.Key.Key_Return)
    assert dash.work.dashboard.knobs[0].title == "haze"


def test_a_knob_whose_node_is_gone_is_free_and_comes_back_with_undo(dash: Stage):
    dash.session.edit("Remove", dash.session.document.remove("blur"))
    assert not dash.work.dashboard.knobs[0].is_bound
    dash.tick()
    dash.session.undo()
    assert dash.work.dashboard.knobs[0].is_bound


def test_another_document_has_its_own(dash: Stage):
    dash.session.new()
    dash.tick()
    assert not any(knob.is_bound for knob in dash.work.dashboard.knobs)


def test_the_strips_play_the_same_cues_and_knobs(dash: Stage, qtbot: object):
    dash.store("Soft", 0, 0, radius=9.0)
    bar, strip = CueBar(dash.session, dash.cues), DashboardStrip(dash.session)
    for widget in (bar, strip):
        widget.resize(1400, 90)
        widget.show()
        widget.tick()
    QTest.mouseClick(bar.grid.pads[0, 0], LEFT)
    strip.tick()
    assert (len(bar.grid.pads), dash.radius()) == (8, 9)
    assert strip.knobs[0].position == pytest.approx(0.9)
    bar.close()
    strip.close()
