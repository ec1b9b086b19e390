"""LFO: heights at known times, in seconds and in beats."""

from __future__ import annotations

import itertools

import pytest

from engine.node import Context, Rng, Tick
from engine.packet import flicks
from nodes.control.lfo import LFO


def at(node: LFO, second: float, beat: float | None = None) -> float:
    return node.process(Tick(flicks(second), flicks(0.04)), beat)


@pytest.mark.parametrize(
    ("shape", "heights"),
    [
        ("sine", [0, 0.5, 1, 0.5]),
        ("triangle", [0, 0.5, 1, 0.5]),
        ("saw", [0, 0.25, 0.5, 0.75]),
        ("square", [1, 1, 0, 0]),
    ],
)
def test_a_cycle_of_four_seconds_in_quarters(shape, heights):
    node = LFO(shape=shape, rate=0.25)
    assert [at(node, s) for s in (0, 1, 2, 3)] == pytest.approx(heights)
    assert [at(node, s) for s in (4, 5, 6, 7)] == pytest.approx(heights)


def test_low_and_high_may_be_upside_down():
    node = LFO(shape="saw", rate=1, low=10, high=-10)
    assert at(node, 0.25) == pytest.approx(5)


def test_width_is_the_share_of_high():
    node = LFO(shape="square", rate=1, width=0.2)
    assert [at(node, s) for s in (0.1, 0.19, 0.21, 0.9)] == [1, 1, 0, 0]


def test_phase_begins_later_in_the_cycle():
    assert at(LFO(shape="saw", rate=1, phase=0.25), 0) == 0.25
    assert at(LFO(shape="saw", rate=1, phase=-0.25), 0) == 0.75


def test_a_linked_beat_sets_the_pace():
    node = LFO(shape="saw", rate=50, beats=4)
    assert [at(node, 0, beat) for beat in (0, 1, 5)] == [0, 0.25, 0.25]


def test_it_is_a_function_of_time_and_not_of_calls():
    often, once = LFO(rate=0.3), LFO(rate=0.3)
    for frame in range(50):
        at(often, frame / 25)
    assert at(often, 2.0) == at(once, 2.0)


def test_turning_the_rate_does_not_jump():
    node = LFO(shape="saw", rate=0.1)
    before = [at(node, s) for s in (0, 2.5)][-1]
    node.rate = 0.2
    assert before == pytest.approx(0.25)
    assert at(node, 3.5) == pytest.approx(0.45)


def test_random_steps_hold_for_a_cycle_and_then_differ():
    node = LFO(shape="random steps", rate=1)
    heights = [at(node, s) for s in (0, 0.5, 0.99, 1.0, 2.0)]
    assert heights[0] == heights[1] == heights[2]
    assert len({heights[0], heights[3], heights[4]}) == 3


def test_random_smooth_meets_the_steps_and_moves_little():
    steps, smooth = LFO(shape="random steps", rate=1), LFO(shape="random smooth", rate=1)
    assert [at(steps, s) for s in range(5)] == [at(smooth, s) for s in range(5)]
    curve = [at(smooth, s / 100) for s in range(500)]
    assert max(abs(b - a) for a, b in itertools.pairwise(curve)) < 0.02


def test_random_heights_follow_the_seed():
    nodes = [LFO(shape="random steps", rate=1) for _ in range(3)]
    for node, seed in zip(nodes, (1, 1, 2), strict=True):
        node.ctx = Context(rng=Rng(seed, 3))
    one, same, other = ([at(node, s) for s in range(8)] for node in nodes)
    assert one == same
    assert one != other


def test_random_heights_cover_the_span():
    node = LFO(shape="random steps", rate=1)
    heights = [at(node, s) for s in range(400)]
    assert min(heights) < 0.05
    assert max(heights) > 0.95
    assert sum(heights) / 400 == pytest.approx(0.5, abs=0.06)
