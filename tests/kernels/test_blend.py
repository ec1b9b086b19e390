"""Blending: the formulas of the W3C specification by hand, alpha corners, and neutral settings."""

from __future__ import annotations

from typing import get_args

import pytest
import torch

from kernels.blend import MODES, Mode, blend, mix, premultiply, unpremultiply
from kernels.color import linear_to_srgb, srgb_to_linear
from kernels.noise import uniform

BASE, TOP, MASKS = (uniform((2, 3, 16, 20), seed=seed, stream=0) for seed in (1, 2, 3))
ALPHA, TOP_ALPHA = MASKS[:, :1], MASKS[:, 1:2]
ALL_MODES = get_args(Mode)


def pixel(*rgb: float) -> torch.Tensor:
    return torch.tensor(rgb, dtype=torch.float32).view(1, 3, 1, 1)


def one(value: float) -> torch.Tensor:
    return torch.full((1, 1, 1, 1), float(value))


def values(picture: torch.Tensor) -> list[float]:
    return picture.flatten().tolist()


@pytest.mark.parametrize(
    ("mode", "base", "top", "expected"),
    [
        ("add", 0.7, 0.5, 1.0),
        ("add", 0.2, 0.5, 0.7),
        ("subtract", 0.7, 0.5, 0.2),
        ("subtract", 0.2, 0.5, 0.0),
        ("multiply", 0.5, 0.4, 0.2),
        ("screen", 0.5, 0.4, 0.7),
        ("overlay", 0.25, 0.4, 0.2),
        ("overlay", 0.75, 0.4, 0.7),
        ("hard_light", 0.4, 0.25, 0.2),
        ("hard_light", 0.4, 0.75, 0.7),
        ("soft_light", 0.6, 0.3, 0.504),  # 0.6 - 0.4 * 0.6 * 0.4
        ("soft_light", 0.16, 0.75, 0.279168),  # D = ((16 * 0.16 - 12) * 0.16 + 4) * 0.16
        ("soft_light", 0.64, 0.75, 0.72),  # D = 0.8
        ("darken", 0.3, 0.6, 0.3),
        ("lighten", 0.3, 0.6, 0.6),
        ("difference", 0.3, 0.8, 0.5),
        ("exclusion", 0.5, 0.3, 0.5),
        ("exclusion", 0.2, 0.3, 0.38),
        ("color_dodge", 0.3, 0.4, 0.5),
        ("color_dodge", 0.3, 0.9, 1.0),
        ("color_dodge", 0.0, 1.0, 0.0),
        ("color_dodge", 0.3, 1.0, 1.0),
        ("color_burn", 0.7, 0.5, 0.4),
        ("color_burn", 0.2, 0.5, 0.0),
        ("color_burn", 1.0, 0.0, 1.0),
        ("color_burn", 0.7, 0.0, 0.0),
    ],
)
def test_separable_modes_by_hand(mode, base, top, expected):
    out = mix(pixel(base, base, base), pixel(top, top, top), mode)
    assert values(out) == pytest.approx([expected] * 3, abs=1e-6)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        # base (0.2, 0.5, 0.4): lum 0.399, sat 0.3; top (0.9, 0.1, 0.3): lum 0.362, sat 0.8
        ("hue", (0.5985, 0.2985, 0.3735)),  # (0.3, 0, 0.075) has lum 0.09825, and 0.399 is asked
        ("saturation", (-0.1306, 0.6694, 0.4028)),  # before it is brought into gamut
        ("color", (0.937, 0.137, 0.337)),  # top and 0.037
        ("luminosity", (0.163, 0.463, 0.363)),  # base and -0.037
    ],
)
def test_nonseparable_modes_by_hand(mode, expected):
    base, top = pixel(0.2, 0.5, 0.4), pixel(0.9, 0.1, 0.3)
    if mode == "hue":
        expected = tuple(v + 0.399 - 0.09825 for v in (0.3, 0.0, 0.075))
    if mode == "saturation":
        raw = (0.0, 0.8, 0.8 * 2 / 3)
        lum = 0.3 * raw[0] + 0.59 * raw[1] + 0.11 * raw[2]
        moved = [v + 0.399 - lum for v in raw]
        least = min(moved)
        expected = tuple(0.399 + (v - 0.399) * 0.399 / (0.399 - least) for v in moved)
    assert values(mix(base, top, mode)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("mode", ["hue", "saturation", "color", "luminosity"])
def test_nonseparable_modes_stay_in_gamut_and_have_the_luminosity_asked(mode):
    out = mix(BASE, TOP, mode)
    assert out.min() >= -1e-6
    assert out.max() <= 1 + 1e-6
    weights = torch.tensor([0.3, 0.59, 0.11]).view(1, 3, 1, 1)
    giver = TOP if mode == "luminosity" else BASE
    assert torch.allclose((out * weights).sum(1), (giver * weights).sum(1), atol=1e-5)


@pytest.mark.parametrize("mode", ["hue", "saturation", "color", "luminosity"])
def test_nonseparable_modes_take_greys_black_and_white(mode):
    for base in (pixel(0, 0, 0), pixel(1, 1, 1), pixel(0.5, 0.5, 0.5)):
        for top in (pixel(0, 0, 0), pixel(1, 1, 1), pixel(1, 0, 0)):
            out = mix(base, top, mode)
            assert out.isfinite().all()
            assert out.min() >= 0
            assert out.max() <= 1 + 1e-6


def test_every_mode_has_a_formula():
    assert set(MODES) == set(ALL_MODES) - {"normal"}


@pytest.mark.parametrize("mode", ALL_MODES)
def test_opacity_zero_gives_the_base_itself(mode):
    out, alpha = blend(BASE, TOP, mode=mode, opacity=0, base_alpha=ALPHA, top_alpha=TOP_ALPHA)
    assert out is BASE
    assert alpha is ALPHA


@pytest.mark.parametrize("mode", ALL_MODES)
@pytest.mark.parametrize("linear", [True, False])
def test_an_empty_mask_leaves_the_base(mode, linear):
    out, alpha = blend(BASE, TOP, mode=mode, top_alpha=torch.zeros_like(ALPHA), linear=linear)
    assert (out - BASE).abs().max() < 2e-6
    assert alpha is None


@pytest.mark.parametrize("mode", ALL_MODES)
def test_opaque_alphas_equal_no_alphas(mode):
    plain, _ = blend(BASE, TOP, mode=mode, opacity=0.7)
    ones = torch.ones_like(ALPHA)
    out, alpha = blend(BASE, TOP, mode=mode, opacity=0.7, base_alpha=ones, top_alpha=ones)
    assert alpha is not None
    assert torch.allclose(out, plain, atol=5e-6)
    assert torch.allclose(alpha, ones)


@pytest.mark.parametrize("mode", ALL_MODES)
def test_over_nothing_the_top_is_seen_unblended(mode):
    nothing = torch.zeros_like(ALPHA)
    out, alpha = blend(BASE, TOP, mode=mode, base_alpha=nothing, top_alpha=TOP_ALPHA)
    assert alpha is not None
    assert torch.allclose(alpha, TOP_ALPHA)
    assert torch.allclose(out, TOP, atol=1e-5)


def test_nothing_over_nothing_is_black_and_transparent():
    nothing = torch.zeros_like(ALPHA)
    out, alpha = blend(BASE, TOP, base_alpha=nothing, top_alpha=nothing)
    assert out.abs().max() == 0
    assert alpha is not None
    assert alpha.abs().max() == 0


def test_source_over_by_hand():
    out, alpha = blend(
        pixel(0.2, 0.4, 0.6),
        pixel(1.0, 0.0, 0.5),
        base_alpha=one(0.5),
        top_alpha=one(0.8),
        opacity=0.5,
        linear=False,
    )
    # share 0.4, backdrop seen 0.5 * 0.6 = 0.3, alpha 0.7
    expected = [(0.4 * t + 0.3 * b) / 0.7 for b, t in ((0.2, 1.0), (0.4, 0.0), (0.6, 0.5))]
    assert values(out) == pytest.approx(expected)
    assert alpha is not None
    assert alpha.item() == pytest.approx(0.7)


def test_multiply_with_alphas_by_hand():
    out, alpha = blend(
        pixel(0.5, 0.5, 0.5),
        pixel(0.4, 0.4, 0.4),
        mode="multiply",
        base_alpha=one(0.5),
        top_alpha=one(0.6),
        linear=False,
    )
    # source (1 - 0.5) * 0.4 + 0.5 * 0.2 = 0.3; (0.6 * 0.3 + 0.2 * 0.5) / 0.8
    assert out.flatten()[0].item() == pytest.approx(0.35)
    assert alpha is not None
    assert alpha.item() == pytest.approx(0.8)


def test_blending_is_in_linear_light_unless_asked_otherwise():
    half, _ = blend(pixel(0, 0, 0), pixel(1, 1, 1), opacity=0.5)
    assert half.flatten()[0].item() == pytest.approx(linear_to_srgb(torch.tensor(0.5)).item())
    coded, _ = blend(pixel(0, 0, 0), pixel(1, 1, 1), opacity=0.5, linear=False)
    assert coded.flatten()[0].item() == 0.5


@pytest.mark.parametrize("mode", ["add", "multiply", "screen", "difference", "exclusion"])
def test_commuting_modes_commute(mode):
    assert torch.allclose(mix(BASE, TOP, mode), mix(TOP, BASE, mode), atol=1e-6)


@pytest.mark.parametrize("mode", ALL_MODES)
def test_modes_agree_with_double_precision(mode):
    single, _ = blend(BASE, TOP, mode=mode, opacity=0.6, base_alpha=ALPHA, top_alpha=TOP_ALPHA)
    given = (x.double() for x in (BASE, TOP))
    alphas = {"base_alpha": ALPHA.double(), "top_alpha": TOP_ALPHA.double()}
    double, _ = blend(*given, mode=mode, opacity=0.6, **alphas)
    assert (single - double).abs().max() < 2e-5


def test_a_batch_of_one_is_spread():
    for opacity in (0.5, 1.0):
        out, _ = blend(BASE[:1], TOP, opacity=opacity)
        again, _ = blend(BASE[:1], TOP[1:], opacity=opacity)
        assert out.shape == TOP.shape
        assert torch.allclose(out[1:], again)


def test_the_inputs_are_not_written():
    given = [x.clone() for x in (BASE, TOP, ALPHA, TOP_ALPHA)]
    for mode in ALL_MODES:
        for linear in (True, False):
            blend(BASE, TOP, mode=mode, base_alpha=ALPHA, top_alpha=TOP_ALPHA, linear=linear)
            blend(BASE, TOP, mode=mode, opacity=0.3, linear=linear)
    assert all(torch.equal(a, b) for a, b in zip(given, (BASE, TOP, ALPHA, TOP_ALPHA), strict=True))


def test_premultiplied_colour_comes_back():
    assert torch.allclose(unpremultiply(premultiply(BASE, ALPHA), ALPHA), BASE, atol=1e-5)
    assert unpremultiply(pixel(0, 0, 0), one(0)).abs().max() == 0


def test_results_stay_in_range_for_pictures_that_do_not():
    for mode in ALL_MODES:
        out, _ = blend(BASE * 1.5, TOP * 2 - 0.5, mode=mode, opacity=0.9)
        assert out.min() >= 0
        assert out.max() <= 1


def test_nan_stays_in_its_pixel():
    spoiled = TOP.clone()
    spoiled[0, :, 2, 3] = float("nan")
    out, _ = blend(BASE, spoiled, mode="screen", opacity=0.5)
    assert out[0, :, 2, 3].isnan().all()
    assert out.isnan().sum() == 3


def test_layouts_of_memory_agree():
    out, _ = blend(BASE, TOP, mode="overlay", opacity=0.5)
    last = (x.contiguous(memory_format=torch.channels_last) for x in (BASE, TOP))
    assert torch.allclose(blend(*last, mode="overlay", opacity=0.5)[0], out)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"mode": "dissolve"}, 'no blend mode "dissolve"'),
        ({"opacity": 1.5}, "opacity 1.5"),
        ({"opacity": float("nan")}, "opacity nan"),
        ({"top_alpha": ALPHA[:, :, :4]}, "top_alpha of 20x4"),
    ],
)
def test_bad_settings_are_named(given, message):
    with pytest.raises(ValueError, match=message):
        blend(BASE, TOP, **given)


def test_pictures_of_unequal_size_are_refused():
    with pytest.raises(ValueError, match="top of 10x16 does not fit the base of 20x16"):
        blend(BASE, TOP[..., :10])


def test_srgb_blends_are_the_linear_formula_between_two_curves():
    out, _ = blend(BASE, TOP, mode="multiply")
    product = srgb_to_linear(BASE) * srgb_to_linear(TOP)
    assert torch.allclose(out, linear_to_srgb(product), atol=2e-6)
