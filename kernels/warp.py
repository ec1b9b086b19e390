"""Carrying pictures along motion: reading backwards, throwing forwards, comparing two flows.

Flow is (B, 2, H, W) in pixels, x then y. A validity mask (B, 1, H, W) is 1 where a value can be
trusted and 0 elsewhere, in the picture's type. A flow that is NaN or infinite is never valid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from kernels import backend
from kernels.precision import widen
from kernels.resize import sample

if TYPE_CHECKING:
    from torch import Tensor

    from kernels.resize import Border, Sampling

# Sundaram, Brox and Keutzer 2010, eq. 5
RELATIVE_ERROR, ABSOLUTE_ERROR = 0.01, 0.5
# softmax splatting: importance further below the largest counts as this far below
STEEPEST = 60.0
MARGIN = 3  # one pixel before the picture, two after: all that four corners reach
SMALLEST = 1e-37  # a divisor below all that exp(-60) and a share can make


def backward_warp(
    picture: Tensor,
    flow: Tensor,
    *,
    filter: Sampling = "bilinear",
    border: Border = "edge",
) -> tuple[Tensor, Tensor]:
    """Each pixel p of the result is read at p + flow(p); also whether that lies inside the picture.

    To carry the previous frame onto this one, give the flow from this frame to the previous one.
    Raises ValueError where the sizes differ.
    """
    _check(picture, flow)
    form = backend.fused("warp", picture.device)
    if form and filter == "bilinear" and border in ("edge", "black"):
        return form.gathered(picture, flow, border)
    return gathered(picture, flow, filter, border)


def gathered(
    picture: Tensor, flow: Tensor, filter: Sampling, border: Border
) -> tuple[Tensor, Tensor]:
    """The torch form of backward_warp."""
    x, y = _targets(flow)
    height, width = picture.shape[2:]
    # positions of pixel centres, so half a pixel from the edge is the last that needs no border
    inside = (x >= 0.5) & (x <= width - 0.5) & (y >= 0.5) & (y <= height - 0.5)
    warped = sample(picture, x, y, filter=filter, border=border)
    return warped, inside.unsqueeze(1).to(picture.dtype)


def forward_splat(
    picture: Tensor,
    flow: Tensor,
    *,
    importance: Tensor | None = None,
    weight: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Each pixel p is thrown to p + flow(p) and shared by the four pixels there; also the coverage.

    Where several land, the result is their mean, weighted by exp(importance) where that is given
    (B, 1, H, W; larger is nearer): softmax splatting, Niklaus and Liu 2020, eq. 8. weight in [0, 1]
    (B, 1, H, W) leaves pixels out, say by their validity. Coverage (B, 1, H, W) in [0, 1] is how
    much of a pixel was reached; where it is 0 the result is 0. Raises ValueError where sizes
    differ.
    """
    _check(picture, flow)
    wide = widen(picture)
    channels = wide.shape[1]
    amount = torch.ones_like(wide[:, :1]) if weight is None else widen(weight)
    rows = torch.cat((wide, torch.ones_like(wide[:, :1])), dim=1) * amount
    if importance is not None:
        rows.mul_(_exponential(widen(importance)))
        rows = torch.cat((rows, amount), dim=1)
    landed = _thrown(rows, *_targets(flow))
    mean = landed[:, :channels] / landed[:, channels : channels + 1].clamp(min=SMALLEST)
    return mean.to(picture.dtype), landed[:, -1:].clamp(0, 1).to(picture.dtype)


def consistent(
    forward: Tensor,
    backward: Tensor,
    *,
    relative: float = RELATIVE_ERROR,
    absolute: float = ABSOLUTE_ERROR,
) -> Tensor:
    """(B, 1, H, W) of 0 and 1: whether going forward and then backward comes back to the pixel.

    Where it does not, the pixel is hidden in the other frame or the flow is wrong (Sundaram, Brox
    and Keutzer 2010, eq. 5): |f + b|² < relative (|f|² + |b|²) + absolute, b read where f points.
    """
    there, inside = backward_warp(backward, forward)
    f, b = widen(forward), widen(there)
    gap = (f + b).square_().sum(1, keepdim=True)
    size = f.square().sum(1, keepdim=True).add_(b.square().sum(1, keepdim=True))
    return (gap < size.mul_(relative).add_(absolute)).to(forward.dtype).mul_(inside)


def _targets(flow: Tensor) -> tuple[Tensor, Tensor]:
    """Where each pixel's centre points, x and y (B, H, W) from the top left corner."""
    wide = widen(flow)
    height, width = wide.shape[2:]
    options = {"dtype": wide.dtype, "device": wide.device}
    x = torch.arange(width, **options) + 0.5
    y = (torch.arange(height, **options) + 0.5)[:, None]
    return wide[:, 0] + x, wide[:, 1] + y


def _thrown(rows: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """The sum of the rows (B, C, H, W), each thrown to x, y and shared by the four pixels there."""
    batch = max(len(rows), len(x))
    _, channels, height, width = rows.shape
    x, y = _kept_near(x, width), _kept_near(y, height)
    left, top = x.floor(), y.floor()
    right_share, low_share = x.sub_(left).unsqueeze_(1), y.sub_(top).unsqueeze_(1)
    # a margin takes what falls outside, in place of a test for each corner
    wide, high = width + MARGIN, height + MARGIN
    start = torch.arange(batch, device=rows.device)[:, None, None] * (wide * high) + wide + 1
    index = (start + top.long().mul_(wide).add_(left.long())).flatten()
    landed = rows.new_zeros(channels, batch * wide * high)
    for dy, above in ((0, 1 - low_share), (1, low_share)):
        for dx, beside in ((0, 1 - right_share), (1, right_share)):
            parts = (rows * (above * beside)).transpose(0, 1).flatten(1)
            corner = index + (dy * wide + dx)
            for target, part in zip(landed, parts, strict=True):  # quicker than all at once
                target.scatter_add_(0, corner, part)
    inner = landed.view(channels, batch, high, wide)[..., 1 : 1 + height, 1 : 1 + width]
    return inner.transpose(0, 1)


def _kept_near(position: Tensor, length: int) -> Tensor:
    """Counted from the first pixel's centre; far away and no number become just outside."""
    return position.sub_(0.5).nan_to_num_(nan=-1.0).clamp_(-1, length)


def _exponential(importance: Tensor) -> Tensor:
    """exp of it, less the largest of each picture, which leaves the means as they are."""
    most = importance.amax(dim=(1, 2, 3), keepdim=True)
    return (importance - most).clamp_(min=-STEEPEST).exp_()


def _check(picture: Tensor, flow: Tensor) -> None:
    if flow.shape[1] != 2:
        raise ValueError(f"a flow of {flow.shape[1]} channels has to have 2: x and y, in pixels")
    if flow.shape[2:] != picture.shape[2:]:
        (h, w), (fh, fw) = picture.shape[2:], flow.shape[2:]
        raise ValueError(f"a flow of {fw}x{fh} does not fit a picture of {w}x{h}: resize one")
