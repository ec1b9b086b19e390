"""Smooth: follows without jumps, exactly in time."""

from __future__ import annotations

import math

import pytest

from engine.node import Tick
from engine.packet import flicks
from nodes.control.smooth import Smooth


def follow(node: Smooth, goal: float, *, rate: int, until: float) -> float:
    """The goal from time 0 on, after a first call with 0 there."""
    at_zero = node.process(Tick(0, 1), 0.0)
    assert at_zero == 0.0
    values = [node.process(Tick(flicks(i / rate), 1), goal) for i in range(round(until * rate) + 1)]
    return values[-1]


def test_it_begins_at_the_first_value():
    assert Smooth(time=10).process(Tick(flicks(3), 1), 7.0) == 7.0


def test_the_time_constant_covers_63_percent():
    assert follow(Smooth(time=2.0), 1.0, rate=25, until=2.0) == pytest.approx(1 - math.exp(-1))


@pytest.mark.parametrize("mode", ["exponential", "steady"])
def test_the_frame_rate_changes_nothing(mode):
    slow = follow(Smooth(mode=mode, time=0.7, speed=0.3), 1.0, rate=5, until=2.0)
    fast = follow(Smooth(mode=mode, time=0.7, speed=0.3), 1.0, rate=60, until=2.0)
    assert slow == pytest.approx(fast)


def test_steady_moves_at_its_speed_and_stops_at_the_goal():
    assert follow(Smooth(mode="steady", speed=2.0), 9.0, rate=10, until=3.0) == pytest.approx(6)
    assert follow(Smooth(mode="steady", speed=2.0), 9.0, rate=10, until=8.0) == 9.0
    assert follow(Smooth(mode="steady", speed=2.0), -9.0, rate=10, until=3.0) == pytest.approx(-6)


def test_no_time_follows_at_once():
    assert follow(Smooth(time=0.0), 4.0, rate=10, until=0.1) == 4.0


def test_what_is_no_number_is_passed_over():
    node = Smooth(time=0.0)
    heard = [
        node.process(Tick(flicks(i), 1), v) for i, v in enumerate((3.0, math.nan, math.inf, 4.0))
    ]
    assert heard == [3, 3, 3, 4]


def test_time_that_stands_still_moves_nothing():
    node = Smooth(time=1.0)
    node.process(Tick(flicks(5), 1), 1.0)
    assert node.process(Tick(flicks(5), 1), 2.0) == 1.0
    assert node.process(Tick(flicks(4), 1), 2.0) == 1.0
