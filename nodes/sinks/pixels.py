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

BYTE, WORD = 255, 65535
STUDIO = 255 << 8  # what swscale takes for white where it makes YUV of more than 8 bits


def quantized(frame: Frame, *, alpha: bool, top: int = BYTE) -> np.ndarray:
    """A frame as (3 or 4, H, W) uint8, or uint16 where `top`, the value of white, is larger.

    Without alpha it lies over black.
    """
    picture = frame.tensor[0]
    if alpha:
        cover = frame.alpha[0] if frame.alpha is not None else torch.ones_like(picture[:1])
        picture = torch.cat([picture, cover])
    elif frame.alpha is not None:
        picture = picture * frame.alpha[0]
    scaled = picture.float().clamp(0, 1)
    if top <= BYTE:
        return scaled.mul(top).round().to(torch.uint8).cpu().numpy()
    tops = scaled.new_tensor([top, top, top, WORD][: len(picture)]).view(-1, 1, 1)
    return (scaled * tops).round().to(torch.int32).cpu().numpy().astype(np.uint16)


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
