"""Small pictures of what travels on links, made with little of the interpreter's time.

Values are thinned out where they lie, so that only a thumbnail's worth leaves its device; numpy
does the rest, because torch's threads would fight with those that make the picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PySide6.QtGui import QImage

from engine import values
from nodes.sinks.window import packed_planes, scaled

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

Planes = np.ndarray  # (C, H, W) in [0, 1]
THIRDS = np.array([0.0, 2.0, 4.0], np.float32).reshape(3, 1, 1) * (np.pi / 3)
SPARE = 1.5  # times as many pixels as shown are looked at, so that edges stay smooth
HALF_WORD = 16  # bits
LONGEST = 80  # letters of a value


def thumbnail(value: Any, width: int, height: int) -> QImage | None:
    """A picture of a value that fits into width x height pixels, None where it has none."""
    for kind, make in _MADE.items():
        if isinstance(value, kind) and value.tensor.numel():
            planes = make(value, round(SPARE * width), round(SPARE * height))
            return words_image(scaled(packed_planes(planes), width, height))
    return None


def words_image(words: np.ndarray) -> QImage:
    """(H, W, 4) uint8 in the order of a screen's words as an image of its own."""
    high, wide = words.shape[:2]
    return QImage(words.data, wide, high, wide * 4, QImage.Format.Format_RGB32).copy()


def is_picture(value: Any) -> bool:
    """Whether a value can be shown as a picture."""
    return isinstance(value, tuple(_MADE))


def facts(value: Any) -> list[tuple[str, str]]:
    """Shape, number type and device of a value made of tensors; else the value, shortened."""
    tensor = getattr(value, "tensor", None)
    if isinstance(tensor, torch.Tensor):
        shape = " × ".join(str(size) for size in tensor.shape)
        kind = str(tensor.dtype).removeprefix("torch.")
        return [("Shape", shape), ("Numbers", f"{kind} on {tensor.device}")]
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return [("Value", text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…")]


def _thinned(tensor: Tensor, width: int, height: int) -> Planes:
    """Every nth pixel of (C, H, W), no fewer than width x height; on the processor."""
    step = max(1, min(tensor.shape[-1] // width, tensor.shape[-2] // height))
    thin = tensor.detach()[..., ::step, ::step]
    if thin.device.type != "cpu":
        thin = thin.cpu()
    return _array(thin)


def _array(tensor: Tensor) -> Planes:
    if tensor.dtype is not torch.bfloat16:
        return tensor.numpy().astype(np.float32, copy=False)
    # numpy knows no bfloat16, which is the upper half of a float32
    words = tensor.view(torch.int16).numpy().astype(np.uint16).astype(np.uint32)
    return (words << HALF_WORD).view(np.float32)


def _frame(value: values.Frame, width: int, height: int) -> Planes:
    planes = _thinned(value.tensor[0], width, height)
    return planes if value.alpha is None else planes * _thinned(value.alpha[0], width, height)


def _flow(value: values.Flow, width: int, height: int) -> Planes:
    """The direction as a hue, the speed as its strength."""
    x, y = _thinned(value.tensor[0], width, height)
    speed = np.hypot(x, y)
    return (0.5 + 0.5 * np.cos(np.arctan2(y, x) - THIRDS)) * (speed / max(float(speed.max()), 1.0))


def _stretched(tensor: Tensor, width: int, height: int) -> Planes:
    planes = _thinned(tensor, width, height)
    low, high = float(planes.min()), float(planes.max())
    return (planes - low) / (high - low or 1.0)


_MADE: dict[type, Callable[[Any, int, int], Planes]] = {
    values.Frame: _frame,
    values.Clip: lambda value, w, h: _thinned(value.tensor[-1], w, h),
    values.Mask: lambda value, w, h: _thinned(value.tensor[0], w, h),
    values.Depth: lambda value, w, h: _stretched(value.tensor[0], w, h),
    values.Flow: _flow,
    values.Latent: lambda value, w, h: _stretched(value.tensor[-1][:3], w, h),
}
