"""Masks out of colour: chroma and luma keys, with soft edges, and the removal of spilled key
colour.

A mask is (B, 1, H, W) in [0, 1]: 1 is kept, 0 is keyed out. NaN stays NaN in its own pixel.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Literal

import torch

from kernels.bands import banded
from kernels.color import (
    YCBCR_709,
    inverse,
    luma,
    rgb_to_oklab,
    rgb_to_ycbcr,
)
from kernels.precision import TINY, widen

if TYPE_CHECKING:
    from torch import Tensor

Plane = Literal["oklab", "cbcr"]
Colour = tuple[float, float, float]

GREY = 0.02  # chroma below which a colour has no hue to key by


def chroma_key(
    picture: Tensor,
    *,
    color: Colour = (0.0, 1.0, 0.0),
    tolerance: float = 0.4,
    softness: float = 0.15,
    spill: float = 1.0,
    plane: Plane = "oklab",
) -> tuple[Tensor, Tensor]:
    """The picture without spill, and its mask: 0 where the chroma is near the key colour's.

    Distance is 0 at the key colour and 1 at grey, brightness left out. The mask is 0 up to
    `tolerance` and rises to 1 over a further `softness`. plane "oklab" forgives shadows on the
    screen, "cbcr" (BT.709) is six times as quick. spill in [0, 1] takes that much of the key's own
    hue out of every colour, its luma kept. Raises ValueError for a key colour that is grey.
    """
    color = (color[0], color[1], color[2])
    mask = _chroma_mask(picture, color, tolerance, softness, plane)
    return _without_spill(picture, color, spill) if spill else picture, mask


def luma_key(
    picture: Tensor, *, low: float = 0.0, high: float = 1.0, softness: float = 0.1
) -> Tensor:
    """The mask of what is as bright as low..high, fading over `softness` beyond either end.

    Brightness is BT.709 luma, display-coded. Raises ValueError where low is above high.
    """
    if low > high:
        raise ValueError(f"a range from {low:g} to {high:g} is empty: low has to be the lesser")
    bright = luma(widen(picture))
    outside = torch.maximum(low - bright, bright - high)
    return _rising_(outside, 0.0, softness).neg_().add_(1).to(picture.dtype)


@banded
def _chroma_mask(
    picture: Tensor, color: Colour, tolerance: float, softness: float, plane: Plane
) -> Tensor:
    u, v = _chroma(picture, plane).unbind(1)
    key_u, key_v = _key_chroma(color, plane)
    distance = torch.hypot(u - key_u, v - key_v).div_(math.hypot(key_u, key_v)).unsqueeze(1)
    return _rising_(distance, tolerance, softness).to(picture.dtype)


def _chroma(picture: Tensor, plane: Plane) -> Tensor:
    convert = rgb_to_oklab if plane == "oklab" else rgb_to_ycbcr
    return convert(widen(picture))[:, 1:]


@functools.lru_cache(maxsize=16)
def _key_chroma(color: Colour, plane: Plane) -> tuple[float, float]:
    u, v = (
        _chroma(torch.tensor(color, dtype=torch.float32).view(1, 3, 1, 1), plane).flatten().tolist()
    )
    if math.hypot(u, v) < GREY:
        raise ValueError(f"a key colour of {color} has no hue to key by: choose a purer one")
    return u, v


def _rising_(distance: Tensor, start: float, softness: float) -> Tensor:
    """0 up to start, 1 from start + softness, a smooth step between; in place."""
    t = distance.sub_(start).div_(max(softness, TINY)).clamp_(0, 1)
    return (3 - 2 * t).mul_(t).mul_(t)


@banded
def _without_spill(picture: Tensor, color: Colour, spill: float) -> Tensor:
    """Takes from each colour what its chroma has in the key's direction, in the CbCr plane."""
    u, v = _key_chroma(color, "cbcr")
    length = math.hypot(u, v)
    u, v = u / length, v / length
    weights = (u * a + v * b for a, b in zip(YCBCR_709[1], YCBCR_709[2], strict=True))
    directions = (row[1] * u + row[2] * v for row in inverse(YCBCR_709))
    x = widen(picture)
    share = sum((x[:, i] * w for i, w in enumerate(weights)), start=torch.zeros_like(x[:, 0]))
    share.clamp_(min=0).mul_(spill)
    clean = [x[:, i].sub(share, alpha=d) for i, d in enumerate(directions)]
    return torch.stack(clean, dim=1).clamp_(0, 1).to(picture.dtype)
