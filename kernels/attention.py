"""Attention over tokens that lie beside their heads, as projections leave them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn.functional import scaled_dot_product_attention

if TYPE_CHECKING:
    from torch import Tensor


def attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None) -> Tensor:
    """softmax(q k / sqrt(d)) v for q (B, N, heads, d) and k, v (B, M, heads, d); (B, N, heads, d).

    `mask` (N, M), or what broadcasts to (B, heads, N, M): True where a token may look, or a number
    added to its score. A row of one among k and v serves every row of q.
    """
    rows = q.shape[0]
    k, v = k.expand(rows, -1, -1, -1), v.expand(rows, -1, -1, -1)
    if mask is None and _is_trained_on_cpu(q):
        return _plain(q, k, v)
    looked = scaled_dot_product_attention(
        q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), attn_mask=mask
    )
    return looked.transpose(1, 2)


def _is_trained_on_cpu(q: Tensor) -> bool:
    return q.device.type == "cpu" and q.requires_grad and torch.is_grad_enabled()


def _plain(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """The same as two products: on a CPU the backward of the fused one costs half as much again."""
    q, k, v = (part.transpose(1, 2) for part in (q * q.shape[-1] ** -0.5, k, v))
    return ((q @ k.transpose(-1, -2)).softmax(-1) @ v).transpose(1, 2)
