"""ApplyMask: hidden parts become transparent or black."""

from __future__ import annotations

import pytest
import torch

from engine.values import Frame, Mask
from nodes.compose.mask import ApplyMask

WHITE = Frame.solid(1, 3, (1.0, 1.0, 1.0))
MASK = Mask(torch.tensor([0.0, 0.5, 1.0]).view(1, 1, 1, 3))


def test_hidden_parts_become_transparent():
    masked = ApplyMask().process(WHITE, MASK)
    assert masked.alpha.flatten().tolist() == [0, 0.5, 1]
    assert masked.tensor is WHITE.tensor


def test_transparency_that_was_there_stays():
    half = Frame(WHITE.tensor, torch.full((1, 1, 1, 3), 0.5))
    assert ApplyMask().process(half, MASK).alpha.flatten().tolist() == [0, 0.25, 0.5]


def test_hidden_parts_become_black_in_linear_light():
    levels = ApplyMask(hidden="black").process(WHITE, MASK).tensor[0, 0, 0].tolist()
    assert levels == pytest.approx([0, 0.7354, 1], abs=1e-3)


def test_invert_and_amount():
    assert ApplyMask(invert=True).process(WHITE, MASK).alpha.flatten().tolist() == [1, 0.5, 0]
    half = ApplyMask(amount=0.5).process(WHITE, MASK)
    assert half.alpha.flatten().tolist() == [0.5, 0.75, 1]


def test_without_a_mask_the_picture_stays():
    assert ApplyMask().process(WHITE) is WHITE


def test_a_mask_of_another_size_is_stretched():
    masked = ApplyMask().process(Frame.solid(4, 9), MASK)
    assert masked.alpha.shape == (1, 1, 4, 9)
