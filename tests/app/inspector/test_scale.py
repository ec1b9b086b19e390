"""Where numbers lie on their sliders and how they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.inspector.scale import DRAG, Scale
from engine.param import Param

UNIT = Scale.of(Param("mix", float, 0.5, "Mix", min=0, max=1))
RADIUS = Scale.of(Param("radius", float, 4.0, "Reach", min=0, max=512, soft=(0, 40)))
RATE = Scale.of(Param("rate", float, 1.0, "Rate", min=0, soft=(0.01, 100), log=True))
STEPS = Scale.of(Param("steps", int, 2, "Steps", min=1, max=16))
SEED = Scale.of(Param("seed", int, 2, "Seed", min=0, max=2**31 - 1))


def test_a_drag_of_300_pixels_crosses_the_soft_range():
    assert RADIUS.dragged(0, DRAG) == pytest.approx(40)
    assert UNIT.dragged(0.25, DRAG / 2) == pytest.approx(0.75)


def test_a_drag_stays_in_the_soft_range():
    assert RADIUS.dragged(39, DRAG) == 40
    assert RADIUS.dragged(1, -DRAG) == 0


def test_a_value_beyond_the_slider_is_not_pulled_in():
    assert RADIUS.dragged(100, 1) == pytest.approx(100)
    assert RADIUS.dragged(100, -30) == pytest.approx(96)


def test_a_logarithmic_slider_multiplies():
    assert RATE.dragged(1, DRAG / 4) == pytest.approx(10)
    assert RATE.place(10) == pytest.approx(0.75)
    assert RATE.place(0) == 0


def test_whole_numbers_stay_whole():
    assert STEPS.tidy(3.4) == 3
    assert STEPS.text(3) == "3"
    assert STEPS.snapped(3.4) == 3


def test_seeds_move_by_single_numbers():
    assert SEED.is_open
    assert SEED.dragged(7, 2) == 8


def test_a_step_is_a_twentieth_or_what_the_parameter_says():
    assert UNIT.step == pytest.approx(0.05)
    assert Scale.of(Param("bpm", float, 120, "Beats", soft=(60, 200), step=0.1)).step == 0.1


def test_arrow_keys_stay_on_the_slider():
    assert UNIT.stepped(0.98, 1) == 1
    assert STEPS.stepped(1, -1) == 1


def test_text_has_as_many_digits_as_the_slider_tells_apart():
    assert [UNIT.text(0.5), RADIUS.text(4), RATE.text(0.25), RATE.text(12)] == [
        "0.500",
        "4.00",
        "0.250",
        "12.0",
    ]


def test_a_negative_zero_has_no_sign():
    assert UNIT.text(-0.00001) == "0.000" or UNIT.text(-0.00001) == "-1e-05"
    assert UNIT.text(-0.0001) == "0.000"


NUMBERS = {"allow_subnormal": False}  # torch may have switched them off


@given(st.floats(0, 1, **NUMBERS))
def test_place_and_value_are_inverse(place: float) -> None:
    for scale in (UNIT, RADIUS, RATE):
        assert scale.place(scale.at(place)) == pytest.approx(place, abs=1e-9)


@given(st.floats(-1e6, 1e6, **NUMBERS), st.floats(-2000, 2000, **NUMBERS))
def test_any_drag_ends_on_the_slider_or_no_farther_out(value: float, pixels: float) -> None:
    moved = RADIUS.dragged(value, pixels)
    assert min(value, 0) - 1e-6 <= moved <= max(value, 40) + 1e-6
