"""LumaKey: what is in the range stays."""

from __future__ import annotations

import pytest
import torch

from engine.values import Frame
from nodes.compose.luma_key import LumaKey

RAMP = Frame(torch.tensor([0.0, 0.3, 0.6, 1.0]).expand(1, 3, 1, 4).contiguous())


def kept(**knobs) -> list[float]:
    return LumaKey(**knobs).process(RAMP).alpha.flatten().tolist()


def test_what_is_in_the_range_stays():
    assert kept(low=0.2, high=0.7, softness=0.0) == pytest.approx([0, 1, 1, 0])


def test_softness_fades_beyond_the_ends():
    assert kept(low=0.6, high=1.0, softness=0.6)[1] == pytest.approx(0.5, abs=1e-5)


def test_inverted_the_rest_stays():
    assert kept(low=0.2, high=0.7, softness=0.0, invert=True) == pytest.approx([1, 0, 0, 1])


def test_crossed_ends_are_taken_in_order():
    assert kept(low=0.7, high=0.2, softness=0.0) == pytest.approx([0, 1, 1, 0])
