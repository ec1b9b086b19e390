"""Attention is one function whichever way a device does it."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from kernels import attention as kernel
from kernels.attention import attention


def drawn(
    rows: int = 2, dtype: torch.dtype = torch.float32
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    rng = torch.Generator().manual_seed(0)
    shapes = (rows, 6, 2, 8), (rows, 10, 2, 8), (rows, 10, 2, 8)
    q, k, v = (torch.randn(shape, generator=rng).to(dtype) for shape in shapes)
    return q, k, v


def fused(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    q, k, v = (part.double().transpose(1, 2) for part in (q, k, v))
    return scaled_dot_product_attention(q, k, v).transpose(1, 2)


@pytest.mark.parametrize(("dtype", "near"), [(torch.float32, 1e-6), (torch.bfloat16, 2e-2)])
def test_each_type_of_number_finds_the_same(dtype: torch.dtype, near: float) -> None:
    q, k, v = drawn(dtype=dtype)
    assert (attention(q, k, v).double() - fused(q, k, v)).abs().max() < near


def test_training_has_the_same_gradients() -> None:
    parts = [part.requires_grad_() for part in drawn()]
    exact = [part.detach().double().requires_grad_() for part in parts]
    attention(*parts).square().sum().backward()
    fused(*exact).square().sum().backward()
    for part, true in zip(parts, exact, strict=True):
        assert part.grad is not None
        assert true.grad is not None
        assert (part.grad.double() - true.grad).abs().max() < 1e-5


def test_large_scores_are_never_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = drawn(dtype=torch.bfloat16)
    small = attention(*parts)
    monkeypatch.setattr(kernel, "SCORES", 0)
    monkeypatch.setattr(kernel, "_products", None)
    assert torch.allclose(attention(*parts), small, atol=2e-2)


def test_one_row_of_keys_serves_every_query() -> None:
    q, k, v = drawn()
    both = attention(q, k[:1], v[:1])
    assert torch.allclose(both[1], attention(q[1:], k[:1], v[:1])[0], atol=1e-6)


def test_a_masked_token_is_not_seen() -> None:
    q, k, v = drawn()
    mask = torch.ones(6, 10, dtype=torch.bool)
    mask[:, 9] = False
    assert torch.allclose(attention(q, k, v, mask), attention(q, k[:, :9], v[:, :9]), atol=1e-6)
