"""Interpolation: exact ends, kept lengths, straight ways, and weighted mixes."""

from __future__ import annotations

import math

import pytest
import torch

from kernels.interpolate import lerp, mix, slerp
from kernels.noise import gaussian

A, B, C = (gaussian((2, 7, 16), seed=seed, stream=0) for seed in (1, 2, 3))


@pytest.mark.parametrize("way", [lerp, lambda a, b, t: slerp(a, b, t, per_row=False)])
def test_the_ends_are_exact(way):
    assert way(A, B, 0) is A
    assert way(A, B, 1) is B
    assert way(A, B, 0.0) is A
    assert way(A, B, 1.0) is B


def test_slerp_is_the_great_circle():
    x, y = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    for t in (0.1, 0.5, 0.9):
        expected = [math.cos(t * math.pi / 2), math.sin(t * math.pi / 2)]
        assert slerp(x, y, t, per_row=False).flatten().tolist() == pytest.approx(expected)


def test_slerp_keeps_the_length_of_equal_lengths():
    b = B * (A.norm() / B.norm())
    for t in (0.25, 0.5, 0.75):
        assert slerp(A, b, t, per_row=False).norm() == pytest.approx(A.norm().item(), rel=1e-5)


def test_slerp_agrees_with_double_precision_of_the_formula():
    a, b, t = A.double().flatten(), B.double().flatten(), 0.3
    angle = torch.arccos((a / a.norm()) @ (b / b.norm()))
    exact = (a * ((1 - t) * angle).sin() + b * (t * angle).sin()) / angle.sin()
    assert (slerp(A, B, t, per_row=False).flatten() - exact).abs().max() < 2e-6


def test_rows_turn_by_their_own_angles():
    out = slerp(A, B, 0.4, per_row=True)
    for row in range(2):
        alone = slerp(A[row : row + 1], B[row : row + 1], 0.4, per_row=False)
        assert torch.allclose(out[row : row + 1], alone, atol=1e-6)


@pytest.mark.parametrize("other", [A, 2 * A, A * (1 + 1e-9), torch.zeros_like(A), -A])
def test_the_way_is_straight_where_there_is_no_circle(other):
    out = slerp(A, other, 0.25, per_row=False)
    assert torch.allclose(out, 0.75 * A + 0.25 * other, atol=1e-5)


def test_a_tiny_angle_is_turned_through_evenly():
    turned = torch.tensor([[math.cos(1e-3), math.sin(1e-3)]])
    out = slerp(torch.tensor([[1.0, 0.0]]), turned, 0.5, per_row=False)
    assert out[0, 1].item() == pytest.approx(math.sin(5e-4), rel=1e-4)


def test_a_mix_is_the_weighted_mean():
    assert torch.allclose(mix([A, B, C], [1, 2, 1]), (A + 2 * B + C) / 4, atol=1e-6)
    assert torch.allclose(mix([A, B], [1, 2], normalise=False), A + 2 * B, atol=1e-6)
    assert torch.allclose(mix([A, B], [1, 0]), A)


def test_a_mix_of_one_is_that_one():
    assert mix([A], [0.3]) is A
    assert torch.allclose(mix([A], [0.5], normalise=False), 0.5 * A)


def test_a_mix_can_keep_the_mean_length():
    out = mix([A, 3 * B], [1, 1], keep_norm=True)
    assert out.norm() == pytest.approx((A.norm() / 2 + 3 * B.norm() / 2).item(), rel=1e-5)
    plain = mix([A, 3 * B], [1, 1])
    assert torch.allclose(out / out.norm(), plain / plain.norm(), atol=1e-6)


def test_negative_weights_push_away():
    assert torch.allclose(mix([A, B], [2, -1]), 2 * A - B, atol=1e-5)


def test_mixes_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="1 weights for 2 tensors"):
        mix([A, B], [1])
    with pytest.raises(ValueError, match="0 weights for 0 tensors"):
        mix([], [])
    with pytest.raises(ValueError, match="sum to 0"):
        mix([A, B], [1, -1])


def test_opposites_that_cancel_have_no_length_to_keep():
    assert mix([A, -A], [1, 1], keep_norm=True).abs().max() == 0


def test_half_precision_is_counted_in_single():
    a, b = A.bfloat16(), B.bfloat16()
    for out in (slerp(a, b, 0.3, per_row=False), lerp(a, b, 0.3), mix([a, b], [1, 2])):
        assert out.dtype == torch.bfloat16
    exact = slerp(a.float(), b.float(), 0.3, per_row=False)
    assert torch.equal(slerp(a, b, 0.3, per_row=False), exact.bfloat16())


def test_the_inputs_are_not_written():
    given = A.clone(), B.clone()
    slerp(A, B, 0.4, per_row=True)
    mix([A, B], [1, 1], keep_norm=True)
    assert torch.equal(given[0], A)
    assert torch.equal(given[1], B)
