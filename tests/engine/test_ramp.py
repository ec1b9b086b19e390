"""Fades: their curves, what moves in them and what switches, and that no launch makes a jump."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cells import Cells
from engine.errors import ParamError
from engine.node import Node, param
from engine.ramp import CURVES, Ramp, between, checked
from engine.values import Color, Prompt, Trigger

SHARES = st.floats(0, 1, allow_subnormal=False)
TEXTS = st.lists(
    st.tuples(st.sampled_from("abc"), st.floats(0, 9, allow_subnormal=False)), max_size=4
)
PROMPTS = TEXTS.map(lambda pieces: Prompt(tuple(pieces)))


class Look(Node, id="test.look"):
    """Has a number, a prompt and a colour."""

    level: float = param(default=0.0, doc="How much")
    text: Prompt = param(default=Prompt.of("sea"), doc="What")
    tint: Color = param(default=Color("#000000"), doc="Which")

    def process(self) -> float:
        return self.level


@pytest.mark.parametrize("curve", CURVES)
def test_every_curve_begins_and_ends_exactly_and_never_turns_back(curve: str):
    ramp = Ramp(100, 200, 0.0, 1.0, curve)
    values = [ramp.at(pts) for pts in range(90, 211)]
    assert (values[0], values[10], values[-1]) == (0, 0, 1)
    assert all(low <= high for low, high in pairwise(values))


def test_the_curves_differ_where_their_names_say():
    halfway = {name: Ramp(0, 100, 0.0, 1.0, name).at(25) for name in CURVES}
    assert halfway["square"] < halfway["s"] < halfway["linear"] < halfway["inverse"]


def test_a_new_text_comes_as_the_old_one_goes():
    middle = between(Prompt.of("sea"), Prompt((("fire", 5.0),), "slerp"), 0.25)
    assert middle == Prompt((("sea", 0.75), ("fire", 0.25)), "slerp")


def test_a_text_that_both_prompts_hold_counts_once():
    middle = between(Prompt((("sea", 1), ("fire", 1))), Prompt.of("fire"), 0.5)
    assert middle.pieces == (("sea", 0.25), ("fire", 0.75))


@given(PROMPTS, PROMPTS, SHARES)
def test_a_prompt_on_its_way_keeps_its_strength(origin: Prompt, target: Prompt, share: float):
    middle = between(origin, target, share)
    if middle not in (origin, target):
        assert math.isclose(sum(weight for _, weight in middle.pieces), 1.0)
        assert all(weight >= 0 for _, weight in middle.pieces)


def test_a_colour_passes_through_the_colours_between():
    assert between(Color("#000000"), Color("#ff8800"), 0.5) == Color("#804400")


@pytest.mark.parametrize("target", ["hard", True, Trigger(4), None])
def test_what_cannot_move_is_at_its_target_at_once(target: object):
    assert between(0.0, target, 0.01) == target


@pytest.mark.parametrize("fade", [-1.0, math.nan, math.inf])
def test_a_fade_that_is_no_time_is_refused(fade: float):
    with pytest.raises(ParamError, match="0 seconds or more"):
        checked("linear", fade)


def test_an_unknown_curve_names_the_nearest():
    with pytest.raises(ParamError, match="did you mean 'square'"):
        checked("sqare", 1.0)


def test_a_fade_that_begins_later_leaves_the_one_that_runs_alone():
    cells = Cells(Look.spec, {})
    cells.fade("level", 100.0, start=0, end=100)
    cells.fade("level", 0.0, start=50, end=100)
    assert [cells["level"].value(pts) for pts in (0, 25, 50, 75, 100)] == [0, 25, 50, 25, 0]


def test_of_two_fades_for_one_beat_the_latest_wins():
    cells = Cells(Look.spec, {})
    cells.fade("level", 100.0, start=0, end=100)
    for target in (7.0, 0.0):
        cells.fade("level", target, start=50, end=60)
    assert [cells["level"].value(pts) for pts in (40, 50, 60)] == [40, 50, 0]


@given(
    st.lists(
        st.tuples(
            st.integers(1, 400),
            st.floats(-9, 9, allow_subnormal=False),
            st.sampled_from(list(CURVES)),
        )
    )
)
def test_fades_that_interrupt_fades_never_jump(launches: list[tuple[int, float, str]]):
    cells, now = Cells(Look.spec, {}), 0
    for gap, target, curve in launches:
        now += gap
        before = cells["level"].value(now)
        cells.fade("level", target, start=now, end=now + 200, curve=curve)
        assert cells["level"].value(now) == before
        assert abs(cells["level"].value(now + 1) - before) <= 2 * 18 / 200 + 1e-9


@given(SHARES)
def test_a_prompt_turned_back_on_its_way_begins_where_it_was(share: float):
    cells, turn = Cells(Look.spec, {}), round(share * 100)
    cells.fade("text", Prompt.of("fire"), start=0, end=100)
    before = cells["text"].value(turn)
    cells.fade("text", Prompt.of("sea"), start=turn, end=2 * turn)
    assert cells["text"].value(turn) == (before if turn else Prompt.of("sea"))
    assert cells["text"].value(200) == Prompt.of("sea")
