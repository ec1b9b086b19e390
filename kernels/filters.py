"""Neighbourhood filters: blurs, sharpening, edges, and growing or shrinking of masks.

Separable, and by shifted sums, which a CPU runs several times faster than small convolutions.
Pictures are (B, C, H, W) floats, each channel by itself unless a function says otherwise. Beyond
the border the picture is mirrored, which keeps the mean of a blur. NaN spreads as far as the filter
reaches.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from kernels.color import luma
from kernels.precision import widen
from kernels.resize import resample

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

REACH = 3.0  # deviations after which a Gaussian is cut
BROADEST = 6.0  # pixels of deviation; a broader blur is made on a smaller picture
SHRINKING_VARIANCE = 1 / 6  # square pixels of the small picture that making it blurs by
BAND = 1 << 18  # pixels worked on at a time, so that they stay in a core's cache
STEP_RESPONSE = 4.0  # of Sobel's filter to an edge from 0 to 1
GROWTH = 8  # pixels by which a strong edge may reach into a weak one


def gaussian_blur(picture: Tensor, sigma: float) -> Tensor:
    """Blurs by a Gaussian of `sigma` pixels; at 0 the picture itself.

    Beyond sigma 6 the blur is made on a picture halved once or more, which is within 0.01 of the
    exact one. Raises ValueError for a negative sigma.
    """
    if not sigma >= 0:
        raise ValueError(f"a blur of sigma {sigma:g} is not possible: 0 is the least")
    if sigma == 0:
        return picture
    x = widen(picture)
    height, width = x.shape[2:]
    halvings = max(0, math.ceil(math.log2(max(sigma, BROADEST) / BROADEST)))
    if halvings:
        x = resample(x, height=-(-height >> halvings), width=-(-width >> halvings))
        sigma = math.sqrt(sigma**2 / 4**halvings - SHRINKING_VARIANCE)
    for dim in (-1, -2):
        x = _blurred(x, _gaussian_taps(sigma), dim)
    # bicubic, because straight lines between the few pixels of a small picture would show
    return resample(x, height=height, width=width, filter="bicubic").to(picture.dtype)


def box_blur(picture: Tensor, radius: float) -> Tensor:
    """The mean of the square that reaches `radius` pixels each way, whose outermost ring counts by
    the radius' fraction; at 0 the picture itself. Raises ValueError for a negative radius.
    """
    if not radius >= 0:
        raise ValueError(f"a box of radius {radius:g} is not possible: 0 is the least")
    if radius == 0:
        return picture
    x = widen(picture)
    for dim in (-1, -2):
        x = _boxed(x, radius, dim)
    return x.to(picture.dtype)


def unsharp(
    picture: Tensor, *, sigma: float = 1.0, amount: float = 0.5, threshold: float = 0.0
) -> Tensor:
    """Adds `amount` times what a blur of sigma would take away, held in [0, 1].

    Detail weaker than the threshold is left alone, so that noise is not sharpened. A negative
    amount softens. At amount or sigma 0 the picture itself.
    """
    if amount == 0 or sigma == 0:
        return picture
    x = widen(picture)
    detail = x - gaussian_blur(x, sigma)
    if threshold > 0:
        detail.sub_(detail.clamp(-threshold, threshold))
    return detail.mul_(amount).add_(x).clamp_(0, 1).to(picture.dtype)


def sobel(picture: Tensor) -> Tensor:
    """(B, 2, H, W): brightness change along x and y, 1 across an edge from black to white.

    Three channels are seen as their luma, one as it is (Sobel and Feldman 1968).
    """
    around = _mirrored(_mirrored(_grey(picture), 1, -1), 1, -2)
    gx = _slid(_slid(around, (1, 2, 1), -2), (-1, 0, 1), -1)
    gy = _slid(_slid(around, (1, 2, 1), -1), (-1, 0, 1), -2)
    return torch.cat((gx, gy), dim=1).div_(STEP_RESPONSE).to(picture.dtype)


def edges(picture: Tensor) -> Tensor:
    """(B, 1, H, W) in [0, 1]: how steep the brightness is, by Sobel's filter."""
    return _magnitude(widen(sobel(picture))).clamp_(0, 1).to(picture.dtype)


def thin_edges(
    picture: Tensor, *, low: float = 0.1, high: float = 0.2, sigma: float = 1.0
) -> Tensor:
    """(B, 1, H, W) of 0 and 1: lines one pixel wide along the crests of the edges (Canny 1986).

    Crests above `high` are drawn, and those above `low` that reach them within 8 pixels. sigma
    blurs first. Directions are rounded to eighths of a turn.
    """
    slope = sobel(gaussian_blur(_grey(picture), sigma))
    steepness = _magnitude(slope)
    crest = steepness * (steepness >= _along_slope(steepness, slope))
    weak, drawn = (crest >= low).to(crest), (crest >= high).to(crest)
    for _ in range(GROWTH):
        drawn = dilate(drawn, 1).mul_(weak)
    return drawn.to(picture.dtype)


def dilate(picture: Tensor, radius: int) -> Tensor:
    """The largest value in the square that reaches `radius` pixels each way: a mask grows."""
    return _extreme(picture, radius, torch.maximum)


def erode(picture: Tensor, radius: int) -> Tensor:
    """The smallest value in the square that reaches `radius` pixels each way: a mask shrinks."""
    return _extreme(picture, radius, torch.minimum)


def _extreme(picture: Tensor, radius: int, op: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    if radius < 0:
        raise ValueError(f"a radius of {radius} is not possible: 0 is the least")
    x = picture
    for dim in (-1, -2):
        reach = min(radius, x.shape[dim])  # further there are only mirror images of mirror images
        if reach:
            step = functools.partial(_windowed, window=2 * reach + 1, dim=dim, op=op)
            x = _along(x, reach, dim, step)
    return x


@functools.lru_cache(maxsize=64)
def _gaussian_taps(sigma: float) -> tuple[float, ...]:
    """The weight of the middle and of each distance from it, so that the whole sums to 1."""
    reach = max(1, math.ceil(REACH * sigma))
    taps = [math.exp(-0.5 * (i / sigma) ** 2) for i in range(reach + 1)]
    total = taps[0] + 2 * sum(taps[1:])
    return tuple(tap / total for tap in taps)


def _blurred(x: Tensor, taps: tuple[float, ...], dim: int) -> Tensor:
    return _along(x, len(taps) - 1, dim, functools.partial(_weighed, taps=taps, dim=dim))


def _weighed(read: Tensor, taps: tuple[float, ...], dim: int) -> Tensor:
    reach = len(taps) - 1
    length = read.shape[dim] - 2 * reach
    out = read.narrow(dim, reach, length) * taps[0]
    for i, tap in enumerate(taps[1:], start=1):
        out.add_(read.narrow(dim, reach - i, length), alpha=tap)
        out.add_(read.narrow(dim, reach + i, length), alpha=tap)
    return out


def _boxed(x: Tensor, radius: float, dim: int) -> Tensor:
    step = functools.partial(_box_mean, radius=radius, dim=dim)
    return _along(x, math.ceil(radius), dim, step)


def _box_mean(read: Tensor, radius: float, dim: int) -> Tensor:
    whole, part = int(radius), radius % 1
    reach = math.ceil(radius)
    length = read.shape[dim] - 2 * reach
    inner = read.narrow(dim, reach - whole, length + 2 * whole)
    out = _windowed(inner, 2 * whole + 1, dim, torch.add) if whole else inner.clone()
    if part:
        out.add_(read.narrow(dim, 0, length), alpha=part)
        out.add_(read.narrow(dim, 2 * reach, length), alpha=part)
    return out.div_(2 * radius + 1)


def _along(x: Tensor, reach: int, dim: int, step: Callable[[Tensor], Tensor]) -> Tensor:
    """step over the picture with `reach` more pixels at both ends of dim (-1 or -2), which it
    takes off again; on a CPU plane by plane in bands of rows.
    """
    if x.device.type != "cpu":
        return step(_mirrored(x, reach, dim))
    x = x.contiguous()
    out = torch.empty_like(x)
    rows = max(1, BAND // x.shape[-1])
    for source, target in zip(x.flatten(0, 1), out.flatten(0, 1), strict=True):
        for top in range(0, x.shape[-2], rows):
            band = target[top : top + rows]
            read = _read(source, top, len(band), reach, dim)
            band.copy_(step(read))
    return out


def _read(plane: Tensor, top: int, rows: int, reach: int, dim: int) -> Tensor:
    if dim == -1:
        return _mirrored(plane[top : top + rows], reach, dim)
    first, last = top - reach, top + rows + reach
    if first >= 0 and last <= len(plane):
        return plane[first:last]
    return plane.index_select(0, _mirror_images(first, last, len(plane), plane.device))


def _windowed(x: Tensor, window: int, dim: int, op: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """op over every window of the length, in log2(window) passes that join 1, 2, 4 … of them."""
    length = x.shape[dim] - window + 1
    out, start, span = None, 0, 1
    while True:
        if window & span:
            part = x.narrow(dim, start, length)
            out = part if out is None else op(out, part)
            start += span
        if 2 * span > window:
            assert out is not None
            return out
        rest = x.shape[dim] - span
        x = op(x.narrow(dim, 0, rest), x.narrow(dim, span, rest))
        span *= 2


def _mirrored(x: Tensor, reach: int, dim: int) -> Tensor:
    length = x.shape[dim]
    if reach <= length:
        before, after = x.narrow(dim, 0, reach), x.narrow(dim, length - reach, reach)
        return torch.cat((before.flip(dim), x, after.flip(dim)), dim=dim)
    return x.index_select(dim, _mirror_images(-reach, length + reach, length, x.device))


def _mirror_images(first: int, last: int, length: int, device: torch.device) -> Tensor:
    """For each place from first to last the pixel inside that is seen there."""
    place = torch.arange(first, last, device=device).remainder_(2 * length)
    return torch.minimum(place, 2 * length - 1 - place)


def _slid(x: Tensor, weights: tuple[int, int, int], dim: int) -> Tensor:
    length = x.shape[dim] - 2
    out = x.narrow(dim, 0, length) * weights[0]
    for i, weight in enumerate(weights[1:], start=1):
        if weight:
            out.add_(x.narrow(dim, i, length), alpha=weight)
    return out


def _grey(picture: Tensor) -> Tensor:
    x = widen(picture)
    return luma(x) if x.shape[1] == 3 else x[:, :1]


def _magnitude(slope: Tensor) -> Tensor:
    return torch.hypot(slope[:, 0:1], slope[:, 1:2])


def _along_slope(steepness: Tensor, slope: Tensor) -> Tensor:
    """The larger of the two neighbours up and down the slope."""
    height, width = steepness.shape[2:]
    around = functional.pad(steepness, (1, 1, 1, 1))

    def pair(dx: int, dy: int) -> Tensor:
        ahead = around[:, :, 1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width]
        behind = around[:, :, 1 - dy : 1 - dy + height, 1 - dx : 1 - dx + width]
        return torch.maximum(ahead, behind)

    gx, gy = slope[:, 0:1], slope[:, 1:2]
    flat = math.tan(math.tau / 16)
    out = torch.where(gx * gy > 0, pair(1, 1), pair(1, -1))
    out = torch.where(gy.abs() <= gx.abs() * flat, pair(1, 0), out)
    return torch.where(gx.abs() <= gy.abs() * flat, pair(0, 1), out)
