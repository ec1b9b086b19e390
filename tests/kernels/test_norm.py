"""Norms: what leaves has the size that it should, in the type that came."""

from __future__ import annotations

import pytest
import torch

from kernels.noise import gaussian
from kernels.norm import modulate, rms_norm

X = gaussian((2, 5, 32), seed=2, stream=0) * 7
WEIGHT = gaussian((32,), seed=2, stream=1)


def test_rms_is_one_after_the_norm():
    normed = rms_norm(X, torch.ones(32))
    assert torch.allclose(normed.square().mean(-1), torch.ones(2, 5), atol=1e-4)


def test_rms_norm_agrees_with_that_of_torch():
    ours = rms_norm(X, WEIGHT, 1e-6)
    assert torch.allclose(ours, torch.nn.functional.rms_norm(X, (32,), WEIGHT, 1e-6), atol=1e-6)


def test_zeros_stay_zeros():
    assert rms_norm(torch.zeros(1, 32), WEIGHT).abs().max() == 0


@pytest.mark.parametrize("weight", [WEIGHT, WEIGHT.bfloat16()])
def test_half_precision_is_counted_in_single(weight):
    normed = rms_norm(X.bfloat16(), weight)
    assert normed.dtype == torch.bfloat16
    assert torch.allclose(normed.float(), rms_norm(X, WEIGHT), rtol=0.02, atol=0.02)


def test_modulation_shifts_and_scales_each_frame_by_itself():
    shift, scale = torch.zeros(2, 5, 1), torch.zeros(2, 5, 1)
    shift[0, 1], scale[1, 2] = 3, 1
    plain = modulate(X, torch.zeros(1), torch.zeros(1))
    moved = modulate(X, shift, scale)
    assert torch.allclose(moved[0, 1], plain[0, 1] + 3, atol=1e-5)
    assert torch.allclose(moved[1, 2], plain[1, 2] * 2, atol=1e-5)
    assert torch.equal(moved[0, 0], plain[0, 0])
