"""From a control's place to a parameter's value and back, for every kind of parameter."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.control.source import BindingError
from app.control.span import CURVES, Span
from engine.param import Param
from tests.app.control.knobs import Knobs

# torch flushes subnormal numbers, which hypothesis notices
SHARES = st.floats(0, 1, allow_subnormal=False)


def knob(name: str) -> Param:
    return Knobs.spec.param(name)


def test_the_ends_of_a_control_are_the_ends_of_the_slider() -> None:
    for name, low, high in [
        ("level", 0, 1),
        ("wide", 0, 10),
        ("count", 0, 4),
        ("hertz", 20, 20000),
    ]:
        span = Span.of(knob(name))
        assert (span.value(0), span.value(1)) == (low, pytest.approx(high))


def test_a_logarithmic_parameter_moves_by_ratios() -> None:
    span = Span.of(knob("hertz"))
    assert span.value(0.5) == pytest.approx(math.sqrt(20 * 20000))
    assert span.position(200) == pytest.approx(1 / 3)


def test_a_range_is_swept_and_may_run_backwards() -> None:
    assert Span.of(knob("level"), (0.2, 0.4)).value(0.5) == pytest.approx(0.3)
    assert Span.of(knob("level"), (0.4, 0.2)).value(1) == pytest.approx(0.2)
    assert Span.of(knob("level"), (0.2, 0.4), invert=True).value(1) == pytest.approx(0.2)


def test_choices_share_the_way_equally() -> None:
    span = Span.of(knob("mode"))
    assert [span.value(p) for p in (0, 0.32, 0.34, 0.66, 0.67, 1)] == [
        *("one", "one", "two", "two", "three", "three")
    ]
    backwards = Span.of(knob("mode"), (2, 0))
    assert [backwards.value(p) for p in (0, 0.5, 1)] == ["three", "two", "one"]


def test_a_hard_limit_holds_whatever_the_range_says() -> None:
    assert Span.of(knob("level"), (0, 50)).value(1) == 1.0
    assert Span.of(knob("mode"), (-5, 50)).value(1) == "three"


@pytest.mark.parametrize("name", ["words", "tint", "title", "file"])
def test_what_is_no_number_or_choice_cannot_be_driven(name: str) -> None:
    with pytest.raises(BindingError, match="so no control can drive it"):
        Span.of(knob(name))


def test_what_is_fixed_while_it_runs_cannot_be_driven() -> None:
    with pytest.raises(BindingError, match="is fixed while the node runs"):
        Span.of(knob("size"))


@given(SHARES, st.sampled_from(sorted(CURVES)), st.booleans())
def test_a_place_is_found_again_from_its_value(at: float, curve: str, invert: bool) -> None:
    for name in ("level", "wide", "hertz"):
        span = Span.of(knob(name), curve=curve, invert=invert)
        assert span.position(span.value(at)) == pytest.approx(at, abs=2e-4)


@given(SHARES, SHARES, st.sampled_from(sorted(CURVES)))
def test_every_curve_rises(a: float, b: float, curve: str) -> None:
    span = Span.of(knob("level"), curve=curve)
    low, high = sorted((a, b))
    assert span.value(low) <= span.value(high) + 1e-12
