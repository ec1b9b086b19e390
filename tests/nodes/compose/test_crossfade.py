"""Crossfade: light of two projectors, with and without transparency."""

from __future__ import annotations

import pytest
import torch

from engine.values import Frame
from nodes.compose.crossfade import Crossfade

BLACK, WHITE = Frame.solid(2, 2), Frame.solid(2, 2, (1.0, 1.0, 1.0))


def test_the_ends_are_the_pictures():
    assert Crossfade(mix=0.0).process(BLACK, WHITE).tensor.max() == 0
    assert Crossfade(mix=1.0).process(BLACK, WHITE).tensor.min() == pytest.approx(1)


def test_the_middle_has_half_the_light():
    # half the light is 0.7354 in sRGB
    assert Crossfade(mix=0.5).process(BLACK, WHITE).tensor.mean() == pytest.approx(0.7354, abs=1e-3)


def test_transparency_fades_and_its_colour_does_not_count():
    clear = Frame(WHITE.tensor, torch.zeros(1, 1, 2, 2))
    faded = Crossfade(mix=0.5).process(BLACK, clear)
    assert faded.alpha.mean() == pytest.approx(0.5)
    assert faded.tensor.max() == pytest.approx(0, abs=1e-6)


def test_both_clear_is_clear_and_finite():
    clear = Frame(WHITE.tensor, torch.zeros(1, 1, 2, 2))
    faded = Crossfade(mix=0.3).process(clear, clear)
    assert faded.alpha.max() == 0
    assert torch.isfinite(faded.tensor).all()


def test_the_second_takes_the_size_of_the_first():
    assert Crossfade().process(BLACK, Frame.solid(5, 7)).tensor.shape == (1, 3, 2, 2)
