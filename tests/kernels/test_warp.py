"""Warps: still stays still, whole shifts move whole pixels, flows that disagree are found."""

from __future__ import annotations

import math

import pytest
import torch

from kernels.noise import gaussian, uniform
from kernels.warp import backward_warp, consistent, forward_splat

PICTURE = uniform((2, 3, 24, 32), seed=1, stream=0)
STILL = torch.zeros(2, 2, 24, 32)


def shift(x: float, y: float) -> torch.Tensor:
    return (
        torch.tensor([x, y], dtype=torch.float32).view(1, 2, 1, 1).expand(2, 2, 24, 32).contiguous()
    )


@pytest.mark.parametrize("filter", ["nearest", "bilinear", "bicubic"])
@pytest.mark.parametrize("border", ["black", "edge", "mirror", "wrap"])
def test_no_flow_leaves_the_picture(filter, border):
    warped, inside = backward_warp(PICTURE, STILL, filter=filter, border=border)
    assert (warped - PICTURE).abs().max() < 1e-5
    assert inside.min() == 1


def test_a_warp_reads_where_the_flow_points():
    warped, inside = backward_warp(PICTURE, shift(3, -2))
    assert torch.allclose(warped[:, :, 2:, :-3], PICTURE[:, :, :-2, 3:], atol=1e-5)
    assert inside[:, :, 2:, :-3].min() == 1
    assert inside[:, :, :2].max() == 0
    assert inside[:, :, :, -3:].max() == 0


def test_half_a_pixel_is_the_mean_of_two():
    warped, inside = backward_warp(PICTURE, shift(0.5, 0))
    mean = (PICTURE[..., 1:] + PICTURE[..., :-1]) / 2
    assert torch.allclose(warped[..., :-1], mean, atol=1e-5)
    assert inside[..., -1].max() == 0


def test_a_flow_that_is_no_number_is_not_valid_and_spoils_nothing():
    flow = STILL.clone()
    flow[0, 0, 4, 5], flow[0, 1, 6, 7] = math.nan, math.inf
    for border in ("black", "edge", "mirror", "wrap"):
        warped, inside = backward_warp(PICTURE, flow, border=border)
        assert inside[0, 0, 4, 5] == 0 == inside[0, 0, 6, 7]
        assert inside.sum() == inside.numel() - 2
        assert warped.isfinite().all()


def test_one_flow_can_carry_a_batch():
    warped, _ = backward_warp(PICTURE, shift(1, 1)[:1])
    assert torch.equal(warped, backward_warp(PICTURE, shift(1, 1))[0])


def test_no_flow_splats_the_picture_onto_itself():
    thrown, covered = forward_splat(PICTURE, STILL)
    assert torch.allclose(thrown, PICTURE, atol=1e-6)
    assert torch.allclose(covered, torch.ones_like(covered))


def test_a_splat_puts_pixels_where_the_flow_points():
    thrown, covered = forward_splat(PICTURE, shift(3, -2))
    assert torch.allclose(thrown[:, :, :-2, 3:], PICTURE[:, :, 2:, :-3], atol=1e-6)
    assert covered[:, :, :-2, 3:].min() == 1
    assert covered[..., :3].max() == 0
    assert covered[:, :, -2:].max() == 0
    assert thrown[..., :3].abs().max() == 0


def test_splatting_and_warping_back_agree_inside():
    flow = shift(2.5, 1.25)
    thrown, _ = forward_splat(PICTURE, flow)
    warped, inside = backward_warp(PICTURE, -flow)
    assert torch.allclose(thrown * inside, warped * inside, atol=1e-5)


def test_what_is_thrown_inside_is_neither_lost_nor_made():
    dot = torch.zeros(1, 1, 24, 32)
    dot[0, 0, 10, 10] = 1
    flow = shift(0.3, 0.7)[:1]
    _, covered = forward_splat(dot, flow, weight=dot)
    assert covered.sum() == pytest.approx(1.0)
    assert covered[0, 0, 10:12, 10:12].flatten().tolist() == pytest.approx(
        [0.7 * 0.3, 0.3 * 0.3, 0.7 * 0.7, 0.3 * 0.7], abs=1e-6
    )


def test_where_two_land_the_result_is_their_mean():
    flow = torch.zeros(1, 2, 1, 4)
    flow[0, 0, 0, 0] = 1
    line = torch.tensor([0.2, 0.6, 0.5, 0.9]).view(1, 1, 1, 4)
    thrown, covered = forward_splat(line, flow)
    assert thrown.flatten().tolist() == pytest.approx([0, 0.4, 0.5, 0.9])
    assert covered.flatten().tolist() == [0, 1, 1, 1]


def test_the_important_one_wins():
    flow = torch.zeros(1, 2, 1, 4)
    flow[0, 0, 0, 0] = 1
    line = torch.tensor([0.2, 0.6, 0.5, 0.9]).view(1, 1, 1, 4)
    near = torch.tensor([math.log(3), 0.0, 0.0, 0.0]).view(1, 1, 1, 4)
    thrown, _ = forward_splat(line, flow, importance=near)
    assert thrown[0, 0, 0, 1] == pytest.approx(0.75 * 0.2 + 0.25 * 0.6)
    thrown, covered = forward_splat(line, flow, importance=near * 1e6)
    assert thrown.isfinite().all()
    assert thrown.flatten().tolist() == pytest.approx([0, 0.2, 0.5, 0.9], abs=1e-5)
    assert covered.flatten().tolist() == pytest.approx([0, 1, 1, 1])


def test_importance_offsets_play_no_part():
    flow = gaussian((2, 2, 24, 32), seed=3, stream=0).mul_(3)
    near = uniform((2, 1, 24, 32), seed=4, stream=0).mul_(5)
    thrown, _ = forward_splat(PICTURE, flow, importance=near)
    again, _ = forward_splat(PICTURE, flow, importance=near + 40)
    assert torch.allclose(thrown, again, atol=1e-5)


def test_pictures_of_a_batch_are_thrown_apart():
    flow = gaussian((2, 2, 24, 32), seed=3, stream=0).mul_(3)
    both, _ = forward_splat(PICTURE, flow)
    alone, _ = forward_splat(PICTURE[1:], flow[1:])
    assert torch.allclose(both[1:], alone, atol=1e-6)


def test_one_flow_can_throw_a_batch_and_a_batch_of_flows_one_picture():
    flow = gaussian((2, 2, 24, 32), seed=3, stream=0).mul_(3)
    for picture, motion in ((PICTURE, flow[:1]), (PICTURE[:1], flow)):
        thrown, _ = forward_splat(picture, motion)
        alone, _ = forward_splat(picture[-1:], motion[-1:])
        assert thrown.shape == PICTURE.shape
        assert torch.allclose(thrown[1:], alone, atol=1e-6)


def test_pixels_thrown_nowhere_vanish():
    for far in (math.nan, math.inf, 1e30, -1e30):
        thrown, covered = forward_splat(PICTURE, torch.full_like(STILL, far))
        assert thrown.abs().max() == 0 == covered.max()


def test_opposite_flows_are_consistent_and_others_are_not():
    there, back = shift(2, 1), shift(-2, -1)
    assert consistent(there, back)[:, :, :-1, :-2].min() == 1
    assert consistent(there, back)[:, :, -1].max() == 0  # it points outside
    assert consistent(there, there).max() == 0
    assert consistent(STILL, STILL).min() == 1


def test_small_disagreement_is_forgiven():
    assert consistent(shift(2, 0), shift(-2.5, 0))[..., :-2].min() == 1
    assert consistent(shift(2, 0), shift(-3, 0))[..., :-2].max() == 0
    assert consistent(shift(2, 0), shift(-3, 0), absolute=1.5)[..., :-2].min() == 1


def test_the_inputs_are_not_written():
    flow = gaussian((2, 2, 24, 32), seed=3, stream=0)
    given = PICTURE.clone(), flow.clone()
    backward_warp(PICTURE, flow)
    forward_splat(PICTURE, flow, importance=PICTURE[:, :1])
    consistent(flow, flow)
    assert torch.equal(given[0], PICTURE)
    assert torch.equal(given[1], flow)


@pytest.mark.parametrize("function", [backward_warp, forward_splat])
def test_a_flow_that_does_not_fit_is_refused(function):
    with pytest.raises(ValueError, match="a flow of 32x12 does not fit a picture of 32x24"):
        function(PICTURE, STILL[:, :, :12])
    with pytest.raises(ValueError, match="3 channels"):
        function(PICTURE, PICTURE)
