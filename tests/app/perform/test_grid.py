"""The pads: struck, they launch; free, they store; locked, they only play."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from app.cues.cue import pads, read_cues
from app.perform.cue_editor import CueEditor
from tests.app.perform.conftest import Stage

SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier


def menu_of() -> QMenu:
    found = QApplication.activePopupWidget()
    assert isinstance(found, QMenu)
    return found


def choose(text: str) -> None:
    """An entry of the menu that is open."""
    menu = menu_of()
    action = next(action for action in menu.actions() if action.text() == text)
    menu.close()
    action.trigger()


def test_there_are_eight_by_four_pads_large_enough_for_a_thumb(stage: Stage):
    assert len(stage.work.grid.pads) == 32
    assert all(min(pad.width(), pad.height()) >= 64 for pad in stage.work.grid.pads.values())


def test_a_struck_pad_launches_its_cue(stage: Stage):
    stage.store("Soft", 1, 3, radius=9.0)
    stage.click(stage.work.grid.pads[1, 3])
    assert stage.radius() == 9


def test_a_pad_answers_at_the_press(stage: Stage):
    stage.store("Soft", 0, 0, radius=9.0)
    QTest.mousePress(stage.work.grid.pads[0, 0], Qt.MouseButton.LeftButton)
    assert stage.radius() == 9


def test_a_number_key_launches_the_cue_of_the_first_row(stage: Stage):
    stage.store("Soft", 0, 4, radius=9.0)
    stage.press(Qt.Key.Key_5)
    assert stage.radius() == 9


def test_a_free_pad_offers_what_could_be_stored_the_row_s_own_first(stage: Stage):
    stage.click(stage.work.grid.pads[0, 0])
    offers = [action.text() for action in menu_of().actions() if action.text()]
    menu_of().close()
    assert offers == ["Store here", "Look", "Prompts", "What was touched", "Everything"]


def test_what_is_stored_is_what_is_live_and_can_be_undone(stage: Stage):
    stage.session.set("blur", "radius", 7.0)
    stage.click(stage.work.grid.pads[2, 1])
    choose("What was touched")
    document = stage.session.document
    assert read_cues(document)[pads(document)[2, 1]].values == {"blur.radius": 7.0}
    stage.session.undo()
    assert stage.work.grid.pads[2, 1].cue is None


def test_a_cue_of_the_first_row_restores_the_look(stage: Stage):
    stage.session.set("blur", "radius", 7.0)
    stage.work.grid.store(0, 0)
    stage.session.set("blur", "radius", 1.0)
    stage.press(Qt.Key.Key_1)
    assert stage.radius() == 7


def test_nothing_to_store_is_said(stage: Stage):
    stage.work.grid.store(3, 3, "What was touched")
    assert stage.said == ["what was touched: there is nothing to store"]


def test_locked_pads_launch_and_store_nothing(stage: Stage):
    stage.store("Soft", 0, 0, radius=9.0)
    stage.click(stage.work.lock)
    before = stage.session.document
    stage.click(stage.work.grid.pads[3, 3])
    assert QApplication.activePopupWidget() is None
    stage.press(Qt.Key.Key_1, CTRL, SHIFT)
    stage.click(stage.work.grid.pads[0, 0])
    assert (stage.session.document is before, stage.radius()) == (True, 9)


def test_a_cue_is_carried_to_another_pad_with_alt(stage: Stage):
    stage.store("Soft", 0, 0, radius=9.0)
    pad, goal = stage.work.grid.pads[0, 0], stage.work.grid.pads[2, 2]
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, ALT)
    there = pad.mapFromGlobal(goal.mapToGlobal(QPoint(20, 20)))
    QTest.mouseMove(pad, there)
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, ALT, there)
    assert (goal.cue is not None, pad.cue) == (True, None)


def test_the_menu_of_a_cue_deletes_and_copies_it(stage: Stage):
    stage.store("Soft", 0, 0, radius=9.0)
    grid = stage.work.grid
    for text in ("Duplicate", "Delete"):
        grid._cue_menu((0, 0), grid.pads[0, 0].cue).popup(QPoint(5, 5))
        choose(text)
    assert [cue.name for cue in read_cues(stage.session.document)] == ["Soft 2"]


def test_the_editor_renames_and_sets_the_fade_as_typed(stage: Stage):
    stage.store("Soft", 0, 0, radius=9.0)
    stage.work.grid.edit(0, 0)
    editor = QApplication.activePopupWidget()
    assert isinstance(editor, CueEditor)
    QTest.keyClicks(editor.name, "Mist 8")
    editor.fade.setValue(3.5)
    editor.fade.setValue(4.0)
    QTest.keyClick(editor.name, Qt.Key.Key_Return)
    assert stage.session.document.cues[0]["fade"] == 4.0
    assert stage.session.document.cues[0]["name"] == "Mist 8"
    assert stage.session.history.labels[-2:] == ["Cue fade", "Rename cue"]


def test_a_waiting_pad_pulses_and_a_running_one_fills(running: Stage):
    running.store("Soft", 0, 0, radius=9.0)
    running.change(0, 0, quantize=16)
    pad = running.work.grid.pads[0, 0]
    running.play(0.1)
    running.click(pad)
    assert pad.light.waits
    running.click(pad)
    assert not pad.light.waits
    running.change(0, 0, quantize=0, fade=5.0)
    running.click(pad)
    running.play(0.1)
    assert 0 < (pad.light.progress or 0) < 0.5


def test_the_beat_of_a_launch_is_exact_on_the_running_engine(running: Stage):
    running.store("Soft", 0, 0, radius=9.0)
    running.tempo.set_bpm(300)
    running.change(0, 0, quantize=1, fade=0.0)
    running.play(0.05)
    running.press(Qt.Key.Key_1)
    running.play(0.4)
    runner = running.session.air.program.player.runner("blur")
    ramp = runner.cells["radius"].ramp
    beat = running.tempo.beat(ramp.start)
    assert abs(beat - round(beat)) < 1e-6


def test_return_in_the_editor_cuts_nothing(stage: Stage):
    stage.store("Soft", 0, 0, radius=9.0)
    stage.session.set_blind(True)
    program = stage.session.air.program
    stage.work.grid.edit(0, 0)
    editor = QApplication.activePopupWidget()
    assert isinstance(editor, CueEditor)
    QTest.keyClick(editor.fade, Qt.Key.Key_Return)
    QTest.keyClick(editor.name, Qt.Key.Key_Return)
    assert stage.session.air.program is program


def test_a_name_that_is_taken_is_numbered_once(stage: Stage):
    stage.store("Soft", 0, 0, radius=9.0)
    stage.store("Hard", 0, 1, radius=1.0)
    stage.work.grid.edit(0, 1)
    editor = QApplication.activePopupWidget()
    assert isinstance(editor, CueEditor)
    QTest.keyClicks(editor.name, "Soft")
    QTest.keyClick(editor.name, Qt.Key.Key_Return)
    assert stage.session.document.cues[1]["name"] == "Soft 2"
