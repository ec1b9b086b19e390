"""Envelope: heights at known times after a trigger or under a gate."""

from __future__ import annotations

import pytest

from engine.node import Tick
from engine.packet import flicks
from engine.values import Trigger
from nodes.control.envelope import Envelope


def make(**knobs) -> Envelope:
    shape = {
        "attack": 1.0,
        "decay": 2.0,
        "sustain": 0.5,
        "hold": 1.0,
        "release": 4.0,
        "curve": "linear",
    }
    return Envelope(**(shape | knobs))


def at(node: Envelope, second: float, gate: float | None = None) -> float:
    return node.process(Tick(flicks(second), flicks(0.04)), gate)


def test_it_rests_at_zero_until_fired():
    node = make()
    assert [at(node, s) for s in (0, 5)] == [0, 0]


def test_a_trigger_plays_attack_decay_hold_and_release():
    node = make()
    at(node, 0)
    node.fire = Trigger(1)
    heights = [at(node, 10 + s) for s in (0, 0.5, 1, 2, 3, 4, 6, 8, 20)]
    assert heights == pytest.approx([0, 0.5, 1, 0.75, 0.5, 0.5, 0.25, 0, 0])


def test_a_gate_holds_it_open():
    node = make()
    heights = [at(node, s, 1.0) for s in (0, 1, 3, 50)]
    heights += [at(node, 52, 0.0), at(node, 54, 0.0), at(node, 56, 0.0)]
    assert heights == pytest.approx([0, 1, 0.5, 0.5, 0.5, 0.25, 0])


def test_let_go_during_the_attack_it_falls_from_there():
    node = make()
    at(node, 0, 1.0)
    assert at(node, 0.5, 0.0) == pytest.approx(0.5)
    assert at(node, 2.5, 0.0) == pytest.approx(0.25)


def test_fired_again_it_rises_from_where_it_is():
    node = make()
    at(node, 0)
    node.fire = Trigger(1)
    at(node, 0)
    node.fire = Trigger(2)
    assert at(node, 2) == pytest.approx(0.75)
    assert at(node, 2.5) == pytest.approx(0.875)


def test_a_saved_counter_does_not_fire():
    node = make(fire=Trigger(4))
    assert [at(node, s) for s in (0, 1)] == [0, 0]


def test_without_any_times_it_is_a_single_push():
    node = make(attack=0.0, decay=0.0, hold=0.0, release=0.0)
    at(node, 0)
    node.fire = Trigger(1)
    assert [at(node, s) for s in (1, 1.1)] == [0, 0]


def test_exponential_moves_fast_first():
    node = make(curve="exponential")
    at(node, 0, 1.0)
    assert at(node, 0.5, 1.0) == pytest.approx(0.875)


def test_peak_scales_it():
    node = make(peak=-3.0)
    at(node, 0, 1.0)
    assert at(node, 1, 1.0) == -3.0
