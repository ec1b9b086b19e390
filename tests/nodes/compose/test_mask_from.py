"""MaskFrom: which part of the picture becomes white."""

from __future__ import annotations

import pytest
import torch

from engine.values import Frame
from nodes.compose.mask_from import MaskFrom

FRAME = Frame(torch.tensor([0.2, 0.4, 0.8]).view(1, 3, 1, 1), torch.full((1, 1, 1, 1), 0.3))


@pytest.mark.parametrize(
    ("channel", "value"),
    [("red", 0.2), ("green", 0.4), ("blue", 0.8), ("alpha", 0.3),
     ("luma", 0.2 * 0.2126 + 0.4 * 0.7152 + 0.8 * 0.0722)],
)  # fmt: skip
def test_untouched_the_mask_is_the_value(channel, value):
    assert float(MaskFrom(channel=channel).process(FRAME).tensor) == pytest.approx(value)


def test_an_opaque_picture_has_a_white_alpha():
    assert float(MaskFrom(channel="alpha").process(Frame.solid(1, 1)).tensor) == 1


def test_invert_swaps():
    mask = MaskFrom(channel="red", invert=True).process(FRAME)
    assert float(mask.tensor) == pytest.approx(0.8)


def test_less_softness_is_an_edge_at_the_threshold():
    node = MaskFrom(channel="red", threshold=0.2, softness=0.0)
    ramp = Frame(torch.tensor([0.1, 0.19, 0.21, 0.9]).expand(1, 3, 1, 4))
    assert node.process(ramp).tensor.flatten().tolist() == [0, 0, 1, 1]
    node.softness = 0.2
    assert node.process(FRAME).tensor.item() == pytest.approx(0.5)
