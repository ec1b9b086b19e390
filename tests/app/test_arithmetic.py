"""Sums and changes typed into a number field, and what is no number."""

from __future__ import annotations

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.arithmetic import evaluate
from engine.errors import ParamError


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("0.5", 0.5),
        ("1/3", 1 / 3),
        ("2+3*4", 14),
        ("-1", -1),
        ("(1+2)*3", 9),
        ("2**3", 8),
        ("0,25", 0.25),
        ("sqrt(2)", math.sqrt(2)),
        ("1e3", 1000),
    ],
)
def test_a_sum_is_its_result(text: str, result: float) -> None:
    assert evaluate(text, 7) == pytest.approx(result)


@pytest.mark.parametrize(
    ("text", "result"),
    [("+1", 11), ("*2", 20), ("/4", 2.5), ("-=3", 7), ("+=3", 13), ("**2", 100), ("x/2", 5)],
)
def test_a_change_starts_from_the_value(text: str, result: float) -> None:
    assert evaluate(text, 10) == pytest.approx(result)


def test_a_change_by_a_sum_takes_the_whole_sum() -> None:
    assert evaluate("*1+1", 10) == 20


def test_the_unit_may_follow() -> None:
    assert evaluate(" 12 px ", unit="px") == 12
    assert evaluate("+1 Hz", 3, "Hz") == 4


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "1/0",
        "9**9**9",
        "NaN",
        "inf",
        "1e999",
        "",
        "  ",
        "2*",
        "(",
        "1;2",
        "__import__('os')",
    ],
)
def test_what_is_no_number_is_a_sentence_with_it(text: str) -> None:
    with pytest.raises(ParamError, match=r"number|result|large"):
        evaluate(text, 1)


def test_a_long_text_is_refused_by_its_length() -> None:
    with pytest.raises(ParamError, match="500"):
        evaluate("1" * 1_000_000)


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(ParamError, match="nested"):
        evaluate("(" * 200 + "1" + ")" * 200)


@given(st.text(max_size=60))
def test_any_text_is_a_number_or_a_sentence(text: str) -> None:
    with contextlib.suppress(ParamError):
        assert math.isfinite(evaluate(text, 0.5))


@given(st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False))
def test_every_number_reads_back_as_itself(number: float) -> None:
    assert evaluate(repr(number)) == number
