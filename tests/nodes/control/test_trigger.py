"""TriggerOnThreshold: one event for each rise, none for a tremble."""

from __future__ import annotations

from engine.node import Tick
from engine.packet import flicks
from engine.values import Trigger
from nodes.control.trigger import TriggerOnThreshold


def counts(node: TriggerOnThreshold, values: list[float]) -> list[int]:
    return [node.process(Tick(flicks(i), flicks(1)), value) for i, value in enumerate(values)]


def test_each_rise_counts_one():
    node = TriggerOnThreshold(threshold=0.5, hysteresis=0)
    assert counts(node, [0, 0.6, 0.9, 0.1, 0.5, 0.2]) == [0, 1, 1, 1, 2, 2]


def test_it_gives_triggers():
    assert isinstance(TriggerOnThreshold().process(Tick(0, 1), 0.0), Trigger)


def test_a_tremble_about_the_threshold_counts_once():
    node = TriggerOnThreshold(threshold=0.5, hysteresis=0.2)
    assert counts(node, [0, 0.51, 0.49, 0.51, 0.4, 0.6, 0.3, 0.6]) == [0, 1, 1, 1, 1, 1, 1, 2]


def test_above_from_the_start_is_no_rise():
    assert counts(TriggerOnThreshold(), [0.9, 0.9, 0.0, 0.9]) == [0, 0, 0, 1]


def test_the_pause_swallows_what_comes_too_soon():
    node = TriggerOnThreshold(pause=3, hysteresis=0)
    assert counts(node, [0, 1, 0, 1, 0, 1]) == [0, 1, 1, 1, 1, 2]
