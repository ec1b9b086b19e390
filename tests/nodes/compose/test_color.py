"""ColorGrade: each knob alone, with numbers worked out by hand."""

from __future__ import annotations

import pytest
import torch

from engine.values import Frame
from nodes.compose.color import ColorGrade


def graded(rgb: tuple[float, float, float], **knobs: float) -> list[float]:
    return ColorGrade(**knobs).process(Frame.solid(2, 2, rgb)).tensor[0, :, 0, 0].tolist()


def test_untouched_it_is_the_picture_itself():
    frame = Frame.solid(2, 2, (0.1, 0.5, 0.9))
    assert ColorGrade().process(frame).tensor is frame.tensor


def test_a_stop_doubles_the_light():
    # sRGB 0.5 is 0.214041 of light; twice that is sRGB 0.685
    assert graded((0.5, 0.5, 0.5), exposure=1.0) == pytest.approx([0.6854] * 3, abs=1e-3)


def test_without_saturation_it_is_grey():
    red, green, blue = graded((0.9, 0.2, 0.1), saturation=0.0)
    assert red == pytest.approx(green, abs=1e-5)
    assert green == pytest.approx(blue, abs=1e-5)


def test_a_full_turn_of_hue_is_no_change_and_half_a_turn_swaps_warm_and_cold():
    assert graded((0.8, 0.3, 0.3), hue=360.0) == pytest.approx([0.8, 0.3, 0.3], abs=1e-4)
    red, _, blue = graded((0.6, 0.4, 0.4), hue=180.0)
    assert blue > red


def test_contrast_steepens_about_the_middle():
    assert graded((0.25, 0.5, 0.75), contrast=2.0) == pytest.approx([0, 0.5, 1], abs=1e-6)
    assert graded((0.25, 0.5, 0.75), contrast=0.0) == pytest.approx([0.5] * 3)


def test_warmth_lifts_red_over_blue():
    red, _, blue = graded((0.5, 0.5, 0.5), temperature=1.0)
    assert red > 0.5 > blue


def test_levels_stretch_and_lay_out():
    assert graded((0.2, 0.5, 0.8), in_black=0.2, in_white=0.8) == pytest.approx([0, 0.5, 1])
    assert graded((0, 0.5, 1), out_black=0.25, out_white=0.75) == pytest.approx([0.25, 0.5, 0.75])
    assert graded((0.25, 0.25, 0.25), gamma=2.0) == pytest.approx([0.5] * 3)


def test_alpha_passes():
    alpha = torch.rand(1, 1, 2, 2)
    frame = Frame(torch.rand(1, 3, 2, 2), alpha)
    assert ColorGrade(exposure=1.0).process(frame).alpha is alpha
