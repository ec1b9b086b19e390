"""Blur: light spreads, transparency counts, and a mask limits it."""

from __future__ import annotations

import pytest
import torch

from engine.values import Frame, Mask
from nodes.compose.blur import Blur


def dot() -> Frame:
    picture = torch.zeros(1, 3, 33, 33)
    picture[..., 16, 16] = 1
    return Frame(picture)


def test_no_radius_is_the_frame_itself():
    frame = dot()
    assert Blur(radius=0.0).process(frame) is frame


@pytest.mark.parametrize("shape", ["gaussian", "box"])
def test_what_is_even_stays_even(shape):
    frame = Frame.solid(9, 7, (0.2, 0.5, 0.8))
    soft = Blur(radius=3.0, shape=shape).process(frame)
    assert torch.allclose(soft.tensor, frame.tensor, atol=1e-4)


def test_the_light_is_kept_and_spreads():
    soft = Blur(radius=2.0, linear=False).process(dot()).tensor[0, 0]
    assert soft.sum() == pytest.approx(1, abs=1e-3)
    # 1 / (2 pi sigma squared)
    assert soft[16, 16] == pytest.approx(0.0398, abs=2e-3)


def test_light_blooms_more_than_file_values():
    bloom = Blur(radius=2.0).process(dot()).tensor
    assert bloom.sum() > Blur(radius=2.0, linear=False).process(dot()).tensor.sum() * 2


def test_a_mask_limits_it():
    mask = torch.zeros(1, 1, 33, 33)
    mask[..., :16] = 1
    soft = Blur(radius=2.0).process(dot(), Mask(mask)).tensor[0, 0]
    assert soft[16, 16] == 1
    assert soft[16, 15] > 0
    assert soft[16, 17] == 0


def test_transparent_colour_does_not_bleed():
    picture = torch.zeros(1, 3, 1, 8)
    picture[:, 0, :, :4], picture[:, 1, :, 4:] = 1, 1
    alpha = torch.tensor([1.0, 1, 1, 1, 0, 0, 0, 0]).view(1, 1, 1, 8)
    soft = Blur(radius=1.0).process(Frame(picture, alpha))
    assert soft.tensor[:, 1].max() == pytest.approx(0, abs=1e-5)
    assert 0 < soft.alpha[0, 0, 0, 4] < 0.5
