"""Decoded pictures as tensors: sRGB in [0, 1], the right matrix, range, depth, alpha and way up.

Conversion goes through planar RGB of 8 or 16 bits, rounded exactly; packed RGB takes twice as long.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from av.sidedata.sidedata import SideDataContainer
from av.sidedata.sidedata import Type as SideDataType
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from torch import Tensor

EXACT = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
HD_HEIGHT = 720  # lines from which a file without a matrix means BT.709, as every player takes it
STUDIO_TOP = 255 << 8  # what swscale makes of white in limited range, in 16 bits
QUARTERS = ((1, 0, 0, 1), (0, -1, 1, 0), (-1, 0, 0, -1), (0, 1, -1, 0))  # turns to the left
UNSPECIFIED = 2  # ISO 23001-8 matrix coefficients


def to_tensors(frame: Any, aspect: float = 1.0) -> tuple[Tensor, Tensor | None]:
    """An av.VideoFrame -> RGB (1, 3, H, W) float32 in [0, 1] and alpha (1, 1, H, W) or None.

    `aspect` is width over height of one pixel; pixels that are not square are made square.
    """
    alpha = any(part.is_alpha for part in frame.format.components)
    bits = max(part.bits for part in frame.format.components)
    planes = _planar(frame, alpha=alpha, deep=bits > 8, width=_square_width(frame.width, aspect))
    way = orientation(frame)
    full = 255 if bits <= 8 else ((1 << bits) - 1) << (16 - bits)
    top = full if bits <= 8 or _range(frame) == ColorRange.JPEG else STUDIO_TOP
    rgb = _scaled([planes[at] for at in (2, 0, 1)], top)  # from G, B, R
    return turned(rgb, way), turned(_scaled(planes[3:], full), way) if alpha else None


def orientation(frame: Any) -> tuple[int, int, int, int]:
    """The signs (a, b, c, d) of the frame's display matrix: x' = a x + c y, y' = b x + d y."""
    try:
        # frame.side_data is kept by the frame, in a circle that holds the picture until gc comes
        found = list(SideDataContainer(frame))  # pyright: ignore[reportCallIssue]
    except ValueError:  # PyAV knows no name for some kinds (EXIF), and then gives none at all
        return QUARTERS[round(frame.rotation / 90) % 4]
    for data in found:
        if data.type == SideDataType.DISPLAYMATRIX:
            return _signs(np.frombuffer(bytes(data), np.int32))
    return QUARTERS[0]


def turned(picture: Tensor, way: tuple[int, int, int, int]) -> Tensor:
    """(…, H, W) turned and mirrored as a display matrix says, by quarter turns only."""
    a, b, c, d = way
    if not a:
        picture, a, d = picture.transpose(-1, -2), c, b  # x' follows y by c, y' follows x by b
    mirrored = [axis for axis, sign in ((-1, a), (-2, d)) if sign < 0]
    return (picture.flip(mirrored) if mirrored else picture).contiguous()


def _signs(matrix: np.ndarray) -> tuple[int, int, int, int]:
    a, b, c, d = (int(matrix[at]) for at in (0, 1, 3, 4))
    if abs(a) >= abs(b):
        return (-1 if a < 0 else 1, 0, 0, -1 if d < 0 else 1)
    return (0, -1 if b < 0 else 1, -1 if c < 0 else 1, 0)


def _square_width(width: int, aspect: float) -> int:
    if not math.isfinite(aspect) or not 0.1 <= aspect <= 10 or abs(aspect - 1) < 0.01:
        return width
    return max(2, 2 * round(width * aspect / 2))


def _planar(frame: Any, *, alpha: bool, deep: bool, width: int) -> list[Any]:
    name = ("gbrap" if alpha else "gbrp") + ("16le" if deep else "")
    out = frame.reformat(
        format=name,
        width=width,
        height=frame.height,
        src_colorspace=_matrix(frame),
        src_color_range=_range(frame),
        dst_color_range=ColorRange.JPEG,
        interpolation=EXACT,
        threads=1,
    )
    return list(out.planes)


def _scaled(planes: list[Any], top: int) -> Tensor:
    kind = np.dtype("<u2") if top > 255 else np.dtype("u1")
    out = np.empty((1, len(planes), planes[0].height, planes[0].width), np.float32)
    for at, plane in enumerate(planes):
        rows = np.frombuffer(plane, kind).reshape(plane.height, plane.line_size // kind.itemsize)
        np.divide(rows[:, : plane.width], np.float32(top), out=out[0, at], dtype=np.float32)
    return torch.from_numpy(np.minimum(out, 1, out=out))  # (1, planes, H, W)


def _matrix(frame: Any) -> int:
    if frame.colorspace not in (UNSPECIFIED, 0):
        return frame.colorspace
    return Colorspace.ITU709 if frame.height >= HD_HEIGHT else Colorspace.ITU601


def _range(frame: Any) -> ColorRange:
    form = frame.format
    full = frame.color_range == ColorRange.JPEG or form.name.startswith("yuvj")
    plain = form.is_rgb or len(form.components) < 3  # RGB and grey, with alpha or without
    return ColorRange.JPEG if full or plain else ColorRange.MPEG
