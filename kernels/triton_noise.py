"""Noise in one GPU pass: Philox and Box-Muller in registers, the Triton form of kernels.noise."""

# triton is an extra, and what its decorator makes has no types
# pyright: reportMissingImports=false, reportIndexIssue=false

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
import triton
import triton.language as tl

from kernels import noise

if TYPE_CHECKING:
    from torch import Tensor

TOLERANCE = 2e-6
BLOCK = 256
TAU = tl.constexpr(math.tau)


def drawn(kind: str, shape: tuple[int, ...], draw: noise.Draw, device: torch.device) -> Tensor:
    """What noise.drawn gives, to TOLERANCE; bits and uniform to the bit."""
    out = torch.empty(shape, dtype=noise.KINDS[kind][0], device=device)
    first, skip = divmod(draw.offset, noise.LANES)
    count = out.numel()
    if count:
        words = [_signed(word) for word in (first, *draw.high, *draw.key)]
        grid = (triton.cdiv(skip + count, noise.LANES * BLOCK),)
        with torch.cuda.device_of(out):
            _draw[grid](out, count, skip, *words, kind, BLOCK, noise.ROUNDS)
    return out


def disagreement(device: torch.device) -> float:
    """The largest difference from the torch form, for each kind, from the middle of a counter."""
    key, high = (0xA4093822, 0x299F31D0), (0x85A308D3, 0x13198A2E, 0x03707344)
    draw = noise.Draw(key, high, 4 * 0xFFFFF + 3)
    return max(_difference(kind, (5, 333), draw, device) for kind in noise.KINDS)


def _difference(kind: str, shape: tuple[int, ...], draw: noise.Draw, device: torch.device) -> float:
    ours, reference = (form(kind, shape, draw, device) for form in (drawn, noise.drawn))
    return float((ours - reference).abs().max())


def _signed(word: int) -> int:
    """The int32 of the same bits, so that one compiled kernel takes every word."""
    return word - (1 << 32) if word >> 31 else word


@triton.jit(do_not_specialize=["count", "skip", "first", "c1", "c2", "c3", "k0", "k1"])
def _draw(
    out,
    count,
    skip,
    first,
    c1,
    c2,
    c3,
    k0,
    k1,
    KIND: tl.constexpr,
    BLOCK: tl.constexpr,
    ROUNDS: tl.constexpr,
):
    place = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    c0 = place.to(tl.uint32) + first.to(tl.uint32)
    none = tl.zeros((BLOCK,), dtype=tl.uint32)
    w0, w1, w2, w3 = tl.philox_impl(
        c0,
        none + c1.to(tl.uint32),
        none + c2.to(tl.uint32),
        none + c3.to(tl.uint32),
        none + k0.to(tl.uint32),
        none + k1.to(tl.uint32),
        ROUNDS,
    )
    start = place.to(tl.int64) * 4 - skip
    if KIND == "gaussian":
        z0, z1 = _pair(w0, w1)
        z2, z3 = _pair(w2, w3)
        _store(out, start, count, z0, z1, z2, z3)
    elif KIND == "uniform":
        _store(out, start, count, _fraction(w0), _fraction(w1), _fraction(w2), _fraction(w3))
    else:
        _store(
            out, start, count, w0.to(tl.int64), w1.to(tl.int64), w2.to(tl.int64), w3.to(tl.int64)
        )


@triton.jit
def _store(out, start, count, a, b, c, d):
    tl.store(out + start, a, mask=(start >= 0) & (start < count))
    tl.store(out + start + 1, b, mask=(start + 1 >= 0) & (start + 1 < count))
    tl.store(out + start + 2, c, mask=(start + 2 >= 0) & (start + 2 < count))
    tl.store(out + start + 3, d, mask=start + 3 < count)


@triton.jit
def _fraction(word):
    return (word >> 8).to(tl.float32) * 5.9604644775390625e-08  # 2**-24


@triton.jit
def _pair(u, v):
    # in double precision: the quick single precision logarithm and cosine of a GPU are not 1e-6
    share = ((u.to(tl.int64) + 1).to(tl.float32) * 2.3283064365386963e-10).to(tl.float64)  # 2**-32
    radius = tl.sqrt(-2.0 * tl.log(share))
    angle = (_fraction(v) * TAU).to(tl.float32).to(tl.float64)
    return (radius * tl.cos(angle)).to(tl.float32), (radius * tl.sin(angle)).to(tl.float32)
