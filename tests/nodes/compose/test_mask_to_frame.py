"""MaskPicture: two colours and what lies between."""

from __future__ import annotations

import pytest
import torch

from engine.spec import converter
from engine.values import Color, Frame, Mask
from nodes.compose.mask_to_frame import MaskPicture

MASK = Mask(torch.tensor([0.0, 0.5, 1.0]).view(1, 1, 1, 3))


def test_white_is_white():
    assert MaskPicture().process(MASK).tensor[0, :, 0].tolist() == [[0, 0.5, 1]] * 3


def test_colours_may_be_chosen():
    picture = MaskPicture(white=Color("#ff0000"), black=Color("#0000ff")).process(MASK).tensor
    assert picture[0, :, 0, 0].tolist() == [0, 0, 1]
    assert picture[0, :, 0, 1].tolist() == pytest.approx([0.5, 0, 0.5])


def test_it_is_offered_where_a_mask_meets_a_picture():
    assert converter(Mask, Frame) == "compose.mask_to_frame"
