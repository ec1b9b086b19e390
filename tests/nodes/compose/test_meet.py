"""Pictures of different sizes: the size of the first, without stray colour."""

from __future__ import annotations

import pytest
import torch

from engine.values import Frame, Mask
from nodes.compose.meet import fitted, fitted_mask, resized


def test_the_same_size_is_the_frame_itself():
    frame = Frame.solid(3, 5)
    assert fitted(frame, Frame.solid(3, 5)) is frame


def test_the_second_takes_the_size_of_the_first():
    assert fitted(Frame.solid(3, 5), Frame.solid(7, 2)).tensor.shape == (1, 3, 7, 2)


def test_what_is_transparent_does_not_bleed():
    colour = torch.zeros(1, 3, 1, 4)
    colour[:, 0, :, :2] = 1  # red that is seen, green that is not
    colour[:, 1, :, 2:] = 1
    alpha = torch.tensor([1.0, 1, 0, 0]).view(1, 1, 1, 4)
    small = resized(Frame(colour, alpha), height=1, width=2)
    seen = (small.tensor * small.alpha).sum((0, 2, 3))
    assert seen[1] == 0
    assert small.tensor[0, 0, 0, 0] == pytest.approx(1)


def test_masks_take_the_size_of_the_frame():
    assert fitted_mask(Mask(torch.ones(1, 1, 2, 2)), Frame.solid(3, 5)).shape == (1, 1, 3, 5)
