"""Ways between tensors: straight lines, great circles and weighted mixes, as prompts and seeds are
blended by.

Prompt embeddings and noise are any shape; arithmetic is in float32 at least and the result has the
type of the first tensor. Nothing is read back from the device. NaN in an input is NaN in the
result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from kernels.precision import TINY, widen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

SMALL_ANGLE = 1e-6  # radians, below which a great circle is a line (livepeer/StreamDiffusion)


def lerp(a: Tensor, b: Tensor, t: float) -> Tensor:
    """The straight way from a (t = 0) to b (t = 1), exact at both ends."""
    if t in (0, 1):
        return b if t else a
    return torch.lerp(widen(a), widen(b), t).to(a.dtype)


def slerp(a: Tensor, b: Tensor, t: float, *, per_row: bool) -> Tensor:
    """The great circle from a (t = 0) to b (t = 1), exact at both ends (Shoemake 1985).

    The angle is between whole tensors, flattened, or between rows of the first dimension. Lengths
    are left as they are, not made one, so a and b of unequal length pass through every length
    between. Where the angle is below 1e-6, exactly opposite, or a length is zero, the way is
    straight.
    """
    if t in (0, 1):
        return b if t else a
    start, end = widen(a), widen(b)
    near, far = _circle_weights(_rows(start, per_row), _rows(end, per_row), t)
    shape = (-1,) + (1,) * (a.ndim - 1)
    return (start * near.view(shape)).add_(end * far.view(shape)).to(a.dtype)


def mix(
    tensors: Sequence[Tensor],
    weights: Sequence[float],
    *,
    normalise: bool = True,
    keep_norm: bool = False,
) -> Tensor:
    """The weighted sum of tensors of one shape; normalise makes the weights sum to 1.

    keep_norm scales the sum to the weighted mean length of the tensors, which noise needs to stay
    noise. Raises ValueError where there are no tensors, the counts differ, or weights to normalise
    sum to 0.
    """
    if not tensors or len(tensors) != len(weights):
        raise ValueError(f"{len(weights)} weights for {len(tensors)} tensors: give one for each")
    total = sum(weights)
    if normalise and total == 0:
        raise ValueError(f"weights {list(weights)} sum to 0: raise one of them")
    shares = [w / total for w in weights] if normalise else list(weights)
    if len(tensors) == 1 and shares[0] == 1:
        return tensors[0]
    wide = [widen(tensor) for tensor in tensors]
    out = wide[0] * shares[0]
    for tensor, share in zip(wide[1:], shares[1:], strict=True):
        out.add_(tensor, alpha=share)
    if keep_norm:
        out.mul_(_mean_norm(wide, shares) / out.norm().clamp(min=TINY))
    return out.to(tensors[0].dtype)


def _rows(x: Tensor, per_row: bool) -> Tensor:
    return x.flatten(1) if per_row else x.flatten()[None]


def _circle_weights(a: Tensor, b: Tensor, t: float) -> tuple[Tensor, Tensor]:
    """Weights (rows,) of a and b: sin((1-t)w) / sin(w) and sin(tw) / sin(w), w the angle."""
    ua, ub = (torch.nn.functional.normalize(x, dim=-1) for x in (a, b))
    # by half the angle's tangent: an arc cosine loses small angles to rounding
    angle = 2 * torch.atan2((ua - ub).norm(dim=-1), (ua + ub).norm(dim=-1))
    sine = angle.sin()
    straight = (sine.abs() < SMALL_ANGLE) | (a.norm(dim=-1) == 0) | (b.norm(dim=-1) == 0)
    sine = sine.masked_fill(straight, 1)
    near = torch.where(straight, 1 - t, ((1 - t) * angle).sin() / sine)
    return near, torch.where(straight, t, (t * angle).sin() / sine)


def _mean_norm(tensors: Sequence[Tensor], shares: Sequence[float]) -> Tensor:
    return sum(
        (tensor.norm() * share for tensor, share in zip(tensors, shares, strict=True)),
        start=tensors[0].new_zeros(()),
    )
