"""Attention over tokens that lie beside their heads, as projections leave them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn.functional import scaled_dot_product_attention

if TYPE_CHECKING:
    from torch import Tensor

SCORES = 2**25  # numbers between the two products, 64 MB in bfloat16


def attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None) -> Tensor:
    """softmax(q k / sqrt(d)) v for q (B, N, heads, d) and k, v (B, M, heads, d); (B, N, heads, d).

    `mask` (N, M), or what broadcasts to (B, heads, N, M): True where a token may look, or a number
    added to its score. A row of one among k and v serves every row of q.
    """
    rows = q.shape[0]
    k, v = k.expand(rows, -1, -1, -1), v.expand(rows, -1, -1, -1)
    if mask is None and _suits_products(q, k):
        return _products(q, k, v)
    looked = scaled_dot_product_attention(
        q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), attn_mask=mask
    )
    return looked.transpose(1, 2)


def _suits_products(q: Tensor, k: Tensor) -> bool:
    """On a CPU two products are quicker than the fused attention, by a third and more in bfloat16
    and twice in training, as long as the scores between them are small."""
    scores = q.shape[0] * q.shape[1] * q.shape[2] * k.shape[1]
    trained = q.requires_grad and torch.is_grad_enabled()
    half = q.dtype == torch.bfloat16
    return q.device.type == "cpu" and scores <= SCORES and (half or trained)


def _products(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    q, k, v = (part.transpose(1, 2) for part in (q * q.shape[-1] ** -0.5, k, v))
    return ((q @ k.transpose(-1, -2)).softmax(-1) @ v).transpose(1, 2)
