"""Filters: identities, kept means, agreement with plain sums, and edges."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional

from kernels.filters import (
    box_blur,
    dilate,
    edges,
    erode,
    gaussian_blur,
    sobel,
    thin_edges,
    unsharp,
)
from kernels.noise import uniform

PICTURE = uniform((2, 3, 37, 50), seed=1, stream=0)
STEP = (torch.arange(64) > 31).float().expand(1, 1, 48, 64).contiguous()


def mirrored(picture: torch.Tensor, reach: int) -> torch.Tensor:
    """The picture with its mirror images around it, in double precision."""
    rows = torch.cat((picture.flip(2), picture, picture.flip(2)), dim=2)
    whole = torch.cat((rows.flip(3), rows, rows.flip(3)), dim=3)
    height, width = picture.shape[2:]
    return whole[
        :, :, height - reach : 2 * height + reach, width - reach : 2 * width + reach
    ].double()


def exact_gaussian(picture: torch.Tensor, sigma: float, reach: int) -> torch.Tensor:
    line = torch.arange(-reach, reach + 1, dtype=torch.float64)
    taps = torch.exp(-0.5 * (line / sigma) ** 2)
    taps /= taps.sum()
    rows = mirrored(picture, reach).unfold(2, len(taps), 1) @ taps
    return rows.unfold(3, len(taps), 1) @ taps


def test_no_blur_is_the_picture_itself():
    assert gaussian_blur(PICTURE, 0) is PICTURE
    assert box_blur(PICTURE, 0) is PICTURE
    assert unsharp(PICTURE, amount=0) is PICTURE
    assert unsharp(PICTURE, sigma=0) is PICTURE
    assert torch.equal(dilate(PICTURE, 0), PICTURE)
    assert torch.equal(erode(PICTURE, 0), PICTURE)


@pytest.mark.parametrize("sigma", [0.1, 0.5, 1.0, 2.7, 6.0])
def test_gaussian_agrees_with_the_plain_sum(sigma):
    reach = max(1, math.ceil(3 * sigma))
    assert (
        gaussian_blur(PICTURE, sigma) - exact_gaussian(PICTURE, sigma, reach)
    ).abs().max() < 1e-6


@pytest.mark.parametrize("sigma", [6.1, 9.0, 12.1, 16.0])
def test_a_broad_gaussian_is_near_the_exact_one(sigma):
    picture = torch.cat((STEP, 1 - STEP), dim=2)
    exact = exact_gaussian(picture, sigma, 60)
    assert (gaussian_blur(picture, sigma) - exact).abs().max() < 5e-3


def test_a_blur_growing_through_its_change_of_method_does_not_jump():
    assert (gaussian_blur(PICTURE, 6.001) - gaussian_blur(PICTURE, 6.0)).abs().max() < 1e-2


@pytest.mark.parametrize("sigma", [0.3, 2.0, 6.0, 30.0, 500.0])
def test_blurring_keeps_the_mean_and_flat_pictures(sigma):
    blurred = gaussian_blur(PICTURE, sigma)
    assert torch.allclose(blurred.mean((2, 3)), PICTURE.mean((2, 3)), atol=5e-3)
    assert (gaussian_blur(torch.full((1, 1, 33, 20), 0.6), sigma) - 0.6).abs().max() < 1e-5


def test_the_broadest_blur_is_the_mean_everywhere():
    blurred = gaussian_blur(PICTURE, 1e4)
    assert (blurred - PICTURE.mean((2, 3), keepdim=True)).abs().max() < 5e-3


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (1, 3, 1, 9), (1, 2, 9, 1), (1, 1, 2, 3)])
@pytest.mark.parametrize("sigma", [0.5, 3.0, 40.0])
def test_the_smallest_pictures_can_be_blurred(shape, sigma):
    picture = uniform(shape, seed=1, stream=0)
    assert gaussian_blur(picture, sigma).shape == shape
    assert box_blur(picture, sigma).isfinite().all()
    assert dilate(picture, int(sigma)).isfinite().all()


@pytest.mark.parametrize("radius", [1, 2, 3, 7, 12, 30])
def test_box_is_the_mean_of_its_square(radius):
    exact = functional.avg_pool2d(mirrored(PICTURE, radius), 2 * radius + 1, stride=1)
    assert (box_blur(PICTURE, radius) - exact).abs().max() < 2e-6


@pytest.mark.parametrize("radius", [0.25, 1.5, 4.9])
def test_a_fraction_of_a_radius_is_between_its_neighbours(radius):
    line = STEP[:, :, :1]
    low, here, high = (
        box_blur(line, r).sub(line).abs().sum() for r in (int(radius), radius, int(radius) + 1)
    )
    assert low < here < high
    assert torch.allclose(box_blur(PICTURE, radius).mean(), PICTURE.mean(), atol=1e-6)


def test_sharpening_undoes_some_of_a_blur():
    blurred = gaussian_blur(STEP, 2)
    sharp = unsharp(blurred, sigma=2, amount=1)
    assert (sharp - STEP).abs().mean() < (blurred - STEP).abs().mean()
    assert sharp.min() >= 0
    assert sharp.max() <= 1


def test_sharpening_leaves_detail_below_the_threshold():
    faint = 0.5 + 0.02 * (PICTURE - 0.5)
    assert torch.allclose(unsharp(faint, amount=5, threshold=0.05), faint, atol=1e-6)
    assert not torch.allclose(unsharp(faint, amount=5), faint, atol=1e-3)


def test_sobel_is_one_across_an_edge_from_black_to_white():
    gx, gy = sobel(STEP)[0]
    assert gx.max() == 1
    assert gy.abs().max() == 0
    assert (gx[:, 31:33] == 1).all()
    assert gx[:, :31].abs().max() == 0
    assert torch.allclose(sobel(STEP.transpose(2, 3))[0, 1], gx.t())


def test_sobel_agrees_with_a_convolution():
    kernel = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]).view(1, 1, 3, 3) / 4
    one = PICTURE[:, :1]
    padded = functional.pad(one, (1, 1, 1, 1), mode="replicate")
    assert torch.allclose(sobel(one)[:, :1], functional.conv2d(padded, kernel), atol=1e-6)


def test_edges_of_colour_are_edges_of_its_luma():
    assert edges(PICTURE).shape == (2, 1, 37, 50)
    assert edges(STEP.expand(1, 3, -1, -1)).max() == pytest.approx(1)
    assert edges(torch.full((1, 3, 8, 8), 0.5)).abs().max() < 1e-6


@pytest.mark.parametrize("turn", [0, 1])
def test_a_thin_edge_is_one_line(turn):
    picture = STEP.rot90(turn, (2, 3)).contiguous()
    lines = thin_edges(picture)
    crossing = lines.sum(3 - turn)
    assert ((lines == 0) | (lines == 1)).all()
    assert (crossing >= 1).all()
    assert (crossing <= 2).all()


def test_thin_edges_follow_a_circle():
    y, x = torch.meshgrid(torch.arange(65) - 32.0, torch.arange(65) - 32.0, indexing="ij")
    radius = torch.hypot(x, y)
    disc = (20.5 - radius).clamp(0, 1)[None, None]
    lines = thin_edges(disc)[0, 0]
    assert (radius[lines > 0] - 20).abs().max() < 2
    assert 90 < lines.sum() < 260  # the way round is 126 pixels


def test_weak_edges_are_drawn_only_where_they_reach_a_strong_one():
    weak = 0.15 * STEP
    assert thin_edges(weak, low=0.04, high=0.08).sum() > 0
    assert thin_edges(weak, low=0.04, high=0.5).sum() == 0
    fading = STEP * torch.linspace(0.05, 1, 48).view(1, 1, 48, 1)
    alone = thin_edges(fading, low=0.4, high=0.4)[0, 0].amax(1)
    joined = thin_edges(fading, low=0.04, high=0.4)[0, 0].amax(1)
    assert joined.sum() == alone.sum() + 8


@pytest.mark.parametrize("radius", [1, 2, 5, 11])
def test_growing_is_the_largest_of_the_square(radius):
    padded = functional.pad(PICTURE, (radius,) * 4, value=-1.0)
    assert torch.equal(dilate(PICTURE, radius), functional.max_pool2d(padded, 2 * radius + 1, 1))
    assert torch.equal(erode(PICTURE, radius), 1 - dilate(1 - PICTURE, radius)) or torch.allclose(
        erode(PICTURE, radius), 1 - dilate(1 - PICTURE, radius), atol=1e-7
    )


def test_a_radius_beyond_the_picture_is_its_extreme():
    top = PICTURE.amax((2, 3), keepdim=True).expand_as(PICTURE)
    assert torch.equal(dilate(PICTURE, 500), top)


def test_the_input_is_not_written():
    before = PICTURE.clone()
    gaussian_blur(PICTURE, 2)
    box_blur(PICTURE, 2.5)
    unsharp(PICTURE, threshold=0.1)
    thin_edges(PICTURE)
    dilate(PICTURE, 3)
    assert torch.equal(PICTURE, before)


def test_layouts_of_memory_agree():
    last = PICTURE.contiguous(memory_format=torch.channels_last)
    for function in (lambda x: gaussian_blur(x, 2), lambda x: box_blur(x, 3), edges, thin_edges):
        assert torch.allclose(function(last), function(PICTURE), atol=1e-6)


@pytest.mark.parametrize("bad", [-1.0, float("nan")])
def test_a_negative_blur_is_refused(bad):
    for function in (gaussian_blur, box_blur):
        with pytest.raises(ValueError, match="0 is the least"):
            function(PICTURE, bad)


def test_a_negative_radius_is_refused():
    with pytest.raises(ValueError, match="radius of -1"):
        dilate(PICTURE, -1)
