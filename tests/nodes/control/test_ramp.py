"""Ramp: from one value to another in a given time."""

from __future__ import annotations

import pytest

from engine.node import Tick
from engine.packet import flicks
from engine.values import Trigger
from nodes.control.ramp import Ramp


def at(node: Ramp, second: float) -> float:
    return node.process(Tick(flicks(second), flicks(0.04)))


def test_it_is_half_way_after_half_the_time_and_stays_at_the_end():
    node = Ramp(start=2.0, end=6.0, time=4.0)
    assert [at(node, s) for s in (0, 2, 4, 100)] == [2.0, 4.0, 6.0, 6.0]


def test_loop_begins_again():
    node = Ramp(time=2.0, repeat="loop")
    assert [at(node, s) for s in (0, 1, 2, 3)] == [0.0, 0.5, 0.0, 0.5]


def test_back_and_forth_turns_round():
    node = Ramp(time=2.0, repeat="back and forth")
    assert [at(node, s) for s in (0, 1, 2, 3, 4, 5)] == [0.0, 0.5, 1.0, 0.5, 0.0, 0.5]


@pytest.mark.parametrize("repeat", ["once", "loop", "back and forth"])
def test_it_waits_at_the_start(repeat):
    node = Ramp(time=2.0, wait=3.0, repeat=repeat)
    assert [at(node, s) for s in (0, 2.9, 4)] == [0.0, 0.0, 0.5]


def test_restart_begins_again_from_now():
    node = Ramp(time=4.0)
    at(node, 3)
    node.restart = Trigger(1)
    assert [at(node, s) for s in (10, 12)] == [0.0, 0.5]


def test_a_saved_counter_does_not_restart():
    assert at(Ramp(time=4.0, restart=Trigger(5)), 2) == 0.5


@pytest.mark.parametrize(
    ("shape", "middle"),
    [("linear", 0.5), ("smooth", 0.5), ("ease in", 0.25), ("ease out", 0.75), ("late", 0.03125),
     ("early", 0.96875)],
)  # fmt: skip
def test_shapes_meet_at_both_ends_and_differ_between(shape, middle):
    node = Ramp(time=2.0, shape=shape)
    assert [at(node, s) for s in (0, 1, 2)] == pytest.approx([0, middle, 1])


@pytest.mark.parametrize("repeat", ["once", "loop", "back and forth"])
def test_no_duration_is_at_the_end_or_the_start_and_never_fails(repeat):
    assert at(Ramp(time=0.0, repeat=repeat), 1) in (0.0, 1.0)
