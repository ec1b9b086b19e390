"""Buttons, encoders, fine controls, cues and actions: what each mode makes of a touch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app.control.driver import encoded

if TYPE_CHECKING:
    from tests.app.control.conftest import Play

NOTE = "midi:1/note/60"
CC = "midi:1/cc/20"


def to(name: str, source: str = NOTE, **more: Any) -> dict[str, Any]:
    return {"param": f"knobs.{name}", "source": source, **more}


def test_a_toggle_changes_at_each_press_and_not_at_the_release(play: Play) -> None:
    stage = play(to("on", mode="toggle"))
    seen = []
    for raw in (100, 0, 90, 0, 1):
        stage.turn(NOTE, raw)
        seen.append(stage.value("on"))
    assert seen == [True, True, False, False, True]


def test_a_toggle_of_a_number_goes_between_the_ends_of_its_range(play: Play) -> None:
    stage = play(to("level", mode="toggle", range=[0.2, 0.9]))
    stage.turn(NOTE, 100)
    assert stage.value("level") == pytest.approx(0.9)
    stage.turn(NOTE, 0, 100)
    assert stage.value("level") == pytest.approx(0.2)


def test_a_momentary_button_holds_as_long_as_it_is_down(play: Play) -> None:
    stage = play(to("on", mode="momentary"))
    stage.turn(NOTE, 1)
    assert stage.value("on") is True
    stage.turn(NOTE, 0)
    assert stage.value("on") is False


def test_a_trigger_counts_presses_whatever_the_mode_says(play: Play) -> None:
    stage = play(to("hit"))
    stage.turn(NOTE, 100, 0, 100, 0, 100)
    assert stage.value("hit") == 3


def test_a_cycle_goes_through_choices_and_begins_again(play: Play) -> None:
    stage = play(to("mode", mode="cycle"))
    seen = []
    for _ in range(4):
        stage.turn(NOTE, 100, 0)
        seen.append(stage.value("mode"))
    assert seen == ["two", "three", "one", "two"]


def test_a_cycle_of_a_number_goes_by_steps(play: Play) -> None:
    stage = play(to("count", mode="cycle"))
    stage.turn(NOTE, *(100, 0) * 3)
    assert stage.value("count") == 0  # 3, 4, then round


@pytest.mark.parametrize(
    ("encoder", "up", "down"), [("twos", 1, 127), ("signed", 1, 65), ("offset", 65, 63)]
)
def test_an_encoder_moves_by_its_steps(play: Play, encoder: str, up: int, down: int) -> None:
    stage = play(to("level", CC, mode="relative", encoder=encoder))
    stage.turn(CC, *[up] * 10)
    assert stage.value("level") == pytest.approx(0.5 + 10 / 127)
    stage.turn(CC, *[down] * 10)
    assert stage.value("level") == pytest.approx(0.5)


def test_an_encoder_stops_at_the_end_and_turns_back_at_once(play: Play) -> None:
    stage = play(to("level", CC, mode="relative", speed=8.0))
    stage.turn(CC, *[10] * 20)
    assert stage.value("level") == 1.0
    stage.turn(CC, 127)
    assert stage.value("level") < 1.0


def test_an_encoder_walks_through_whole_numbers_and_choices(play: Play) -> None:
    stage = play(
        to("count", CC, mode="relative"), to("mode", "midi:1/cc/21", mode="relative", speed=0.5)
    )
    stage.turn(CC, 1, 1, 1, 127)
    assert stage.value("count") == 3
    stage.turn("midi:1/cc/21", 1)
    assert stage.value("mode") == "one"
    stage.turn("midi:1/cc/21", 1)
    assert stage.value("mode") == "two"


def test_an_inverted_encoder_goes_the_other_way(play: Play) -> None:
    stage = play(to("count", CC, mode="relative", invert=True))
    stage.turn(CC, 1)
    assert stage.value("count") == 1


@pytest.mark.parametrize("raw", range(128))
def test_an_encoder_counts_no_message_as_a_leap(raw: int) -> None:
    assert all(abs(encoded(raw, kind)) <= 64 for kind in ("twos", "signed", "offset"))


def test_one_knob_drives_many_parameters(play: Play) -> None:
    stage = play(to("level", CC, takeover="none"), to("wide", CC, takeover="none", invert=True))
    stage.turn(CC, 127)
    assert (stage.value("level"), stage.value("wide")) == (1.0, 0.0)


def test_a_key_launches_a_cue_and_a_pad_does_an_action(play: Play) -> None:
    stage = play(
        {"param": "@cue.launch", "cue": "drop", "source": "key:Space"},
        {"param": "@action.run", "action": "panic.blackout", "source": NOTE},
        cues=({"name": "drop"},),
    )
    stage.turn("key:Space", 1, 0, top=1)
    stage.turn(NOTE, 100, 0)
    assert stage.fired == ["drop", "panic.blackout"]


def test_a_held_action_is_done_at_the_press_and_at_the_release(play: Play) -> None:
    stage = play({"action": "panic.blackout", "source": NOTE, "mode": "momentary"})
    stage.turn(NOTE, 100)
    assert stage.fired == ["panic.blackout"]
    stage.turn(NOTE, 0)
    assert stage.fired == ["panic.blackout"] * 2


def test_what_cannot_work_is_named_and_the_rest_works(play: Play) -> None:
    stage = play(
        to("levle", CC),
        {"param": "gone.x", "source": CC},
        to("size", CC),
        {"cue": "dorp", "source": CC},
        to("level", CC, takeover="none"),
        cues=({"name": "drop"},),
    )
    assert [problem.rpartition(";")[2].strip() for problem in stage.hub.problems] == [
        "did you mean 'level'?",
        "there are 'knobs'",
        "size is fixed while the node runs, so no control can drive it",
        "did you mean 'drop'?",
    ]
    stage.turn(CC, 127)
    assert stage.value("level") == 1.0
