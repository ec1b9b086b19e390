"""The norms of a diffusion transformer: counted in float32, given back in the type that came."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn.functional import layer_norm

from kernels.precision import widen

if TYPE_CHECKING:
    from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    """x / rms(x) * weight over the last dimension (Zhang and Sennrich 2019, eq. 4).

    torch's own leaves its fast path where autocast hands it a weight of another type.
    """
    wide = widen(x)
    scale = torch.rsqrt(wide.square().mean(-1, keepdim=True) + eps)
    return (wide * scale * weight).to(x.dtype)


def modulate(x: Tensor, shift: Tensor, scale: Tensor, eps: float = 1e-6) -> Tensor:
    """LN(x) * (1 + scale) + shift, LN without weights over the last dimension (Peebles and Xie
    2023, adaLN); shift and scale broadcast to x.
    """
    return layer_norm(x, x.shape[-1:], eps=eps) * (1 + scale) + shift
