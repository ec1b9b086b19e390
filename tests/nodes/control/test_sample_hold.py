"""SampleHold: takes the number at its moments and keeps it between."""

from __future__ import annotations

from engine.node import Tick
from engine.packet import flicks
from engine.values import Trigger
from nodes.control.sample_hold import SampleHold


def at(node: SampleHold, second: float, value: float, gate: float | None = None) -> float:
    return node.process(Tick(flicks(second), flicks(0.04)), value, gate)


def test_it_takes_the_first_and_keeps_it():
    node = SampleHold()
    assert [at(node, s, v) for s, v in ((0, 5), (1, 6), (2, 7))] == [5, 5, 5]


def test_the_trigger_takes_again():
    node = SampleHold()
    at(node, 0, 5)
    node.take = Trigger(1)
    assert [at(node, 1, 6), at(node, 2, 7)] == [6, 6]


def test_the_rising_gate_takes_again():
    node = SampleHold()
    assert [at(node, i, i, g) for i, g in enumerate((0, 1, 1, 0, 1))] == [0, 1, 1, 1, 4]


def test_a_rate_takes_so_often():
    node = SampleHold(rate=2)
    assert [at(node, s / 4, s) for s in range(6)] == [0, 0, 2, 2, 4, 4]
