"""The prompt line: letters are letters while it is typed; Return waits for the bar."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.values import Prompt
from tests.app.perform.conftest import Stage

Key = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier


def typed(stage: Stage, text: str) -> None:
    """P, then a text."""
    stage.press(Key.Key_P)
    QTest.keyClicks(stage.focus, text)


def words(stage: Stage) -> Prompt:
    return stage.session.value("words", "text")


def test_p_begins_with_what_is_live_selected(stage: Stage):
    stage.press(Key.Key_P)
    field = stage.work.line.field
    assert (field.hasFocus(), field.selectedText()) == (True, "a river of neon light")


def test_while_typing_no_letter_number_or_space_is_a_command(stage: Stage):
    stage.store("One", 0, 0, radius=9.0)
    before = stage.radius()
    wanted: list[int] = []
    for signal in (stage.work.blackout_wanted, stage.work.freeze_wanted):
        signal.connect(lambda: wanted.append(1))
    typed(stage, "bfrtzxp 1,./")
    for key in (Key.Key_Backspace, Key.Key_Space, Key.Key_Left):
        QTest.keyClick(stage.focus, key)
    assert stage.work.line.field.text() == "bfrtzxp 1,. "
    assert (wanted, stage.radius(), stage.session.mix) == ([], before, 0)
    assert stage.work.is_typing


def test_the_line_says_that_keys_are_text(stage: Stage):
    stage.press(Key.Key_P)
    assert "TYPING" in stage.work.line.state.text()
    stage.press(Key.Key_Escape)
    assert "TYPING" not in stage.work.line.state.text()


def test_escape_leaves_and_changes_nothing(stage: Stage):
    typed(stage, "fire")
    stage.press(Key.Key_Escape)
    assert (words(stage), stage.work.hasFocus()) == (Prompt.of("a river of neon light"), True)


def test_shift_return_is_now_and_keys_play_again(stage: Stage):
    typed(stage, "fire")
    stage.press(Key.Key_Return, SHIFT)
    assert (words(stage), stage.work.hasFocus()) == (Prompt.of("fire"), True)


def test_return_waits_for_the_next_bar(running: Stage):
    running.tempo.set_bpm(240)
    running.play(0.02)
    running.tempo.resync()
    typed(running, "fire")
    running.press(Key.Key_Return)
    assert "next bar" in running.work.line.state.text()
    running.play(1.4)
    player = running.session.air.program.player
    ramp = player.runner("words").cells["text"].ramp
    beat = running.tempo.beat(ramp.start)
    assert (round(beat) % 4, abs(beat - round(beat)) < 1e-6) == (0, True)
    assert words(running) == Prompt.of("fire")


def test_one_key_brings_the_text_before_back(stage: Stage):
    for text in ("fire", "ash"):
        typed(stage, text)
        stage.press(Key.Key_Return)
    stage.press(Key.Key_P, SHIFT)
    assert words(stage) == Prompt.of("fire")
    stage.press(Key.Key_P, SHIFT)
    assert words(stage) == Prompt.of("a river of neon light")
    stage.press(Key.Key_P, SHIFT)
    assert stage.said == ["there is no earlier prompt"]


def test_up_and_down_walk_through_what_was_said(stage: Stage):
    for text in ("fire", "ash"):
        typed(stage, text)
        stage.press(Key.Key_Return)
    stage.press(Key.Key_P)
    seen = []
    for key in (Key.Key_Up, Key.Key_Up, Key.Key_Down):
        QTest.keyClick(stage.focus, key)
        seen.append(stage.work.line.field.text())
    assert seen == ["ash", "fire", "ash"]
    assert words(stage) == Prompt.of("ash")


def test_a_prompt_is_taken_back_as_a_cue_is(stage: Stage):
    typed(stage, "fire")
    stage.press(Key.Key_Return)
    stage.commands.run("cue.undo")
    assert words(stage) == Prompt.of("a river of neon light")


def test_an_input_method_keeps_its_return(stage: Stage):
    stage.press(Key.Key_P)
    field = stage.work.line.field
    field.clear()
    QApplication.sendEvent(field, QInputMethodEvent("かわ", []))
    QTest.keyClick(field, Key.Key_Return)
    assert field.hasFocus()
    done = QInputMethodEvent()
    done.setCommitString("川 🌊")
    QApplication.sendEvent(field, done)
    stage.press(Key.Key_Return)
    assert words(stage) == Prompt.of("川 🌊")


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_line_says_nothing(stage: Stage, text: str):
    stage.press(Key.Key_P)
    stage.work.line.field.setText(text)
    stage.press(Key.Key_Return)
    assert words(stage) == Prompt.of("a river of neon light")


def test_the_text_goes_to_the_prompt_that_was_chosen(stage: Stage):
    stage.work.prompts.choose("other.text")
    typed(stage, "fire")
    stage.press(Key.Key_Return)
    assert stage.session.value("other", "text") == Prompt.of("fire")
    assert stage.work.line.target.currentText() == "other.text"


def test_without_a_free_prompt_the_line_says_so(stage: Stage):
    stage.session.edit("Remove", stage.session.document.remove("words", "other"))
    stage.press(Key.Key_P)
    stage.work.line.field.setText("fire")
    stage.press(Key.Key_Return)
    assert stage.said == ["no prompt here is free: links drive them all"]


def test_a_text_longer_than_a_page_is_cut(stage: Stage):
    stage.work.prompts.say("x " * 5000)
    assert len(words(stage).pieces[0][0]) <= 2000


def test_a_text_that_was_not_said_is_one_key_away(stage: Stage):
    typed(stage, "half a thought")
    stage.press(Key.Key_Escape)
    assert stage.work.line.field.text() == "a river of neon light"
    stage.press(Key.Key_P)
    QTest.keyClick(stage.focus, Key.Key_Down)
    assert stage.work.line.field.text() == "half a thought"


def test_the_line_shows_what_a_cue_has_changed(stage: Stage):
    stage.session.cue({("words", "text"): "snow"})
    stage.tick()
    assert stage.work.line.field.text() == "snow"
