"""Playing a show by keys: GO, taking back, panic, black while held, snapshots, re-anchoring."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox
from pytestqt.qtbot import QtBot

from app.cues import edits
from tests.app.perform.conftest import Stage

Key = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier


def test_space_launches_what_stands_by_and_moves_on(stage: Stage):
    stage.store("One", 0, 0, radius=5.0)
    stage.store("Two", 0, 1, radius=9.0)
    stage.press(Key.Key_Space)
    assert (stage.radius(), stage.cues.standby.name) == (5, "Two")
    stage.press(Key.Key_Space)
    assert stage.radius() == 9


def test_go_answers_the_mouse_and_shows_what_it_launches(stage: Stage):
    stage.store("One", 0, 0, radius=5.0)
    stage.tick()
    assert stage.work.go.accessibleName() == "GO One"
    stage.click(stage.work.go)
    assert stage.radius() == 5


def test_behind_the_last_cue_the_stage_says_that_the_list_is_over(stage: Stage):
    card = stage.work.next
    stage.tick()
    assert card.way.accessibleName() == "Store a cue: click a free pad"
    stage.store("One", 0, 0, radius=5.0)
    stage.press(Key.Key_Space)
    stage.tick()
    assert card.way.accessibleName().startswith("The list is at its end")


def test_the_card_shows_prompts_first(stage: Stage):
    prompt = {"blend": "linear", "pieces": [["lava", 1.0]]}
    values = {f"blur.p{n}": float(n) for n in range(20)}
    stage.session.edit(
        "Store",
        edits.store(stage.session.document, {**values, "a.prompt": prompt}, row=0, column=0),
    )
    stage.tick()
    assert stage.work.next.values.text().splitlines()[0] == "a.prompt  lava"


def test_a_click_in_the_list_lets_a_cue_stand_by_and_launches_nothing(stage: Stage):
    for name in ("One", "Two", "Three"):
        stage.store(name, 1, ("One", "Two", "Three").index(name), radius=9.0)
    before = stage.radius()
    item = stage.work.list.topLevelItem(2)
    place = stage.work.list.visualItemRect(item).center()
    QTest.mouseClick(stage.work.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert (stage.cues.standby.name, stage.radius()) == ("Three", before)


def test_keys_play_on_after_a_click_in_the_list(stage: Stage):
    stage.store("One", 0, 0, radius=5.0)
    stage.store("Two", 0, 1, radius=9.0)
    place = stage.work.list.visualItemRect(stage.work.list.topLevelItem(1)).center()
    QTest.mouseClick(stage.work.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    stage.press(Key.Key_Space)
    assert stage.radius() == 9


def test_backspace_stands_by_at_the_cue_before(stage: Stage):
    stage.store("One", 0, 0, radius=5.0)
    stage.press(Key.Key_Space)
    stage.press(Key.Key_Backspace)
    assert stage.cues.standby.name == "One"


def test_taking_the_last_cue_back_returns_the_values(stage: Stage):
    before = stage.radius()
    stage.store("One", 0, 0, radius=5.0)
    stage.press(Key.Key_Space)
    stage.commands.run("cue.undo")
    assert (stage.radius(), stage.cues.standby.name) == (before, "One")


def test_ctrl_z_takes_back_what_was_played_and_never_an_edit(stage: Stage):
    stage.commands.offer({"edit.undo": stage.session.undo})
    stage.commands.scope("global", stage.window)
    before, document = stage.radius(), stage.session.document
    stage.store("One", 0, 0, radius=5.0)
    stage.press(Key.Key_Space)
    stage.press(Key.Key_Z, CTRL)
    assert (stage.radius(), stage.session.document is document) == (before, False)
    stage.press(Key.Key_Z, CTRL)
    assert stage.said == ["no cue was launched that could be taken back"]


def test_snapshots_are_stored_and_recalled_by_keys(stage: Stage):
    stage.session.set("blur", "radius", 6.0)
    stage.press(Key.Key_3, CTRL, SHIFT)
    stage.session.set("blur", "radius", 1.0)
    stage.press(Key.Key_3, SHIFT)
    assert stage.radius() == 6
    assert stage.work.snapshots.slots[2].is_full


def test_a_stored_snapshot_can_be_undone(stage: Stage):
    stage.click(stage.work.snapshots.slots[0])
    assert stage.work.snapshots.slots[0].is_full
    stage.session.undo()
    assert not stage.work.snapshots.slots[0].is_full


def test_escape_twice_asks_for_the_safe_look_and_once_does_not(stage: Stage, qtbot: QtBot):
    with qtbot.assertNotEmitted(stage.work.safe_look_wanted):
        stage.press(Key.Key_Escape)
    with qtbot.waitSignal(stage.work.safe_look_wanted, timeout=1000):
        stage.press(Key.Key_Escape)


def test_a_tapped_b_stays_black_and_a_held_one_ends_with_the_key(stage: Stage, qtbot: QtBot):
    heard: list[int] = []
    stage.work.blackout_wanted.connect(lambda: heard.append(1))
    stage.press(Key.Key_B)
    assert len(heard) == 1
    QTest.keyPress(stage.focus, Key.Key_B)
    qtbot.wait(450)
    QTest.keyRelease(stage.focus, Key.Key_B)
    assert len(heard) == 3
    stage.commands.run("perform.blackout")
    qtbot.wait(450)
    stage.press(Key.Key_T)
    assert len(heard) == 4


@pytest.mark.parametrize(
    ("button", "signal"),
    [("black", "blackout_wanted"), ("freeze", "freeze_wanted"), ("safe", "safe_look_wanted")],
)
def test_the_buttons_of_need_say_what_is_wanted(
    stage: Stage, qtbot: QtBot, button: str, signal: str
):
    with qtbot.waitSignal(getattr(stage.work, signal), timeout=1000):
        stage.click(getattr(stage.work.panic, button))


def test_buttons_show_what_the_output_does(stage: Stage):
    stage.work.show_output(black=True, frozen=False, safe=True)
    panic = stage.work.panic
    lit = [button.isChecked() for button in (panic.black, panic.freeze, panic.safe)]
    assert lit == [True, False, True]


def test_a_re_anchor_waits_for_the_beat(running: Stage):
    running.tempo.set_bpm(240)
    running.play(0.05)
    epochs = running.session.air.program.player.runner("blur").outs[0].epoch
    running.press(Key.Key_R)
    assert running.work.panic.reanchor.isChecked()
    running.play(0.4)
    assert running.session.air.program.player.runner("blur").outs[0].epoch > epochs
    assert not running.work.panic.reanchor.isChecked()


def test_taps_on_t_set_the_tempo_and_the_number_follows(running: Stage):
    for _ in range(4):
        running.press(Key.Key_T)
        running.play(0.1)
    assert running.tempo.bpm > 200
    assert running.work.tempo.bpm.value() == pytest.approx(running.tempo.bpm, abs=0.06)


def test_a_typed_tempo_is_the_tempo_and_keys_play_again(stage: Stage):
    field = stage.work.tempo.bpm
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "93.5")
    QTest.keyClick(field, Key.Key_Return)
    assert stage.tempo.bpm == pytest.approx(93.5)
    assert stage.work.hasFocus()


def test_a_typed_number_launches_and_cuts_nothing(stage: Stage):
    stage.store("One", 0, 0, radius=5.0)
    before = stage.radius()
    stage.session.set_blind(True)
    program = stage.session.air.program
    stage.work.morph.time.setFocus()
    stage.work.morph.time.selectAll()
    for key in (Key.Key_1, Key.Key_Space, Key.Key_Return):
        QTest.keyClick(stage.work.morph.time, key)
    assert (stage.cues.desk.fade, stage.radius()) == (1.0, before)
    assert stage.session.air.program is program


def test_the_desk_s_choices_are_the_player_s(stage: Stage):
    stage.click(stage.work.morph.curves["square"])
    stage.click(stage.work.morph.beats[8])
    stage.work.morph.unit.setCurrentIndex(1)
    stage.work.morph.time.setValue(3)
    desk = stage.cues.desk
    assert (desk.curve, desk.quantize, desk.beats) == ("square", 8, 3)


def test_return_cuts_to_the_preview_and_z_and_x_move_the_fader(running: Stage):
    session = running.session
    running.click(running.work.fader.blind)
    preview = session.air.preview
    running.press(Key.Key_X)
    running.press(Key.Key_X)
    running.press(Key.Key_Z)
    assert session.mix == pytest.approx(0.05)
    assert running.work.fader.fader.value() == 50
    running.press(Key.Key_Return)
    assert session.air.program is preview


def test_without_a_preview_the_fader_is_off(stage: Stage):
    stage.press(Key.Key_X)
    assert (stage.session.mix, stage.work.fader.fader.isEnabled()) == (0, False)


def test_a_fader_drawn_to_its_end_has_taken_the_preview(running: Stage):
    running.click(running.work.fader.blind)
    preview, fader = running.session.air.preview, running.work.fader.fader
    middle = fader.rect().center()
    QTest.mousePress(fader, Qt.MouseButton.LeftButton, pos=middle)
    assert running.session.mix == pytest.approx(0.5, abs=0.02)
    QTest.mouseMove(fader, fader.rect().center() + fader.rect().bottomRight())
    running.tick()
    assert running.session.air.program is preview
    assert fader.value() == 0


def test_every_command_is_in_the_table_and_every_control_has_a_name(stage: Stage):
    assert set(stage.work.commands()) <= set(stage.commands.actions)
    for kind in (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox):
        for control in stage.work.findChildren(kind):
            inner = control.objectName().startswith("qt_") or control.inherits("QScrollBar")
            assert inner or control.accessibleName(), control


def test_it_fits_a_small_screen(stage: Stage):
    smallest = stage.work.minimumSizeHint()
    assert (smallest.width() <= 1340, smallest.height() <= 740) == (True, True), smallest
