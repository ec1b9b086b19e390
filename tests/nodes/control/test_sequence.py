"""Sequence: which value when, and what is wrong with a list."""

from __future__ import annotations

import pytest

from engine.errors import ParamError
from engine.node import Tick
from engine.packet import flicks
from engine.values import Trigger
from nodes.control.sequence import Sequence, read_values


def at(node: Sequence, second: float, beat: float | None = None) -> float:
    return node.process(Tick(flicks(second), flicks(0.04)), beat)


def test_it_steps_by_time_and_wraps():
    node = Sequence(values="3, 1, 4", every=2.0)
    assert [at(node, s) for s in (0, 1.9, 2, 4, 6, 8)] == [3, 3, 1, 4, 3, 1]


def test_it_steps_by_the_beat():
    node = Sequence(values="3 1 4", by="beat", every=2.0)
    assert [at(node, 0, beat) for beat in (0, 1.9, 2, 6.5)] == [3, 3, 1, 3]
    assert at(node, 50) == 3


def test_it_steps_by_the_trigger():
    node = Sequence(values="3;1;4", by="trigger", next=Trigger(10))
    heard = []
    for count in (10, 11, 11, 13):
        node.next = Trigger(count)
        heard.append(at(node, 0))
    assert heard == [3, 1, 1, 3]


def test_gliding_stays_first_and_then_moves():
    node = Sequence(values="0, 10", every=4.0, glide=0.5)
    assert [at(node, s) for s in (0, 2, 3, 4, 6, 7)] == [0, 0, 5, 10, 10, 5]
    node.glide = 1.0
    assert at(node, 1) == 2.5


def test_the_list_may_change_while_it_runs():
    node = Sequence(values="1, 2")
    at(node, 0)
    node.values = "8"
    assert at(node, 1) == 8


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("", "holds 0 numbers"), ("1, two", "'two'"), ("nan", "'nan'"), ("1e999", "'1e999'"),
     ("1 " * 257, "257 numbers")],
)  # fmt: skip
def test_a_wrong_list_says_what_is_wrong(text, complaint):
    with pytest.raises(ParamError, match=complaint):
        read_values(text)
