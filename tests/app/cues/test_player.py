"""Playing cues on a real engine: on the beat, forth and back without a jump, one after another."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.packet import FLICKS_PER_SECOND
from engine.values import Prompt
from tests.app.cues.rig import Rig

UP = {"name": "up", "set": {"paint.level": 1.0}}
SIDE = {"name": "side", "set": {"paint.hue": 1.0}, "row": 1, "column": 0}
FIRE = {"name": "fire", "set": {"paint.text": "fire"}, "row": 2, "column": 0}
DOWN = {"name": "down", "set": {"paint.level": 0.0}}


def level(rig: Rig) -> float:
    return rig.value("paint", "level")


def test_a_cue_fades_its_values_in():
    rig = Rig(UP)
    rig.cues.launch(rig.named("up"))
    rig.pass_time(0.25)
    assert level(rig) == pytest.approx(0.25)
    assert rig.cues.progress(rig.named("up")) == pytest.approx(0.25)
    rig.pass_time(1)
    assert (level(rig), rig.cues.progress(rig.named("up"))) == (1, None)


@pytest.mark.parametrize("beats", [1, 4, 8, 16])
def test_a_quantized_cue_begins_at_the_very_time_of_its_beat(beats: int):
    rig = Rig({**UP, "quantize": beats})
    rig.tempo.set_bpm(133)
    rig.pass_time(0.1)
    rig.cues.launch(rig.named("up"))
    assert rig.cues.light(rig.named("up")).waits
    rig.pass_time(beats * 60 / 133 + 0.1)
    [(_, _, at)] = rig.launched
    assert at == rig.tempo.pts_of(beats)
    assert not rig.cues.light(rig.named("up")).waits


def test_a_cue_that_waits_follows_a_tempo_that_changes():
    rig = Rig({**UP, "quantize": 4})
    rig.pass_time(0.5)
    rig.cues.launch(rig.named("up"))
    rig.tempo.set_bpm(240)
    rig.pass_time(1)
    assert rig.launched[0][2] == rig.tempo.pts_of(4)


def test_of_cues_that_wait_in_a_row_the_latest_wins():
    rig = Rig(UP, DOWN, SIDE)
    rig.cues.set_desk(quantize=4)
    rig.pass_time(0.2)
    for name in ("up", "side", "down"):
        rig.cues.launch(rig.named(name))
    rig.pass_time(2)
    assert [values for values, _, _ in rig.launched] == [
        {("paint", "level"): 0.0},
        {("paint", "hue"): 1.0},
    ]


def test_pressing_a_cue_that_waits_calls_it_off():
    rig = Rig({**UP, "quantize": 4})
    rig.pass_time(0.2)
    rig.cues.press(rig.named("up"))
    rig.cues.press(rig.named("up"))
    rig.pass_time(3)
    assert rig.launched == []


def test_pressing_a_cue_on_its_way_turns_it_back_without_a_jump():
    rig = Rig(UP)
    rig.cues.press(rig.named("up"))
    rig.pass_time(0.5)
    rig.cues.press(rig.named("up"))
    assert level(rig) == pytest.approx(0.5)
    rig.pass_time(0.25)
    assert level(rig) == pytest.approx(0.25)
    assert rig.cues.progress(rig.named("up")) == pytest.approx(0.25)
    rig.pass_time(0.5)
    assert (level(rig), rig.cues.progress(rig.named("up"))) == (0, None)


def test_a_key_that_repeats_launches_once():
    rig = Rig(UP)
    for _ in range(5):
        rig.cues.launch_pad(0, 0)
        rig.pass_time(0.05)
    assert len(rig.launched) == 1


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["up", "down", "side", "fire", "undo", "turn"]),
        st.floats(0, 0.7, allow_subnormal=False),
    ),
    max_size=12,
)


@settings(deadline=None, max_examples=40)
@given(MOVES, st.sampled_from(["linear", "s", "square", "inverse"]))
def test_whatever_is_launched_turned_and_taken_back_nothing_jumps(
    moves: list[tuple[str, float]], curve: str
):
    rig = Rig(UP, DOWN, SIDE, FIRE)
    rig.cues.set_desk(curve=curve, fade=0.5)
    for move, gap in moves:
        before = values(rig)
        play(rig, move)
        assert values(rig) == pytest.approx(before)
        rig.pass_time(gap)


def play(rig: Rig, move: str) -> None:
    if move == "undo":
        rig.cues.undo()
    elif move == "turn":
        rig.cues.turn_back(rig.named("up"))
    else:
        rig.cues.press(rig.named(move))


def values(rig: Rig) -> dict[str, Any]:
    pieces = dict(rig.value("paint", "text").pieces)
    words = {f"text {word}": pieces.get(word, 0.0) for word in ("sea", "fire")}
    return {name: rig.value("paint", name) for name in ("level", "hue")} | words


def test_a_new_prompt_comes_in_by_weight():
    rig = Rig({**FIRE, "fade": 2.0})
    rig.cues.launch(rig.named("fire"))
    rig.pass_time(0.5)
    assert rig.value("paint", "text").pieces == (("sea", 0.75), ("fire", 0.25))
    rig.pass_time(2)
    assert rig.value("paint", "text") == Prompt.of("fire")


def test_undo_returns_to_the_values_before_by_the_same_fade():
    rig = Rig({**UP, "fade": 2.0})
    rig.set("paint", "level", 0.4)
    rig.cues.launch(rig.named("up"))
    rig.pass_time(3)
    rig.cues.undo()
    rig.pass_time(1)
    assert level(rig) == pytest.approx(0.7)
    rig.pass_time(2)
    assert level(rig) == pytest.approx(0.4)


def test_undo_goes_back_step_by_step_and_first_calls_off_what_waits():
    rig = Rig(UP, DOWN)
    for name in ("up", "down"):
        rig.cues.launch(rig.named(name))
        rig.pass_time(1.5)
    rig.cues.launch(rig.named("up"), quantize=16)
    for expected in (0, 1, 0):
        rig.cues.undo()
        rig.pass_time(1.5)
        assert level(rig) == pytest.approx(expected)
    rig.cues.undo()


def test_go_walks_through_the_list_and_stops_behind_its_end():
    rig = Rig(UP, SIDE, {"name": "snap", "set": {}, "row": -1, "column": 0})
    standing = []
    for _ in range(3):
        standing.append(rig.cues.standby and rig.cues.standby.name)
        rig.cues.go()
    assert (standing, len(rig.launched)) == (["up", "side", None], 2)
    assert rig.heard == ["the cue list is at its end"]


def test_back_stands_by_at_the_cue_before_and_touches_nothing():
    rig = Rig(UP, SIDE)
    rig.cues.go()
    rig.cues.go()
    rig.cues.back()
    assert (rig.cues.standby.name, len(rig.launched)) == ("side", 2)
    rig.cues.back()
    rig.cues.back()
    assert rig.cues.standby.name == "up"


def test_go_without_cues_says_so():
    rig = Rig()
    rig.cues.go()
    assert rig.heard == ["no cue is stored yet"]


def test_a_cue_that_continues_takes_the_next_one_along():
    rig = Rig({**UP, "follow": "continue"}, {**SIDE, "pre_wait": 0.5})
    rig.cues.go()
    rig.pass_time(0.4)
    assert len(rig.launched) == 1
    rig.pass_time(0.2)
    assert rig.launched[1][2] == FLICKS_PER_SECOND // 2


def test_a_cue_that_follows_begins_when_the_one_before_has_arrived():
    rig = Rig({**UP, "follow": "after", "fade": 1.5}, SIDE)
    rig.cues.go()
    rig.pass_time(2)
    assert [at for _, _, at in rig.launched] == [0, FLICKS_PER_SECOND * 3 // 2]


def test_cues_that_all_continue_end_with_the_list():
    rig = Rig(*({"name": str(n), "set": {}, "follow": "continue"} for n in range(5)))
    rig.cues.go()
    assert (len(rig.launched), rig.cues.standby) == (5, None)


def test_a_cue_leaves_out_what_is_gone_and_says_so():
    rig = Rig({"name": "up", "set": {"gone.level": 1, "paint.level": 1.0}})
    rig.cues.go()
    assert rig.launched[0][0] == {("paint", "level"): 1.0}
    assert rig.heard == ["up leaves out what is gone: gone.level"]


def test_an_empty_snapshot_says_so_and_a_stored_one_is_morphed_to():
    rig = Rig({"name": "s", "set": {"paint.level": 1.0}, "row": -1, "column": 2})
    rig.cues.recall(0)
    rig.cues.recall(2)
    rig.pass_time(0.5)
    assert (rig.heard, level(rig)) == (["snapshot 1 is empty"], pytest.approx(0.5))
    assert rig.cues.standby is None


def test_fades_in_beats_last_as_long_as_these():
    rig = Rig({**UP, "beats": 4})
    rig.tempo.set_bpm(240)
    rig.cues.go()
    rig.pass_time(0.5)
    assert level(rig) == pytest.approx(0.5)


def test_without_an_engine_cues_land_at_once():
    rig = Rig({**UP, "quantize": 4})
    rig.is_running = False
    rig.cues.go()
    assert rig.launched == [({("paint", "level"): 1.0}, 0.0, 0)]


def test_another_document_begins_with_nothing_launched():
    rig = Rig(UP, SIDE)
    rig.cues.go()
    rig.opened.tell(rig.document)
    assert (rig.cues.current, rig.cues.standby.name) == (None, "up")


def test_a_cue_without_a_fade_is_there_at_its_beat():
    rig = Rig({**UP, "fade": 0.0, "quantize": 1})
    rig.pass_time(0.3)
    rig.cues.launch(rig.named("up"))
    rig.pass_time(0.15)
    assert (len(rig.launched), level(rig), rig.cues.progress(rig.named("up"))) == (1, 0, 0)
    rig.pass_time(0.1)
    assert level(rig) == 1
