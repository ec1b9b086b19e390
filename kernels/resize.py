"""Size and place: resampling, where a picture lands on a format, and affine moves.

Positions are in pixels from the top left corner, so a pixel's centre is at a half and the right
edge is the width. Pictures are (B, C, H, W) floats of any channel count, so masks are resized
alike. NaN spreads as far as the filter reaches.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Literal, NamedTuple

import torch
from torch.nn import functional

from kernels.precision import widen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

Filter = Literal["nearest", "bilinear", "bicubic", "area", "lanczos"]
Sampling = Literal["nearest", "bilinear", "bicubic"]
Border = Literal["black", "edge", "mirror", "wrap"]
Size = tuple[int, int]  # height, width
Affine = tuple[float, float, float, float, float, float]  # x' = a x + b y + c, y' = d x + e y + f

PADDING = {"black": "zeros", "edge": "border", "mirror": "reflection", "wrap": "border"}
UNMOVED: Affine = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
FLAT = 1e-9  # an area scale below which a picture is a line
BAND = 32  # output lines that one small matrix product makes
WRAP_MARGIN = 2  # what bicubic reads beyond an edge


class Rect(NamedTuple):
    """A rectangle in whole pixels."""

    x: int
    y: int
    width: int
    height: int


class Placement(NamedTuple):
    """Which part of a picture lands on which part of a format, each inside its own bounds."""

    source: Rect
    target: Rect


def resize(
    picture: Tensor,
    *,
    height: int,
    width: int,
    filter: Filter = "bilinear",
    antialias: bool = True,
) -> Tensor:
    """(B, C, height, width); at its own size the picture itself.

    antialias widens bilinear, bicubic (a = -0.5) and lanczos (3 lobes) when shrinking; area is the
    mean of what a pixel covers. bicubic and lanczos overshoot at hard edges and are held in [0, 1].
    Raises ValueError for a size below 1 pixel or an unknown filter.
    """
    out = resample(picture, height=height, width=width, filter=filter, antialias=antialias)
    overshot = filter in ("bicubic", "lanczos") and out is not picture
    return out.clamp_(0, 1) if overshot else out


def resample(
    picture: Tensor,
    *,
    height: int,
    width: int,
    filter: Filter = "bilinear",
    antialias: bool = True,
) -> Tensor:
    """resize for what is no picture and has no limits: depth, latents, noise."""
    if height < 1 or width < 1:
        raise ValueError(f"a size of {width}x{height} is too small: 1x1 is the least")
    if picture.shape[2:] == (height, width):
        return picture
    x = widen(picture)
    if filter == "nearest":
        out = functional.interpolate(x, (height, width), mode="nearest-exact")
    elif filter == "area":
        out = functional.interpolate(x, (height, width), mode="area")
    elif filter in KERNELS:
        out = _filtered(x, height, width, filter, antialias)
    else:
        raise ValueError(f'no filter "{filter}": there are nearest, area, {", ".join(KERNELS)}')
    return out.to(picture.dtype)


def fit(source: Size, target: Size, *, anchor: tuple[float, float] = (0.5, 0.5)) -> Placement:
    """All of the picture as large as the format holds it; anchor (x, y) in 0..1 shares the bars."""
    scale = min(target[0] / source[0], target[1] / source[1])
    inner = _at_least_one(source[0] * scale), _at_least_one(source[1] * scale)
    return Placement(_whole(source), _anchored(inner, target, anchor))


def fill(source: Size, target: Size, *, anchor: tuple[float, float] = (0.5, 0.5)) -> Placement:
    """The largest part of the picture that has the format's shape, over all of the format."""
    scale = max(target[0] / source[0], target[1] / source[1])
    inner = _at_least_one(target[0] / scale), _at_least_one(target[1] / scale)
    return Placement(_anchored(inner, source, anchor), _whole(target))


def stretch(source: Size, target: Size) -> Placement:
    """All of the picture over all of the format, whatever becomes of its shape."""
    return Placement(_whole(source), _whole(target))


def crop(source: Size, target: Size, *, anchor: tuple[float, float] = (0.5, 0.5)) -> Placement:
    """Pixel for pixel: what sticks out is cut, what is missing stays empty."""
    inner = min(source[0], target[0]), min(source[1], target[1])
    return Placement(_anchored(inner, source, anchor), _anchored(inner, target, anchor))


def place(
    picture: Tensor,
    placement: Placement,
    *,
    height: int,
    width: int,
    filter: Filter = "bilinear",
    background: float = 0.0,
) -> Tensor:
    """(B, C, height, width): the placement's source resized onto its target; a mask of ones
    placed with background 0 tells where the picture is."""
    (sx, sy, sw, sh), (tx, ty, tw, th) = placement
    part = picture[:, :, sy : sy + sh, sx : sx + sw]
    part = resize(part, height=th, width=tw, filter=filter)
    if (th, tw) == (height, width):
        return part
    around = (tx, width - tx - tw, ty, height - ty - th)
    return functional.pad(part, around, value=background)


def affine_matrix(
    *,
    scale: tuple[float, float] = (1.0, 1.0),
    rotate: float = 0.0,
    shift: tuple[float, float] = (0.0, 0.0),
    pivot: tuple[float, float] = (0.0, 0.0),
) -> Affine:
    """Scales (x, y), then turns clockwise by `rotate` turns, about a pivot, then shifts."""
    c, s = math.cos(math.tau * rotate), math.sin(math.tau * rotate)
    a, b, d, e = scale[0] * c, -scale[1] * s, scale[0] * s, scale[1] * c
    px, py = pivot
    return (a, b, px - a * px - b * py + shift[0], d, e, py - d * px - e * py + shift[1])


def chain(first: Affine, second: Affine) -> Affine:
    """The move that does `first` and then `second`."""
    a, b, c, d, e, f = second
    g, h, i, j, k, m = first
    return (
        *(a * g + b * j, a * h + b * k, a * i + b * m + c),
        *(d * g + e * j, d * h + e * k, d * i + e * m + f),
    )


def affine(
    picture: Tensor,
    matrix: Affine | Tensor,
    *,
    height: int | None = None,
    width: int | None = None,
    filter: Sampling = "bilinear",
    border: Border = "black",
) -> Tensor:
    """(B, C, height, width), each point p of the picture moved to matrix @ p.

    matrix is six numbers or (B, 2, 3) on the picture's device. With six numbers the unmoved picture
    comes back itself, and a picture made smaller than half is halved first, so that it does not
    shimmer. height and width are the picture's where not given. Raises ValueError for a matrix of
    six numbers that flattens the picture.
    """
    height, width = height or picture.shape[2], width or picture.shape[3]
    if isinstance(matrix, tuple):
        if matrix == UNMOVED and picture.shape[2:] == (height, width):
            return picture
        picture, matrix = _halved(picture, matrix)
        a, b, c, d, e, f = _undone(matrix)
    else:
        a, b, c, d, e, f = _undone(matrix.to(widen(picture)).flatten(1)[:, :, None, None].unbind(1))
    options = {"device": picture.device, "dtype": widen(picture).dtype}
    x = torch.arange(width, **options) + 0.5
    y = (torch.arange(height, **options) + 0.5)[:, None]
    return sample(picture, a * x + (b * y + c), d * x + (e * y + f), filter=filter, border=border)


def sample(
    picture: Tensor,
    x: Tensor,
    y: Tensor,
    *,
    filter: Sampling = "bilinear",
    border: Border = "black",
) -> Tensor:
    """(B, C, h, w): the picture read at positions x, y, each (h, w) or (B, h, w), in pixels.

    A position that is no number reads from far outside. bicubic overshoots: held in [0, 1].
    """
    wide = widen(picture)
    if border == "wrap":
        wide, x, y = _wrapped(wide, x, y)
    height, width = wide.shape[2:]
    grid = torch.empty(
        *torch.broadcast_shapes(x.shape, y.shape), 2, dtype=wide.dtype, device=x.device
    )
    torch.mul(x, 2 / width, out=grid[..., 0])
    torch.mul(y, 2 / height, out=grid[..., 1])
    grid.sub_(1).nan_to_num_(nan=-9.0, posinf=9.0, neginf=-9.0)
    grid = grid if grid.ndim == 4 else grid[None]
    batch = max(len(wide), len(grid))
    out = functional.grid_sample(
        wide.expand(batch, -1, -1, -1),
        grid.expand(batch, -1, -1, -1),
        mode=filter,
        padding_mode=PADDING[border],
        align_corners=False,
    )
    return (out.clamp_(0, 1) if filter == "bicubic" else out).to(picture.dtype)


def _whole(size: Size) -> Rect:
    return Rect(0, 0, size[1], size[0])


def _at_least_one(length: float) -> int:
    return max(1, round(length))


def _anchored(inner: Size, outer: Size, anchor: tuple[float, float]) -> Rect:
    x, y = round((outer[1] - inner[1]) * anchor[0]), round((outer[0] - inner[0]) * anchor[1])
    return Rect(x, y, inner[1], inner[0])


def _undone(m: Sequence) -> tuple:
    """The inverse of six numbers, or of six tensors alike."""
    a, b, c, d, e, f = m
    det = a * e - b * d
    if isinstance(det, (int, float)) and abs(det) < FLAT:
        raise ValueError(f"a scale of {det:g} flattens the picture: keep both scales above 0")
    return (
        *(e / det, -b / det, (b * f - c * e) / det),
        *(-d / det, a / det, (c * d - a * f) / det),
    )


def _halved(picture: Tensor, matrix: Affine) -> tuple[Tensor, Affine]:
    """The picture by powers of two as small as the matrix makes it, and the matrix for that."""
    a, b, _, d, e, _ = matrix
    # the smaller singular value of the 2x2 part: how thin the thinner direction gets
    spread, det = a * a + b * b + d * d + e * e, a * e - b * d
    least = math.sqrt(max(0.0, (spread - math.sqrt(max(0.0, spread**2 - 4 * det**2))) / 2))
    height, width = picture.shape[2:]
    most = int(math.log2(min(height, width)))
    times = min(most, math.floor(-math.log2(max(least, FLAT)))) if least <= 0.5 else 0
    if times == 0:
        return picture, matrix
    small = (max(1, height >> times), max(1, width >> times))
    back = affine_matrix(scale=(width / small[1], height / small[0]))
    return resize(picture, height=small[0], width=small[1]), chain(back, matrix)


def _wrapped(picture: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Positions modulo the size, on a picture with a margin of its other side."""
    m = WRAP_MARGIN
    height, width = picture.shape[2:]
    rows = torch.arange(-m, height + m, device=picture.device).remainder_(height)
    columns = torch.arange(-m, width + m, device=picture.device).remainder_(width)
    padded = picture.index_select(2, rows).index_select(3, columns)
    return padded, x.remainder(width).add_(m), y.remainder(height).add_(m)


def _filtered(x: Tensor, height: int, width: int, filter: str, antialias: bool) -> Tensor:
    shrinks = height < x.shape[2] or width < x.shape[3]
    if filter != "lanczos" and antialias and (shrinks or x.device.type != "cpu"):
        # the same weights; faster than products of bands, except where a CPU enlarges
        return functional.interpolate(x, (height, width), mode=filter, antialias=True)
    band = BAND if x.device.type == "cpu" else max(height, width)
    across = _bands(x.shape[3], width, filter, antialias, band, x.dtype, x.device)
    down = _bands(x.shape[2], height, filter, antialias, band, x.dtype, x.device)
    x = torch.cat([x[..., lo:hi] @ weights.t() for lo, hi, weights in across], dim=3)
    return torch.cat([weights @ x[:, :, lo:hi] for lo, hi, weights in down], dim=2)


@functools.lru_cache(maxsize=32)
def _bands(
    length: int,
    new_length: int,
    filter: str,
    antialias: bool,
    band: int,
    dtype: torch.dtype,
    device: torch.device,
) -> list[tuple[int, int, Tensor]]:
    """For each band of new lines the old ones it reads, from lo to hi, and its weights (new,
    old).
    """
    curve, reach = KERNELS[filter]
    step = length / new_length
    wide = max(step, 1.0) if antialias else 1.0
    bands = []
    # kept for all callers, so they must not be inference tensors where the first caller is
    with torch.inference_mode(mode=False):
        for start in range(0, new_length, band):
            stop = min(start + band, new_length)
            lo = max(0, math.floor((start + 0.5) * step - reach * wide))
            hi = min(length, math.ceil((stop - 0.5) * step + reach * wide))
            centres = (torch.arange(start, stop, dtype=torch.float64)[:, None] + 0.5) * step
            weights = curve((torch.arange(lo, hi, dtype=torch.float64) + 0.5 - centres) / wide)
            weights /= weights.sum(1, keepdim=True)
            bands.append((lo, hi, weights.to(device, dtype)))
    return bands


def _triangle(x: Tensor) -> Tensor:
    return (1 - x.abs()).clamp(min=0)


def _cubic(x: Tensor) -> Tensor:
    """Keys 1981, eq. 3 with a = -0.5."""
    x = x.abs()
    inner, outer = (1.5 * x - 2.5) * x * x + 1, ((-0.5 * x + 2.5) * x - 4) * x + 2
    return torch.where(x < 1, inner, torch.where(x < 2, outer, 0))


def _windowed_sinc(x: Tensor) -> Tensor:
    return torch.where(x.abs() < 3, torch.sinc(x) * torch.sinc(x / 3), 0)


KERNELS: dict[str, tuple[Callable[[Tensor], Tensor], int]] = {
    "bilinear": (_triangle, 1),
    "bicubic": (_cubic, 2),
    "lanczos": (_windowed_sinc, 3),
}
