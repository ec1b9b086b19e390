"""Delay of pictures: what comes out after how many writes."""

from __future__ import annotations

import pytest
import torch

from engine.node import Context, Stream
from engine.values import Frame
from nodes.compose.delay import Delay

ONE, TWO, THREE, FOUR = (Frame.solid(2, 2, (i / 4, 0, 0)) for i in (1, 2, 3, 4))


def run(node: Delay, *frames: Frame) -> list[Frame]:
    return [node.process(frame) for frame in frames]


def test_it_shows_what_came_some_frames_ago():
    assert run(Delay(frames=2), ONE, TWO, THREE, FOUR) == [ONE, ONE, ONE, TWO]


def test_it_may_begin_with_black():
    black, second = run(Delay(frames=1, initial="black"), ONE, TWO)
    assert not black.tensor.any()
    assert second is ONE


def test_read_gives_what_was_written_so_many_writes_ago():
    node = Delay(frames=2)
    seen = []
    for frame in (ONE, TWO, THREE, FOUR):
        node.write(frame)
        seen.append(node.read())
    assert seen == [None, None, ONE, TWO]


@pytest.mark.parametrize(
    ("frames", "expected"), [(1, [ONE, TWO, THREE, FOUR]), (3, [None, None, ONE, TWO])]
)
def test_read_ahead_gives_what_the_next_step_reads(frames, expected):
    node = Delay(frames=frames)
    ahead = []
    for frame in (ONE, TWO, THREE, FOUR):
        node.write(frame)
        ahead.append(node.read_ahead())
    assert ahead == expected


def test_a_loop_begins_with_black_of_the_stream():
    start = Delay().start(Context(stream=Stream(64, 48)))
    assert start.tensor.shape == (1, 3, 48, 64)
    assert not start.tensor.any()


def test_the_past_is_bounded_and_comes_back_from_a_snapshot():
    node = Delay(frames=2)
    run(node, ONE, TWO, THREE)
    kept = node.snapshot()
    run(node, FOUR, FOUR)
    assert len(node._past) == 3
    node.restore(kept)
    assert node.process(FOUR) is TWO


def test_reset_begins_again():
    node = Delay(frames=1)
    run(node, ONE, TWO)
    node.reset()
    assert node.process(THREE) is THREE


def test_it_is_the_breaker_of_cycles():
    assert Delay.spec.delays
    assert torch.equal(Delay(initial="black").process(ONE).tensor, torch.zeros(1, 3, 2, 2))
