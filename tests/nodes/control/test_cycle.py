"""Cycles and counters: exact in time, and what counts as an event."""

from __future__ import annotations

from engine.packet import flicks
from nodes.control.cycle import Cycle, rises


def test_cycles_are_rate_times_seconds():
    assert Cycle(rate=2.0).at(flicks(3)) == 6.0


def test_a_changed_rate_goes_on_from_where_it_was():
    faster = Cycle(rate=1.0).with_rate(4.0, flicks(2))
    assert faster.at(flicks(2)) == 2.0
    assert faster.at(flicks(3)) == 6.0


def test_the_first_value_of_a_counter_is_no_event():
    assert rises(None, 7) == 0


def test_a_rise_counts_and_a_fall_does_not():
    assert rises(3, 5) == 2
    assert rises(5, 5) == 0
    assert rises(5, 0) == 0
