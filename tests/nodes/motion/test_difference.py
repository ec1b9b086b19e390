"""FrameDifference: what counts as a change, and how much."""

from __future__ import annotations

import pytest
import torch

from engine.values import Frame
from nodes.motion.difference import FrameDifference


def grey(*levels: float) -> Frame:
    return Frame(torch.tensor(levels).expand(1, 3, 1, -1).contiguous())


def test_the_first_frame_has_not_changed():
    change = FrameDifference(threshold=0.0).process(grey(0.5, 1))
    assert change.mask.tensor.tolist() == [[[[0, 0]]]]
    assert change.amount == 0


def test_a_change_counts_from_the_threshold_over_the_softness():
    node = FrameDifference(threshold=0.2, softness=0.4)
    node.process(grey(0, 0, 0, 1))
    change = node.process(grey(0.1, 0.4, 1, 0.2))
    assert change.mask.tensor[0, 0, 0].tolist() == pytest.approx([0, 0.5, 1, 1])
    assert change.amount == pytest.approx(2.5 / 4)


def test_no_softness_is_a_hard_edge():
    node = FrameDifference(threshold=0.2, softness=0.0)
    node.process(grey(0, 0))
    assert node.process(grey(0.19, 0.21)).mask.tensor[0, 0, 0].tolist() == [0, 1]


def test_what_stands_still_again_is_black():
    node = FrameDifference()
    assert [node.process(grey(level)).amount for level in (0, 1, 1)] == [0, 1, 0]


def test_a_learnt_background_is_left_slowly():
    node = FrameDifference(follow=0.5, threshold=0.0, softness=1.0)
    amounts = [node.process(grey(level)).amount for level in (0, 1, 1, 1)]
    assert amounts == pytest.approx([0, 1, 0.5, 0.25])


def test_one_changed_channel_is_enough():
    node = FrameDifference(threshold=0.0, softness=1.0)
    node.process(Frame.solid(1, 1))
    assert node.process(Frame.solid(1, 1, (0, 0, 0.5))).amount == pytest.approx(0.5)


def test_a_stray_nan_leaves_again():
    node = FrameDifference(follow=0.5)
    for level in (0.0, float("nan"), 0.0, 0.0):
        change = node.process(grey(level))
    assert change.amount == 0


def test_another_size_begins_again():
    node = FrameDifference()
    node.process(grey(0, 0))
    assert node.process(grey(1)).amount == 0
