"""Colour: exact curves, round trips, neutral knobs, and colours whose values are published."""

from __future__ import annotations

import pytest
import torch

from kernels import color
from kernels.color import (
    apply_lut3d,
    contrast,
    exposure,
    grade,
    hsv_to_rgb,
    hue_rotate,
    levels,
    linear_to_srgb,
    luma,
    oklab_to_rgb,
    rgb_to_hsv,
    rgb_to_oklab,
    rgb_to_ycbcr,
    saturation,
    srgb_to_linear,
    temperature,
    ycbcr_to_rgb,
)
from kernels.noise import uniform

PICTURE = uniform((2, 3, 24, 31), seed=1, stream=0)
GREY = torch.linspace(0, 1, 256).expand(1, 3, 1, 256)


def pixel(*rgb: float) -> torch.Tensor:
    return torch.tensor(rgb, dtype=torch.float32).view(1, 3, 1, 1)


def values(picture: torch.Tensor) -> list[float]:
    return picture.flatten().tolist()


def exact_decode(x: torch.Tensor) -> torch.Tensor:
    return torch.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def exact_encode(x: torch.Tensor) -> torch.Tensor:
    return torch.where(x <= 0.0031308, x * 12.92, 1.055 * x ** (1 / 2.4) - 0.055)


def test_curves_agree_with_the_standard_in_double_precision():
    x = torch.linspace(0, 1, 100_001)
    assert (srgb_to_linear(x) - exact_decode(x.double())).abs().max() < 3e-7
    assert (linear_to_srgb(x) - exact_encode(x.double())).abs().max() < 3e-7


def test_curves_keep_black_white_and_eight_bit_values():
    x = torch.arange(256) / 255
    assert srgb_to_linear(torch.zeros(1)).item() == 0 == linear_to_srgb(torch.zeros(1)).item()
    assert abs(srgb_to_linear(torch.ones(1)).item() - 1) < 2e-7
    assert torch.equal((linear_to_srgb(srgb_to_linear(x)) * 255).round(), torch.arange(256.0))


def test_curves_go_on_below_zero_along_their_line():
    assert srgb_to_linear(torch.tensor([-0.5])).item() == pytest.approx(-0.5 / 12.92)
    assert linear_to_srgb(torch.tensor([-0.5])).item() == pytest.approx(-0.5 * 12.92)


@pytest.mark.parametrize(
    ("there", "back", "error"),
    [
        (srgb_to_linear, linear_to_srgb, 1e-6),
        (rgb_to_hsv, hsv_to_rgb, 2e-6),
        (rgb_to_ycbcr, ycbcr_to_rgb, 1e-6),
        (rgb_to_oklab, oklab_to_rgb, 5e-5),
    ],
)
def test_conversions_come_back(there, back, error):
    assert (back(there(PICTURE)) - PICTURE).abs().max() < error
    assert (back(there(GREY)) - GREY).abs().max() < error


def test_the_input_is_not_written():
    before = PICTURE.clone()
    for function in (srgb_to_linear, rgb_to_hsv, rgb_to_oklab, rgb_to_ycbcr, luma):
        function(PICTURE)
    grade(PICTURE, exposure=1, temperature=0.5, hue=0.3, saturation=2, contrast=2)
    levels(PICTURE, in_black=0.2, gamma=2)
    assert torch.equal(PICTURE, before)


@pytest.mark.parametrize(
    ("rgb", "lab"),  # the colours as CSS Color 4 gives them
    [
        ((1, 1, 1), (1.0, 0.0, 0.0)),
        ((1, 0, 0), (0.62796, 0.22486, 0.12585)),
        ((0, 1, 0), (0.86644, -0.23389, 0.17950)),
        ((0, 0, 1), (0.45201, -0.03246, -0.31153)),
        ((0, 0, 0), (0.0, 0.0, 0.0)),
    ],
)
def test_oklab_of_the_primaries(rgb, lab):
    assert values(rgb_to_oklab(pixel(*rgb))) == pytest.approx(lab, abs=2e-4)


def test_hsv_of_known_colours():
    assert values(rgb_to_hsv(pixel(1, 0, 0))) == [0, 1, 1]
    assert values(rgb_to_hsv(pixel(0, 0.5, 0))) == pytest.approx([1 / 3, 1, 0.5])
    assert values(rgb_to_hsv(pixel(0.2, 0.2, 0.2))) == pytest.approx([0, 0, 0.2])
    assert values(rgb_to_hsv(pixel(0, 0, 0))) == [0, 0, 0]
    assert values(hsv_to_rgb(pixel(1.5, 1, 1))) == pytest.approx([0, 1, 1], abs=1e-6)


def test_ycbcr_of_white_and_blue():
    assert values(rgb_to_ycbcr(pixel(1, 1, 1))) == pytest.approx([1, 0, 0], abs=1e-6)
    assert values(rgb_to_ycbcr(pixel(0, 0, 1))) == pytest.approx([0.0722, 0.5, -0.0458], abs=1e-4)


def test_luma_weighs_green_most():
    assert luma(pixel(0, 1, 0)).item() == pytest.approx(0.7152)
    assert luma(PICTURE).shape == (2, 1, 24, 31)


def test_knobs_at_rest_give_the_picture_itself():
    assert grade(PICTURE) is PICTURE
    assert exposure(PICTURE, 0) is PICTURE
    assert contrast(PICTURE, 1) is PICTURE
    assert saturation(PICTURE, 1) is PICTURE
    assert hue_rotate(PICTURE, 0) is PICTURE
    assert hue_rotate(PICTURE, 3) is PICTURE
    assert temperature(PICTURE, 0) is PICTURE


def test_a_stop_doubles_the_light():
    dim = PICTURE * 0.5
    brighter = srgb_to_linear(exposure(dim, 1))
    assert torch.allclose(brighter, (2 * srgb_to_linear(dim)).clamp(max=1), atol=2e-6)
    assert torch.allclose(exposure(exposure(dim, 1), -1), dim, atol=1e-5)


def test_contrast_holds_the_pivot_and_moves_the_rest_away():
    out = values(contrast(torch.tensor([0.3, 0.5, 0.6, 0.9]).view(1, 1, 1, 4), 2))
    assert out == pytest.approx([0.1, 0.5, 0.7, 1.0])
    assert values(contrast(pixel(0.2, 0.4, 0.8), 0, pivot=0.4)) == pytest.approx([0.4] * 3)


def test_saturation_zero_is_grey_of_the_same_luminance():
    grey = saturation(PICTURE, 0)
    assert (grey.amax(1) - grey.amin(1)).max() < 2e-6
    assert torch.allclose(luma(srgb_to_linear(grey)), luma(srgb_to_linear(PICTURE)), atol=2e-6)


def test_hue_turns_leave_greys_and_lightness():
    assert (hue_rotate(GREY, 0.37) - GREY).abs().max() < 1e-4
    muted = 0.4 + 0.2 * PICTURE
    turned = hue_rotate(muted, 0.5)
    assert torch.allclose(rgb_to_oklab(turned)[:, 0], rgb_to_oklab(muted)[:, 0], atol=1e-4)
    assert torch.allclose(rgb_to_oklab(turned)[:, 1:], -rgb_to_oklab(muted)[:, 1:], atol=1e-4)


def test_opposite_hue_turns_cancel():
    muted = 0.4 + 0.2 * PICTURE
    assert torch.allclose(hue_rotate(hue_rotate(muted, 0.2), -0.2), muted, atol=1e-4)


def test_warm_light_is_redder_and_as_bright():
    warm = srgb_to_linear(temperature(pixel(0.5, 0.5, 0.5), 1)).flatten()
    cool = srgb_to_linear(temperature(pixel(0.5, 0.5, 0.5), -1)).flatten()
    middle = srgb_to_linear(pixel(0.5, 0.5, 0.5)).flatten()
    assert warm[0] > middle[0] > cool[0]
    assert warm[2] < middle[2] < cool[2]
    for tinted in (warm, cool):
        assert luma(tinted.view(1, 3, 1, 1)).item() == pytest.approx(middle[0].item(), rel=1e-3)


def test_tint_goes_from_green_to_magenta():
    for amount, sign in ((1, -1), (-1, 1)):
        r, g, b = values(temperature(pixel(0.5, 0.5, 0.5), 0, tint=amount))
        assert (g - (r + b) / 2) * sign > 0.05


def test_knobs_together_equal_knobs_in_turn():
    muted = 0.3 + 0.3 * PICTURE
    together = grade(muted, exposure=0.3, temperature=0.2, saturation=1.2, hue=0.1, contrast=1.1)
    turn = exposure(muted, 0.3)
    turn = hue_rotate(saturation(temperature(turn, 0.2), 1.2), 0.1)
    assert torch.allclose(together, contrast(turn, 1.1), atol=1e-3)


def test_levels_stretch_and_bend():
    ramp = torch.tensor([0.1, 0.2, 0.5, 0.8, 0.9]).view(1, 1, 1, 5)
    assert values(levels(ramp, in_black=0.2, in_white=0.8)) == pytest.approx([0, 0, 0.5, 1, 1])
    assert values(levels(ramp, out_black=1, out_white=0)) == pytest.approx(values(1 - ramp))
    assert levels(pixel(0.25, 0.25, 0.25), gamma=2).flatten()[0] == pytest.approx(0.5)
    assert values(levels(pixel(0, 0, 0), gamma=3)) == [0, 0, 0]
    assert torch.allclose(levels(PICTURE), PICTURE)


def test_levels_of_equal_points_are_a_threshold():
    ramp = torch.tensor([0.1, 0.49, 0.51, 0.9]).view(1, 1, 1, 4)
    assert values(levels(ramp, in_black=0.5, in_white=0.5)) == [0, 0, 1, 1]


@pytest.mark.parametrize("gamma", [0, -1, float("nan")])
def test_levels_refuse_a_gamma_that_is_not_above_zero(gamma):
    with pytest.raises(ValueError, match="has to be above 0"):
        levels(PICTURE, gamma=gamma)


def identity_lut(size: int) -> torch.Tensor:
    axis = torch.linspace(0, 1, size)
    return torch.stack(torch.meshgrid(axis, axis, axis, indexing="ij"), dim=-1)


@pytest.mark.parametrize("size", [2, 17, 33])
def test_the_identity_table_changes_nothing(size):
    assert (apply_lut3d(PICTURE, identity_lut(size)) - PICTURE).abs().max() < 2e-6


def test_a_table_is_indexed_red_green_blue():
    lut = torch.zeros(2, 2, 2, 3)
    lut[1, 0, 0] = torch.tensor([0.1, 0.2, 0.3])
    assert values(apply_lut3d(pixel(1, 0, 0), lut)) == pytest.approx([0.1, 0.2, 0.3])
    assert values(apply_lut3d(pixel(0, 0, 1), lut)) == [0, 0, 0]
    assert values(apply_lut3d(pixel(0.5, 0, 0), lut)) == pytest.approx([0.05, 0.1, 0.15])


def test_colours_outside_the_cube_take_its_face():
    assert values(apply_lut3d(pixel(-1, 2, 0.5), identity_lut(5))) == pytest.approx([0, 1, 0.5])


@pytest.mark.parametrize("shape", [(3, 3, 3), (2, 3, 2, 3), (1, 1, 1, 3), (2, 2, 2, 4)])
def test_a_table_that_is_no_cube_is_refused(shape):
    with pytest.raises(ValueError, match="cube"):
        apply_lut3d(PICTURE, torch.zeros(shape))


def test_whole_numbers_are_refused():
    with pytest.raises(TypeError, match="uint8"):
        srgb_to_linear(torch.zeros(1, 3, 2, 2, dtype=torch.uint8))


def test_nan_stays_in_its_pixel():
    spoiled = PICTURE.clone()
    spoiled[0, :, 3, 4] = float("nan")
    for out in (grade(spoiled, exposure=1, hue=0.2, contrast=2), rgb_to_hsv(spoiled)):
        assert out[0, :, 3, 4].isnan().all()
        assert out.isnan().sum() <= 3


def test_matrices_invert():
    product = color._times(color.OKLAB, color.inverse(color.OKLAB))
    for row, expected in zip(product, color.IDENTITY, strict=True):
        assert row == pytest.approx(expected, abs=1e-12)
