"""Carrying pictures along motion: reading backwards, throwing forwards, and whether two flows
agree.

Flow is (B, 2, H, W) in pixels, x then y. A validity mask (B, 1, H, W) is 1 where a value can be
trusted and 0 elsewhere, in the picture's type. A flow that is no number, or endless, is never
valid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from kernels import backend
from kernels.precision import widen
from kernels.resize import sample

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from kernels.resize import Border, Sampling

# Sundaram, Brox and Keutzer 2010, eq. 5
RELATIVE_ERROR, ABSOLUTE_ERROR = 0.01, 0.5
# softmax splatting: importance further below the largest counts as this far below
STEEPEST = 60.0
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
    batch, channels, height, width = wide.shape
    amount = torch.ones_like(wide[:, :1]) if weight is None else widen(weight)
    rows = torch.cat((wide, torch.ones_like(amount)), dim=1) * amount
    if importance is not None:
        rows.mul_(_exponential(widen(importance)))
        rows = torch.cat((rows, amount), dim=1)
    landed = torch.zeros(
        rows.shape[1], batch * height * width, dtype=rows.dtype, device=rows.device
    )
    for index, share in _corners(flow, height, width):
        _throw(landed, index, rows * share)
    landed = landed.view(-1, batch, height, width).transpose(0, 1)
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


def _corners(flow: Tensor, height: int, width: int) -> Iterator[tuple[Tensor, Tensor]]:
    """For each of the four pixels around every target: its flat index and its share (B, 1, H,
    W).
    """
    x, y = _targets(flow)
    # positions that are no number, or far away, go to one place outside
    x = x.sub_(0.5).nan_to_num_(nan=-9.0).clamp_(-9, width + 9)
    y = y.sub_(0.5).nan_to_num_(nan=-9.0).clamp_(-9, height + 9)
    left, top = x.floor(), y.floor()
    right_share, low_share = x.sub_(left), y.sub_(top)
    column, row = left.long(), top.long()
    first = torch.arange(len(flow), device=flow.device).mul_(height * width)[:, None, None]
    for dy in (0, 1):
        for dx in (0, 1):
            cx, cy = column + dx, row + dy
            inside = (cx >= 0) & (cx < width) & (cy >= 0) & (cy < height)
            share = (right_share if dx else 1 - right_share) * (low_share if dy else 1 - low_share)
            index = cy.clamp_(0, height - 1).mul_(width).add_(cx.clamp_(0, width - 1)).add_(first)
            yield index.flatten(), share.mul_(inside).unsqueeze(1)


def _throw(landed: Tensor, index: Tensor, rows: Tensor) -> None:
    for target, row in zip(landed, rows.unbind(1), strict=True):
        target.scatter_add_(0, index, row.flatten())


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
