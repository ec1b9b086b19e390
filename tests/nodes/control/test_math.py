"""MathExpression: its inputs, its time, and what stays where a sum has no answer."""

from __future__ import annotations

import itertools

import pytest

from engine.errors import ParamError
from engine.node import Tick
from engine.packet import flicks
from nodes.control.math import MathExpression


def at(node: MathExpression, second: float = 0.0, **inputs: float) -> float:
    return node.process(Tick(flicks(second), flicks(0.04)), **inputs)


def test_it_computes_with_its_inputs():
    assert at(MathExpression(expression="a * b + c - d"), a=2, b=3, c=10, d=1) == 15


def test_what_is_not_linked_is_zero():
    assert at(MathExpression(expression="a + beat + 1")) == 1


def test_t_is_in_seconds_and_beat_is_linked():
    assert at(MathExpression(expression="t * 10 + beat"), 2.5, beat=0.5) == 25.5


@pytest.mark.parametrize(
    "broken", ["1 / a", "sqrt(a - 1)", "10 ** 400 * (1 - a)", "log(a)", "9**9**9**9", "1e999"]
)
def test_without_an_answer_the_last_good_number_stays(broken):
    node = MathExpression(expression="7")
    at(node)
    node.expression = broken
    assert at(node, a=0.0) == 7


def test_without_an_answer_at_first_it_is_zero():
    assert at(MathExpression(expression="1 / 0")) == 0


def test_it_recovers():
    node = MathExpression(expression="1 / a")
    assert [at(node, a=a) for a in (2.0, 0.0, 4.0)] == [0.5, 0.5, 0.25]


def test_noise_is_smooth_repeats_and_stays_in_range():
    node = MathExpression(expression="noise(t * 3)")
    curve = [at(node, s / 100) for s in range(300)]
    assert curve == [at(node, s / 100) for s in range(300)]
    assert all(0 <= height < 1 for height in curve)
    assert 0 < max(abs(b - a) for a, b in itertools.pairwise(curve)) < 0.05


def test_a_wrong_expression_raises_its_sentence():
    with pytest.raises(ParamError, match="position 4"):
        at(MathExpression(expression="a +"))
