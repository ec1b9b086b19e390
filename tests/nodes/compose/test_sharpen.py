"""Sharpen: detail is lifted, even parts stay."""

from __future__ import annotations

import pytest
import torch

from engine.values import Frame
from nodes.compose.sharpen import Sharpen


def step() -> Frame:
    levels = torch.full((1, 3, 8, 16), 0.4)
    levels[..., 8:] = 0.6
    return Frame(levels)


def test_an_edge_gets_steeper_and_even_parts_stay():
    sharp = Sharpen(amount=1.0, radius=1.0).process(step()).tensor[0, 0, 4]
    assert sharp[7] < 0.39
    assert sharp[8] > 0.61
    assert sharp[0] == pytest.approx(0.4, abs=1e-4)


def test_below_zero_it_softens():
    soft = Sharpen(amount=-1.0, radius=1.0).process(step()).tensor[0, 0, 4]
    assert 0.4 < soft[7] < soft[8] < 0.6


def test_weak_detail_below_the_threshold_stays():
    frame = step()
    assert torch.allclose(Sharpen(threshold=0.5).process(frame).tensor, frame.tensor)


def test_no_amount_changes_nothing():
    frame = step()
    assert torch.equal(Sharpen(amount=0.0).process(frame).tensor, frame.tensor)
