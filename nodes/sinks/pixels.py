"""Frames as bytes for files: rounded once, alpha kept or laid over black, odd sizes made even."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation

if TYPE_CHECKING:
    from engine.values import Frame

EXACT = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT


def quantized(frame: Frame, *, alpha: bool, deep: bool) -> np.ndarray:
    """A frame as (3 or 4, H, W) uint8, uint16 where deep; without alpha it lies over black."""
    picture = frame.tensor[0]
    if alpha:
        cover = frame.alpha[0] if frame.alpha is not None else torch.ones_like(picture[:1])
        picture = torch.cat([picture, cover])
    elif frame.alpha is not None:
        picture = picture * frame.alpha[0]
    top = 65535 if deep else 255
    whole = picture.float().clamp(0, 1).mul(top).round().to(torch.int32 if deep else torch.uint8)
    array = whole.cpu().numpy()
    return array.astype(np.uint16) if deep else array


def video_frame(planes: np.ndarray, form: str, size: tuple[int, int]) -> Any:
    """(3 or 4, H, W) of uint8 or uint16 as an av.VideoFrame of a pixel format and (width, height).

    A picture one pixel short of the size gets its last row or column again; others are scaled.
    """
    width, height = size
    short = (width - planes.shape[2], height - planes.shape[1])
    if short != (0, 0) and set(short) <= {0, 1}:
        planes = np.pad(planes, ((0, 0), (0, short[1]), (0, short[0])), mode="edge")
    rgb = form in ("bgr0", "bgra")
    return _planar(planes).reformat(
        width=width,
        height=height,
        format=form,
        src_color_range=ColorRange.JPEG,
        dst_colorspace=None if rgb else Colorspace.ITU709,
        dst_color_range=ColorRange.JPEG if rgb else ColorRange.MPEG,
        interpolation=EXACT,
        threads=1,
    )


def even(size: tuple[int, int], form: str) -> tuple[int, int]:
    """A size that the pixel format can hold: chroma at half resolution takes whole pairs."""
    wide = 2 if "420" in form or "422" in form else 1
    high = 2 if "420" in form else 1
    return -(-size[0] // wide) * wide, -(-size[1] // high) * high


def _planar(planes: np.ndarray) -> Any:
    name = "gbrp" if len(planes) == 3 else "gbrap"
    deep = planes.dtype == np.uint16
    frame: Any = VideoFrame(planes.shape[2], planes.shape[1], name + ("16le" if deep else ""))
    for plane, source in zip(frame.planes, (1, 2, 0, 3), strict=False):  # G, B, R, A
        kind = np.dtype("<u2") if deep else np.dtype("u1")
        rows = np.frombuffer(plane, kind).reshape(plane.height, plane.line_size // kind.itemsize)
        rows[:, : plane.width] = planes[source]
    return frame
