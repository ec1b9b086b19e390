"""MaskFromDepth: distance becomes near, far or focus."""

from __future__ import annotations

import pytest
import torch

from engine.values import Depth
from nodes.compose.mask_from_depth import MaskFromDepth

DEPTH = Depth(torch.tensor([0.0, 5.0, 10.0, 20.0, 1000.0]).view(1, 1, 1, 5))


def levels(**knobs) -> list[float]:
    return MaskFromDepth(**knobs).process(DEPTH).tensor.flatten().tolist()


def test_what_is_beyond_the_distance_is_white():
    assert levels(softness=2.0) == pytest.approx([0, 0, 0.5, 1, 1])


def test_no_softness_is_a_hard_edge():
    assert levels(softness=0.0, distance=12.0) == [0, 0, 0, 1, 1]


def test_around_keeps_what_is_about_as_far():
    assert levels(keep="around", softness=1.0) == pytest.approx([0, 0.5, 1, 0.5, 0])


def test_invert_swaps_near_and_far():
    assert levels(softness=2.0, invert=True) == pytest.approx([1, 1, 0.5, 0, 0])


def test_depth_without_end_gives_numbers():
    endless = Depth(torch.tensor([0.0, float("inf"), -3.0]).view(1, 1, 1, 3))
    assert MaskFromDepth().process(endless).tensor.flatten().tolist() == [0, 1, 0]
