"""Soft takeover exactly as Ableton defines it: none, pick-up, value scaling."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.control.takeover import Scale

if TYPE_CHECKING:
    from tests.app.control.conftest import Play

CC = "midi:1/cc/74"
KNOB = {"param": "knobs.level", "source": CC}
AT_64 = 64 / 127
SHARES = st.floats(0, 1, allow_subnormal=False)  # torch flushes those


def test_pick_up_does_nothing_until_the_values_cross(play: Play) -> None:
    stage = play({**KNOB, "takeover": "pickup"})
    stage.solo.set("knobs", "level", AT_64)
    stage.turn(CC, *range(41))
    assert stage.value("level") == AT_64
    stage.turn(CC, *range(41, 63), 66)
    assert stage.value("level") == 66 / 127
    stage.turn(CC, 20)
    assert stage.value("level") == 20 / 127


def test_pick_up_engages_where_the_values_meet(play: Play) -> None:
    stage = play({**KNOB, "takeover": "pickup"})
    stage.solo.set("knobs", "level", AT_64)
    stage.turn(CC, 64, 90)
    assert stage.value("level") == 90 / 127


def test_the_first_message_cannot_cross_because_nobody_knows_where_it_came_from(
    play: Play,
) -> None:
    stage = play(KNOB)
    stage.turn(CC, 100)
    assert stage.value("level") == 0.5


def test_a_hand_that_moves_the_parameter_makes_the_control_pick_up_again(play: Play) -> None:
    stage = play(KNOB)
    stage.turn(CC, 60, 70)
    assert stage.value("level") == 70 / 127
    stage.solo.set("knobs", "level", 0.1)
    stage.turn(CC, 71, 72)
    assert stage.value("level") == 0.1


def test_the_ghost_shows_where_the_control_waits(play: Play) -> None:
    stage = play(KNOB)
    assert stage.hub.ghost("knobs", "level") is None
    stage.turn(CC, 127)
    assert stage.hub.ghost("knobs", "level") == 1.0
    stage.turn(CC, 0)
    assert stage.hub.ghost("knobs", "level") is None  # it crossed, so it leads


def test_without_takeover_the_parameter_jumps(play: Play) -> None:
    stage = play({**KNOB, "takeover": "none"})
    stage.turn(CC, 127)
    assert stage.value("level") == 1.0


def test_value_scaling_converges_monotonically(play: Play) -> None:
    stage = play({**KNOB, "takeover": "scale"})
    stage.turn(CC, 10)
    assert stage.value("level") == 0.5
    gaps, values = [], []
    for raw in range(11, 128):
        stage.turn(CC, raw)
        values.append(stage.value("level"))
        gaps.append(values[-1] - raw / 127)
    assert values == sorted(values)
    assert all(later <= sooner + 1e-9 for sooner, later in pairwise(gaps))
    assert values[-1] == pytest.approx(1.0)
    stage.turn(CC, 100)
    assert stage.value("level") == pytest.approx(100 / 127)


@given(SHARES, st.lists(SHARES, min_size=2, max_size=30))
def test_scaling_never_overshoots_nor_turns_against_the_hand(at: float, way: list[float]) -> None:
    before, gap = way[0], at - way[0]
    for to in way[1:]:
        moved = Scale().moved(before, to, at, 0.5 / 127)
        wanted = at if moved is None else moved
        assert 0 <= wanted <= 1
        assert (wanted - at) * (to - before) >= -1e-9 or abs(wanted - to) < 0.5 / 127 + 1e-9
        assert abs(wanted - to) <= abs(gap) + 0.5 / 127 + 1e-9
        before, at, gap = to, wanted, wanted - to


def test_choices_are_picked_up_where_they_are_the_same(play: Play) -> None:
    stage = play({"param": "knobs.mode", "source": CC})
    stage.turn(CC, 5, 60)
    assert stage.value("mode") == "two"
    other = play({"param": "knobs.mode", "source": CC})
    other.turn(CC, 127)
    assert other.value("mode") == "one"
