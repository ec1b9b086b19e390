"""Frames made small, for windows and files that only give an idea of the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.values import Frame
from kernels.resize import resize
from nodes.sinks.pixels import quantized

if TYPE_CHECKING:
    from torch import Tensor


def within(frame: Frame, *, height: int, width: int) -> Frame:
    """The frame scaled down, its shape kept, until it lies within a size; never scaled up."""
    share = min(1.0, height / frame.height, width / frame.width)
    if share == 1.0:
        return frame
    tall, wide = max(1, round(frame.height * share)), max(1, round(frame.width * share))

    def scaled(picture: Tensor) -> Tensor:
        return resize(picture, height=tall, width=wide)

    return Frame(scaled(frame.tensor), None if frame.alpha is None else scaled(frame.alpha))


def pixels(frame: Frame) -> np.ndarray:
    """The frame over black as (H, W, 3) RGB uint8 in rows without gaps."""
    return np.ascontiguousarray(quantized(frame, alpha=False).transpose(1, 2, 0))
