"""Backward warp in one GPU pass: positions, four reads and validity, the Triton form of
kernels.warp.
"""

# triton is an extra, and what its decorator makes has no types
# pyright: reportMissingImports=false, reportIndexIssue=false

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import triton
import triton.language as tl

from kernels import noise, warp

if TYPE_CHECKING:
    from torch import Tensor

    from kernels.resize import Border

TOLERANCE = 1e-4  # torch rounds positions to parts of the width, this does not
BLOCK = 256
AWAY = tl.constexpr(-4.0)  # where a position that is no number is read, in pictures


def gathered(picture: Tensor, flow: Tensor, border: Border) -> tuple[Tensor, Tensor]:
    """What warp.gathered gives for bilinear reading and a black or an edge border."""
    batch = max(len(picture), len(flow))
    _, channels, height, width = picture.shape
    source, motion = picture.contiguous(), flow.contiguous()
    out = source.new_empty(batch, channels, height, width)
    inside = source.new_empty(batch, 1, height, width)
    area = height * width
    steps = (0 if len(x) == 1 else x.stride(0) for x in (source, motion))
    grid = (triton.cdiv(area, BLOCK), batch)
    sizes = height, width, channels
    with torch.cuda.device_of(out):
        _gather[grid](source, motion, out, inside, *steps, *sizes, border == "edge", BLOCK)
    return out, inside


def disagreement(device: torch.device) -> float:
    """The largest difference from the torch form, reading inside, outside and at no number."""
    picture = noise.uniform((2, 3, 21, 34), seed=1, stream=0, device=device)
    flow = noise.gaussian((2, 2, 21, 34), seed=2, stream=0, device=device).mul_(9)
    flow[0, 0, 3, 4], flow[1, 1, 5, 6] = float("nan"), float("inf")
    worst = 0.0
    for border in ("black", "edge"):
        pairs = zip(
            gathered(picture, flow, border),
            warp.gathered(picture, flow, "bilinear", border),
            strict=True,
        )
        worst = max(worst, *(float((a - b).abs().max()) for a, b in pairs))
    return worst


@triton.jit
def _gather(
    picture,
    flow,
    out,
    inside,
    picture_step,
    flow_step,
    height,
    width,
    CHANNELS: tl.constexpr,
    EDGE: tl.constexpr,
    BLOCK: tl.constexpr,
):
    area = height * width
    batch = tl.program_id(1).to(tl.int64)
    place = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    here = place < area
    x = (place % width).to(tl.float32) + tl.load(flow + batch * flow_step + place, here).to(
        tl.float32
    )
    y = (place // width).to(tl.float32) + tl.load(flow + batch * flow_step + area + place, here).to(
        tl.float32
    )
    valid = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    tl.store(inside + batch * area + place, valid.to(inside.dtype.element_ty), here)

    x = _bounded(x, width, EDGE)
    y = _bounded(y, height, EDGE)
    left, top = tl.floor(x), tl.floor(y)
    right_share, low_share = x - left, y - top
    column, row = left.to(tl.int32), top.to(tl.int32)
    for channel in tl.static_range(CHANNELS):
        plane = picture + batch * picture_step + channel * area
        above = _read(plane, row, column, height, width, here) * (1 - right_share)
        above += _read(plane, row, column + 1, height, width, here) * right_share
        below = _read(plane, row + 1, column, height, width, here) * (1 - right_share)
        below += _read(plane, row + 1, column + 1, height, width, here) * right_share
        mixed = above * (1 - low_share) + below * low_share
        target = out + (batch * CHANNELS + channel) * area + place
        tl.store(target, mixed.to(out.dtype.element_ty), here)


@triton.jit
def _bounded(x, length, EDGE: tl.constexpr):
    x = tl.where(x == x, x, AWAY * length)
    if EDGE:
        return tl.minimum(tl.maximum(x, 0.0), length - 1.0)
    return tl.minimum(tl.maximum(x, -2.0), length + 1.0)


@triton.jit
def _read(plane, row, column, height, width, here):
    there = here & (row >= 0) & (row < height) & (column >= 0) & (column < width)
    return tl.load(plane + row * width + column, there, other=0.0).to(tl.float32)
