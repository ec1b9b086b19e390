"""Delay of numbers: what comes out after how many writes."""

from __future__ import annotations

import pytest

from engine.node import Context
from nodes.control.delay import Delay


def run(node: Delay, values: list[float]) -> list[float]:
    return [node.process(value) for value in values]


def test_it_sends_what_came_some_frames_ago():
    assert run(Delay(frames=2), [1, 2, 3, 4]) == [1, 1, 1, 2]


def test_it_begins_with_the_number_given():
    assert run(Delay(frames=2, from_first=False, initial=9.0), [1, 2, 3, 4]) == [9, 9, 1, 2]


def test_read_gives_what_was_written_so_many_writes_ago():
    node = Delay(frames=2)
    seen = []
    for value in (1, 2, 3, 4):
        node.write(value)
        seen.append(node.read())
    assert seen == [None, None, 1, 2]


@pytest.mark.parametrize(("frames", "expected"), [(1, [1, 2, 3, 4]), (3, [None, None, 1, 2])])
def test_read_ahead_gives_what_the_next_step_reads(frames, expected):
    node = Delay(frames=frames)
    ahead = []
    for value in (1, 2, 3, 4):
        node.write(value)
        ahead.append(node.read_ahead())
    assert ahead == expected


def test_a_loop_begins_with_the_initial_number():
    assert Delay(initial=0.25).start(Context()) == 0.25


def test_frames_may_change_while_it_runs():
    node = Delay(frames=3)
    assert run(node, [1, 2, 3, 4, 5]) == [1, 1, 1, 1, 2]
    node.frames = 1
    assert run(node, [6, 7]) == [5, 6]
    node.frames = 3
    assert run(node, [8, 9, 10]) == [6, 6, 7]


def test_the_past_is_bounded_and_rebound():
    node = Delay(frames=2)
    run(node, [1, 2, 3])
    kept = node.snapshot()
    run(node, [4, 5])
    assert len(node._past) == 3
    node.restore(kept)
    assert node.process(4) == 2
