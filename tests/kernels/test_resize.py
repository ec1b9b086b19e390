"""Size and place: pixel centres, agreement with torch, and where pictures land."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional

from kernels.noise import gaussian, uniform
from kernels.resize import (
    UNMOVED,
    Placement,
    Rect,
    affine,
    affine_matrix,
    chain,
    crop,
    fill,
    fit,
    place,
    resample,
    resize,
    sample,
    stretch,
)

PICTURE = uniform((2, 3, 40, 56), seed=1, stream=0)
FILTERS = ["nearest", "bilinear", "bicubic", "area", "lanczos"]


def ramp(height: int, width: int) -> torch.Tensor:
    """Brightness equal to the x position of the pixel's centre, in shares of the width."""
    return ((torch.arange(width) + 0.5) / width).expand(1, 1, height, width).contiguous()


@pytest.mark.parametrize("filter", FILTERS)
def test_its_own_size_is_the_picture_itself(filter):
    assert resize(PICTURE, height=40, width=56, filter=filter) is PICTURE


@pytest.mark.parametrize("filter", FILTERS)
@pytest.mark.parametrize("size", [(80, 112), (20, 28), (17, 91), (1, 1), (41, 56)])
def test_a_flat_picture_stays_flat(filter, size):
    flat = torch.full((1, 3, 40, 56), 0.37)
    out = resize(flat, height=size[0], width=size[1], filter=filter)
    assert out.shape == (1, 3, *size)
    assert (out - 0.37).abs().max() < 1e-6


@pytest.mark.parametrize("filter", ["bilinear", "bicubic", "lanczos"])
@pytest.mark.parametrize("width", [28, 112, 80])
def test_centres_stay_where_they_are(filter, width):
    out = resize(ramp(4, 56), height=4, width=width, filter=filter)
    inner = slice(width // 8, -width // 8)
    assert (out - ramp(4, width))[..., inner].abs().max() < 5e-4


@pytest.mark.parametrize("filter", ["bilinear", "bicubic"])
@pytest.mark.parametrize("size", [(80, 112), (20, 28), (33, 90)])
def test_bands_and_torch_use_the_same_weights(filter, size):
    height, width = size
    ours = resample(PICTURE.double(), height=height, width=width, filter=filter)
    torchs = functional.interpolate(PICTURE.double(), size, mode=filter, antialias=True)
    assert (ours - torchs).abs().max() < 1e-5


@pytest.mark.parametrize("antialias", [True, False])
def test_plain_bilinear_agrees_with_torch(antialias):
    ours = resize(PICTURE, height=15, width=30, antialias=antialias)
    torchs = functional.interpolate(PICTURE, (15, 30), mode="bilinear", antialias=antialias)
    assert (ours - torchs).abs().max() < 1e-5


@pytest.mark.parametrize("filter", ["area", "bilinear", "bicubic", "lanczos"])
def test_shrinking_keeps_the_mean(filter):
    out = resize(PICTURE, height=10, width=14, filter=filter)
    assert torch.allclose(out.mean((2, 3)), PICTURE.mean((2, 3)), atol=0.01)


def test_area_is_the_mean_of_what_is_covered():
    out = resize(PICTURE, height=20, width=14, filter="area")
    assert torch.allclose(out, functional.avg_pool2d(PICTURE, (2, 4)), atol=1e-6)


def test_shrinking_without_antialias_lets_stripes_alias():
    stripes = (torch.arange(64) % 2).float().expand(1, 1, 8, 64)
    smooth = resize(stripes, height=8, width=16)
    rough = resize(stripes, height=8, width=16, filter="nearest")
    assert (smooth - 0.5).abs().max() < 0.1
    assert ((rough == 0) | (rough == 1)).all()


def test_overshoot_is_held_for_pictures_and_kept_for_other_values():
    edge = (torch.arange(16) > 7).float().expand(1, 1, 4, 16)
    for filter in ("bicubic", "lanczos"):
        held = resize(edge, height=4, width=64, filter=filter)
        free = resample(edge, height=4, width=64, filter=filter)
        assert held.min() == 0
        assert held.max() == 1
        assert free.min() < -0.02
        assert free.max() > 1.02


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (-1, 4)])
def test_a_size_of_nothing_is_refused(size):
    with pytest.raises(ValueError, match="too small"):
        resize(PICTURE, height=size[0], width=size[1])


def test_an_unknown_filter_is_named():
    with pytest.raises(ValueError, match='no filter "cubic"'):
        resize(PICTURE, height=5, width=5, filter="cubic")


def test_fit_leaves_bars_and_fill_cuts():
    wide, square = (90, 160), (100, 100)
    assert fit(wide, square) == Placement(Rect(0, 0, 160, 90), Rect(0, 22, 100, 56))
    assert fill(wide, square) == Placement(Rect(35, 0, 90, 90), Rect(0, 0, 100, 100))
    assert stretch(wide, square) == Placement(Rect(0, 0, 160, 90), Rect(0, 0, 100, 100))


def test_crop_is_pixel_for_pixel_both_ways():
    assert crop((90, 160), (100, 100)) == Placement(Rect(30, 0, 100, 90), Rect(0, 5, 100, 90))
    assert crop((10, 10), (10, 10)) == stretch((10, 10), (10, 10))


def test_anchors_push_to_an_edge():
    assert fill((90, 160), (100, 100), anchor=(0, 0)).source.x == 0
    assert fill((90, 160), (100, 100), anchor=(1, 1)).source.x == 70
    assert fit((90, 160), (100, 100), anchor=(0.5, 0)).target.y == 0


@pytest.mark.parametrize("rule", [fit, fill, stretch, crop])
@pytest.mark.parametrize("source", [(1, 1), (3, 1000), (1000, 3), (40, 56)])
@pytest.mark.parametrize("target", [(1, 1), (7, 5), (1, 900)])
def test_placements_stay_inside_and_have_area(rule, source, target):
    for rect, bounds in zip(rule(source, target), (source, target), strict=True):
        assert rect.width >= 1
        assert rect.height >= 1
        assert 0 <= rect.x <= bounds[1] - rect.width
        assert 0 <= rect.y <= bounds[0] - rect.height


def test_placed_pictures_have_bars_of_the_background():
    out = place(PICTURE, fit((40, 56), (60, 56)), height=60, width=56, background=0.25)
    assert torch.equal(out[:, :, 10:50], PICTURE)
    assert (out[:, :, :10] == 0.25).all()
    assert (out[:, :, 50:] == 0.25).all()
    cut = place(PICTURE, fill((40, 56), (40, 40)), height=40, width=40)
    assert torch.equal(cut, PICTURE[..., 8:48])


def test_the_unmoved_picture_is_itself():
    assert affine(PICTURE, UNMOVED) is PICTURE
    assert affine(PICTURE, affine_matrix()) is PICTURE


@pytest.mark.parametrize("filter", ["nearest", "bilinear", "bicubic"])
def test_an_identity_tensor_gives_the_picture(filter):
    identity = torch.tensor([[[1.0, 0, 0], [0, 1, 0]]])
    assert (affine(PICTURE, identity, filter=filter) - PICTURE).abs().max() < 3e-5
    double = affine(PICTURE.double(), identity.double(), filter=filter)
    assert (double - PICTURE).abs().max() < 1e-6


@pytest.mark.parametrize("border", ["black", "edge", "mirror", "wrap"])
def test_whole_shifts_move_whole_pixels(border):
    out = affine(PICTURE, affine_matrix(shift=(3, -2)), border=border)
    assert torch.allclose(out[:, :, :-2, 3:], PICTURE[:, :, 2:, :-3], atol=1e-5)


def test_borders_show_what_they_say():
    shifted = {
        border: affine(PICTURE, affine_matrix(shift=(4, 0)), border=border)[..., :4]
        for border in ("black", "edge", "mirror", "wrap")
    }
    assert shifted["black"].abs().max() < 1e-5
    assert torch.allclose(shifted["edge"], PICTURE[..., :1].expand(-1, -1, -1, 4), atol=1e-5)
    assert torch.allclose(shifted["mirror"], PICTURE[..., :4].flip(3), atol=1e-5)
    assert torch.allclose(shifted["wrap"], PICTURE[..., -4:], atol=1e-5)


def test_wrapping_has_no_seam():
    wave = torch.sin(torch.arange(56) * (math.tau / 56)).mul(0.5).add(0.5).expand(1, 1, 8, 56)
    moved = affine(wave, affine_matrix(shift=(20.5, 0)), border="wrap")
    expected = torch.sin((torch.arange(56) - 20.5) * (math.tau / 56)).mul(0.5).add(0.5)
    assert (moved - expected).abs().max() < 1e-2


def test_a_quarter_turn_is_clockwise():
    square = PICTURE[..., :40]
    turned = affine(square, affine_matrix(rotate=0.25, pivot=(20, 20)))
    assert torch.allclose(turned, square.rot90(-1, (2, 3)), atol=1e-4)


def test_scaling_moves_the_right_way_about_its_pivot():
    dot = torch.zeros(1, 1, 41, 41)
    dot[..., 20, 30] = 1
    out = affine(dot, affine_matrix(scale=(1.5, 1.5), pivot=(20.5, 20.5)))
    assert divmod(int(out.argmax()), 41) == (20, 35)


def test_moves_chain_and_cancel():
    first = affine_matrix(scale=(2, 1.5), rotate=0.1, shift=(3, 4), pivot=(5, 6))
    there = affine_matrix(shift=(7, 2))
    assert chain(UNMOVED, first) == pytest.approx(first)
    assert chain(affine_matrix(rotate=0.1), affine_matrix(rotate=-0.1)) == pytest.approx(UNMOVED)
    both = affine(affine(PICTURE, there), affine_matrix(shift=(1, 1)))
    once = affine(PICTURE, chain(there, affine_matrix(shift=(1, 1))))
    assert torch.allclose(both, once, atol=1e-5)


def test_matrices_of_a_batch_move_each_picture_by_its_own():
    moves = torch.tensor([[[1.0, 0, 2], [0, 1, 0]], [[1, 0, 0], [0, 1, 3]]])
    out = affine(PICTURE, moves)
    assert torch.allclose(out[0, :, :, 2:], PICTURE[0, :, :, :-2], atol=1e-5)
    assert torch.allclose(out[1, :, 3:], PICTURE[1, :, :-3], atol=1e-5)


def test_a_picture_made_small_does_not_alias():
    stripes = (torch.arange(64) % 2).float().expand(1, 1, 64, 64).contiguous()
    out = affine(stripes, affine_matrix(scale=(0.25, 0.25)))
    assert (out[..., 1:15, 1:15] - 0.5).abs().max() < 0.1
    assert out[..., 17:, 17:].abs().max() == 0


def test_another_size_can_be_asked():
    out = affine(PICTURE, affine_matrix(scale=(2, 2)), height=80, width=112)
    assert (out - resize(PICTURE, height=80, width=112))[..., 2:-2, 2:-2].abs().max() < 1e-4


@pytest.mark.parametrize("scale", [(0, 1), (1, 0), (0, 0)])
def test_a_flat_matrix_is_refused(scale):
    with pytest.raises(ValueError, match="flattens the picture"):
        affine(PICTURE, affine_matrix(scale=scale))


def test_positions_that_are_no_number_read_outside():
    x = torch.tensor([[float("nan"), float("inf"), 10.5]])
    out = sample(PICTURE, x, torch.full((1, 3), 10.5))
    assert out[..., :2].abs().max() == 0
    assert torch.allclose(out[..., 2:], PICTURE[:, :, 10:11, 10:11], atol=1e-5)


def test_every_picture_of_a_batch_can_be_read_at_its_own_positions():
    x = gaussian((2, 5, 6), seed=1, stream=0).mul_(4).add_(20)
    out = sample(PICTURE[:1], x, x)
    assert torch.equal(out[1], sample(PICTURE[:1], x[1], x[1])[0])


def test_layouts_of_memory_agree():
    last = PICTURE.contiguous(memory_format=torch.channels_last)
    for filter in FILTERS:
        for size in ((70, 90), (13, 21)):
            a = resize(PICTURE, height=size[0], width=size[1], filter=filter)
            b = resize(last, height=size[0], width=size[1], filter=filter)
            assert torch.allclose(a, b, atol=1e-5)


def test_weights_made_in_inference_mode_serve_training_too():
    with torch.inference_mode():
        resize(PICTURE, height=77, width=91, filter="lanczos")
    picture = PICTURE.clone().requires_grad_()
    resample(picture, height=77, width=91, filter="lanczos").sum().backward()
    assert picture.grad is not None
