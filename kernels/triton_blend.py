"""Blending in one GPU pass: decode, mode, alpha and encode in registers, the Triton form of
kernels.blend.
"""

# triton is an extra, and what its decorator makes has no types
# pyright: reportMissingImports=false, reportIndexIssue=false

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, get_args

import torch
import triton
import triton.language as tl

from kernels import blend, noise

if TYPE_CHECKING:
    from torch import Tensor

TOLERANCE = 2e-5
BLOCK = 256
TINY = tl.constexpr(1e-12)
MODES = get_args(blend.Mode)
# numbers and not names, so that one compiled kernel has every mode and a change of mode costs
# nothing
ADD, SUBTRACT, MULTIPLY, SCREEN, OVERLAY, SOFT_LIGHT, HARD_LIGHT, DARKEN, LIGHTEN = (
    tl.constexpr(i) for i in range(1, 10)
)
DIFFERENCE, EXCLUSION, COLOR_DODGE, COLOR_BURN, HUE, SATURATION, COLOR, LUMINOSITY = (
    tl.constexpr(i) for i in range(10, 18)
)


def composite(
    base: Tensor,
    top: Tensor,
    mode: blend.Mode,
    opacity: float,
    base_alpha: Tensor | None,
    top_alpha: Tensor | None,
    linear: bool,
) -> tuple[Tensor, Tensor | None]:
    """What blend.composite gives, to TOLERANCE, counted in float32."""
    pictures = [x for x in (base, top, base_alpha, top_alpha) if x is not None]
    batch, (height, width) = max(len(x) for x in pictures), base.shape[2:]
    out = base.new_empty(batch, 3, height, width)
    alpha = None if base_alpha is None else base_alpha.new_empty(batch, 1, height, width)
    inputs = [_planes(base if x is None else x) for x in (base, top, base_alpha, top_alpha)]
    grid = (triton.cdiv(height * width, BLOCK), batch)
    with torch.cuda.device_of(out):
        _blend[grid](
            *(tensor for tensor, _ in inputs),
            out,
            out if alpha is None else alpha,
            *(step for _, step in inputs),
            height * width,
            float(opacity),
            MODES.index(mode),
            int(linear),
            int(base_alpha is not None),
            int(top_alpha is not None),
            BLOCK,
        )
    return out, alpha


def disagreement(device: torch.device) -> float:
    """The largest difference from the torch form: every mode, and by turns every way of alphas."""
    base, top, masks = (_clipped_noise(seed, device) for seed in (1, 2, 3))
    alphas = ((None, None), (masks[:, :1], masks[:, 1:2]), (None, masks[:1, :1]))
    ways = itertools.cycle(itertools.product(alphas, (True, False)))
    return max(
        _difference((base, top, mode, 0.8, *pair, linear))
        for mode, (pair, linear) in zip(MODES, ways, strict=False)
    )


def _clipped_noise(seed: int, device: torch.device) -> Tensor:
    """Noise with some pure black and white, where the formulas have their corners."""
    picture = noise.uniform((2, 3, 9, 31), seed=seed, stream=0, device=device)
    return picture.mul_(1.2).sub_(0.1).clamp_(0, 1)


def _difference(given: tuple) -> float:
    pairs = zip(composite(*given), blend.composite(*given), strict=True)
    return max(float((a - b).abs().max()) for a, b in pairs if a is not None and b is not None)


def _planes(picture: Tensor) -> tuple[Tensor, int]:
    """The picture in whole planes, and the step to the next of the batch, 0 where it is alone."""
    whole = picture.contiguous()
    return whole, 0 if len(whole) == 1 else whole.stride(0)


@triton.jit(do_not_specialize=["opacity", "mode", "linear", "has_base_alpha", "has_top_alpha"])
def _blend(
    base,
    top,
    base_alpha,
    top_alpha,
    out,
    alpha,
    base_step,
    top_step,
    base_alpha_step,
    top_alpha_step,
    area,
    opacity,
    mode,
    linear,
    has_base_alpha,
    has_top_alpha,
    BLOCK: tl.constexpr,
):
    batch = tl.program_id(1).to(tl.int64)
    place = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    here = place < area
    br, bg, bb = _load(base + batch * base_step + place, area, here, linear)
    tr, tg, tb = _load(top + batch * top_step + place, area, here, linear)
    mr, mg, mb = _mixed(br, bg, bb, tr, tg, tb, mode)
    top_place = top_alpha + batch * top_alpha_step + place
    share = opacity * tl.load(top_place, here & (has_top_alpha != 0), other=1.0).to(tl.float32)
    base_place = base_alpha + batch * base_alpha_step + place
    backdrop = tl.load(base_place, here & (has_base_alpha != 0), other=1.0).to(tl.float32)
    rest = backdrop * (1 - share)
    covered = rest + share
    r = _over(br, tr, mr, backdrop, share, rest, covered)
    g = _over(bg, tg, mg, backdrop, share, rest, covered)
    b = _over(bb, tb, mb, backdrop, share, rest, covered)
    target = out + batch * 3 * area + place
    tl.store(target, _finished(r, linear).to(out.dtype.element_ty), here)
    tl.store(target + area, _finished(g, linear).to(out.dtype.element_ty), here)
    tl.store(target + 2 * area, _finished(b, linear).to(out.dtype.element_ty), here)
    seen = covered.to(alpha.dtype.element_ty)
    tl.store(alpha + batch * area + place, seen, here & (has_base_alpha != 0))


@triton.jit
def _over(under, over, mixed, backdrop, share, rest, covered):
    source = over + backdrop * (mixed - over)
    return (share * source + rest * under) / tl.maximum(covered, TINY)


@triton.jit
def _load(place, area, here, linear):
    r = tl.load(place, here, other=0.0).to(tl.float32)
    g = tl.load(place + area, here, other=0.0).to(tl.float32)
    b = tl.load(place + 2 * area, here, other=0.0).to(tl.float32)
    return _decoded(r, linear), _decoded(g, linear), _decoded(b, linear)


@triton.jit
def _decoded(x, linear):
    curve = tl.exp2(2.4 * tl.log2((tl.maximum(x, 0.04045) + 0.055) / 1.055))
    return tl.where(linear != 0, tl.where(x <= 0.04045, x / 12.92, curve), x)


@triton.jit
def _finished(x, linear):
    curve = 1.055 * tl.exp2(tl.log2(tl.maximum(x, 0.0031308)) / 2.4) - 0.055
    x = tl.where(linear != 0, tl.where(x <= 0.0031308, x * 12.92, curve), x)
    return tl.where(x == x, tl.minimum(tl.maximum(x, 0.0), 1.0), x)  # NaN stays


@triton.jit
def _mixed(br, bg, bb, tr, tg, tb, mode):
    r, g, b = _channel(br, tr, mode), _channel(bg, tg, mode), _channel(bb, tb, mode)
    if mode == HUE:
        r, g, b = _set_sat(tr, tg, tb, _sat(br, bg, bb))
    elif mode == SATURATION:
        r, g, b = _set_sat(br, bg, bb, _sat(tr, tg, tb))
    elif mode == LUMINOSITY:
        r, g, b = br, bg, bb
    if mode >= HUE:
        lum = _lum(br, bg, bb)
        if mode == LUMINOSITY:
            lum = _lum(tr, tg, tb)
        r, g, b = _set_lum(r, g, b, lum)
    return r, g, b


@triton.jit
def _channel(b, t, mode):
    out = t
    if mode == ADD:
        out = tl.minimum(b + t, 1.0)
    elif mode == SUBTRACT:
        out = tl.maximum(b - t, 0.0)
    elif mode == MULTIPLY:
        out = b * t
    elif mode == SCREEN:
        out = b + t - b * t
    elif mode == OVERLAY:
        out = _hard_light(t, b)
    elif mode == SOFT_LIGHT:
        side = 2 * t - 1
        bright = tl.minimum(((16 * b - 12) * b + 4) * b, tl.sqrt(b)) - b
        out = b + tl.where(side > 0, side * bright, side * (b - b * b))
    elif mode == HARD_LIGHT:
        out = _hard_light(b, t)
    elif mode == DARKEN:
        out = tl.minimum(b, t)
    elif mode == LIGHTEN:
        out = tl.maximum(b, t)
    elif mode == DIFFERENCE:
        out = tl.abs(b - t)
    elif mode == EXCLUSION:
        out = b + t - 2 * b * t
    elif mode == COLOR_DODGE:
        out = tl.minimum(b / tl.maximum(1 - t, TINY), 1.0)
    elif mode == COLOR_BURN:
        out = 1 - tl.minimum((1 - b) / tl.maximum(t, TINY), 1.0)
    return out


@triton.jit
def _hard_light(b, t):
    dark = b * tl.minimum(2 * t, 1.0)
    light = tl.maximum(2 * t - 1, 0.0)
    return dark + light - dark * light


@triton.jit
def _lum(r, g, b):
    return 0.3 * r + 0.59 * g + 0.11 * b


@triton.jit
def _most(r, g, b):
    return tl.maximum(tl.maximum(r, g), b)


@triton.jit
def _least(r, g, b):
    return tl.minimum(tl.minimum(r, g), b)


@triton.jit
def _sat(r, g, b):
    return _most(r, g, b) - _least(r, g, b)


@triton.jit
def _set_sat(r, g, b, sat):
    least = _least(r, g, b)
    scale = sat / tl.maximum(_most(r, g, b) - least, TINY)
    return (r - least) * scale, (g - least) * scale, (b - least) * scale


@triton.jit
def _set_lum(r, g, b, lum):
    own = _lum(r, g, b)
    r -= own
    g -= own
    b -= own
    down = lum / tl.maximum(-_least(r, g, b), TINY)
    up = (1 - lum) / tl.maximum(_most(r, g, b), TINY)
    scale = tl.minimum(tl.minimum(down, up), 1.0)
    return r * scale + lum, g * scale + lum, b * scale + lum
