"""Where every pixel went since the frame before, by dense inverse search.

Kroeger et al., "Fast optical flow using dense inverse search" (2016), in OpenCV's form, on a
reduced picture; the vectors are carried back to the size of the frame.
"""

from __future__ import annotations

from typing import Any, Literal

import cv2
import numpy as np
import torch
from torch import Tensor

from engine.node import Node, param, resource, state
from engine.spec import CONVERTERS
from engine.values import Flow, Frame
from kernels.color import luma
from kernels.resize import resize
from kernels.warp import consistent

PRESETS = {
    "ultrafast": cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST,
    "fast": cv2.DISOPTICAL_FLOW_PRESET_FAST,
    "medium": cv2.DISOPTICAL_FLOW_PRESET_MEDIUM,
}
LEAST_SIDE = 16  # pixels; the search works on patches of 8 and asserts that they fit


class OpticalFlow(Node, id="motion.flow", aliases=("dis", "motion vectors")):
    """Finds out how every part of the picture has moved since the frame before.

    The result drives warping, feedback that follows movement, and motion-aware generators. It is
    found on a reduced picture and given at the size of the frame; the first frame has not moved.
    """

    quality: Literal["ultrafast", "fast", "medium"] = param(
        default="fast", doc="How carefully it searches"
    )
    size: int = param(
        default=320, doc="Longer side of the picture it searches in", min=16, max=2048,
        soft=(128, 1024), unit="px",
    )  # fmt: skip
    check: bool = param(
        default=False, doc="Marks where the way back does not lead home; takes twice the time"
    )
    _past: np.ndarray | None = state()
    _search: tuple[str, Any] = resource(("", None))

    def process(self, frame: Frame) -> Flow:
        now = _grey(frame, self.size)
        before, self._past = self._past, now
        if before is None or before.shape != now.shape:
            return _still(frame)
        there = self._between(before, now)
        valid = None
        if self.check:
            agree = consistent(there, self._between(now, before)).to(frame.tensor.device)
            valid = resize(agree, height=frame.height, width=frame.width, filter="nearest")
        return Flow(_enlarged(there, frame), valid)

    def _between(self, first: np.ndarray, second: np.ndarray) -> Tensor:
        """(1, 2, h, w): for each pixel of the first picture, how far it lies in the second."""
        return _vectors(self._searcher().calc(first, second, None))

    def _searcher(self) -> Any:
        if self._search[0] != self.quality:
            self._search = (self.quality, cv2.DISOpticalFlow.create(PRESETS[self.quality]))
        return self._search[1]


CONVERTERS[Frame, Flow] = OpticalFlow.spec.id


def _grey(frame: Frame, size: int) -> np.ndarray:
    """(h, w) uint8: the luma, its longer side at most `size`, none too small for the search."""
    shrink = min(1.0, size / max(frame.height, frame.width))
    height, width = (max(round(side * shrink), LEAST_SIDE) for side in (frame.height, frame.width))
    grey = resize(luma(frame.tensor.float()), height=height, width=width)
    return (grey[0, 0].clamp(0, 1) * 255).round().to(torch.uint8).cpu().numpy()


def _still(frame: Frame) -> Flow:
    return Flow(frame.tensor.new_zeros(1, 2, frame.height, frame.width, dtype=torch.float32))


def _vectors(field: np.ndarray) -> Tensor:
    """(h, w, 2) as (1, 2, h, w)."""
    return torch.from_numpy(field).permute(2, 0, 1)[None].contiguous()


def _enlarged(vectors: Tensor, frame: Frame) -> Tensor:
    """(1, 2, H, W) in pixels of the frame."""
    height, width = vectors.shape[2:]
    scale = torch.tensor([frame.width / width, frame.height / height]).view(1, 2, 1, 1)
    full = resize((vectors * scale).to(frame.tensor.device), height=frame.height, width=frame.width)
    return full.contiguous()
