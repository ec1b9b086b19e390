"""Learning by moving: a knob, a button, three kinds of endless encoder, fine pairs, notes, keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.control.learn import Learned, Learner
from app.control.midi import Decoder
from app.control.source import Touch, parse

if TYPE_CHECKING:
    from tests.app.control.conftest import Play


def learn(*messages: tuple[int, ...]) -> Learned | None:
    """What a device's messages teach, the control resting at the end."""
    decoder, learner = Decoder("X"), Learner()
    for number, message in enumerate(messages):
        for touch in decoder.touches(message):
            learned = learner.offer(touch, number * 0.01)
            if learned:
                return learned
    return learner.settled(100.0)


def cc(*values: int, number: int = 74) -> list[tuple[int, ...]]:
    return [(0xB0, number, value) for value in values]


@pytest.mark.parametrize(
    ("values", "mode", "encoder"),
    [
        ((60, 61, 62, 64, 66, 67), "continuous", "twos"),
        ((3, 4, 5, 6, 5, 4), "continuous", "twos"),
        ((127,), "toggle", "twos"),
        ((127, 0), "toggle", "twos"),
        ((127, 0, 127, 0, 127, 0), "toggle", "twos"),
        ((1, 1, 1, 127, 127, 1), "relative", "twos"),
        ((1, 2, 1, 65, 66, 65), "relative", "signed"),
        ((65, 65, 63, 63, 62, 65), "relative", "offset"),
        ((65, 66, 65, 65, 65, 65), "relative", "offset"),
        ((64, 64, 65, 66, 66, 67), "continuous", "twos"),
    ],
)
def test_the_stream_of_values_tells_what_a_control_is(
    values: tuple[int, ...], mode: str, encoder: str
) -> None:
    assert learn(*cc(*values)) == Learned(parse("midi:X/1/cc/74"), mode, encoder)


def test_a_pair_is_learned_as_one_fine_control() -> None:
    pairs = [(0xB0, number, value) for lsb in (3, 40, 77) for number, value in [(7, 9), (39, lsb)]]
    assert learn(*pairs) == Learned(parse("midi:X/1/cc/7"), resolution=14)


def test_a_note_is_learned_at_its_press_and_not_at_a_release() -> None:
    assert learn((0x80, 60, 0)) is None
    assert learn((0x90, 60, 90)) == Learned(parse("midi:X/1/note/60"), "toggle")


def test_a_program_is_learned_with_its_number() -> None:
    assert learn((0xC0, 5)) == Learned(parse("midi:X/1/program/5"), "trigger")


def test_a_pitch_wheel_needs_to_move_twice() -> None:
    assert learn((0xE0, 1, 64), (0xE0, 9, 65)) == Learned(parse("midi:X/1/pitch"))


def test_the_control_that_moves_most_is_meant() -> None:
    learned = learn(*cc(3, number=1), *cc(10, 12, 14, 17, 19, 22))
    assert learned is not None
    assert learned.source.number == 74


def test_while_it_learns_nothing_is_driven(play: Play) -> None:
    stage = play({"param": "knobs.on", "source": "midi:1/note/60", "mode": "toggle"})
    learned: list[Learned] = []
    stage.hub.learn(learned.append)
    stage.hub.touch(Touch(parse("audio:low"), 0.9))
    stage.turn("midi:X/1/note/60", 100)
    assert stage.value("on") is False
    assert [str(each.source) for each in learned] == ["midi:X/1/note/60"]
    assert not stage.hub.is_learning
    stage.turn("midi:X/1/note/60", 0, 100)
    assert stage.value("on") is True


def test_a_control_that_rests_is_learned_at_a_tick(play: Play) -> None:
    import time

    stage, learned = play(), list[Learned]()
    stage.hub.learn(learned.append)
    stage.turn("midi:X/1/cc/7", 40)
    stage.hub.tick()
    assert learned == []
    end = time.monotonic() + 5
    while not learned and time.monotonic() < end:
        time.sleep(0.02)
        stage.hub.tick()
    assert learned == [Learned(parse("midi:X/1/cc/7"))]
