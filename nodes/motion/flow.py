"""Where every pixel went since the frame before, by dense inverse search.

Kroeger et al., "Fast optical flow using dense inverse search" (2016), in OpenCV's form, on a
reduced picture; the vectors are carried back to the size of the frame. Where both directions agree
it is trusted: Sundaram et al., "Dense point trajectories by GPU-accelerated large displacement
optical flow" (2010).
"""

from __future__ import annotations

from typing import Any, Literal

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from engine.node import Node, param, resource, state
from engine.values import Flow, Frame
from kernels.color import luma

PRESETS = {
    "ultrafast": cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST,
    "fast": cv2.DISOPTICAL_FLOW_PRESET_FAST,
    "medium": cv2.DISOPTICAL_FLOW_PRESET_MEDIUM,
}
LEAST_SIDE = 16  # pixels; the search works on patches of 8 and asserts that they fit
DISAGREEMENT = (
    0.01,
    0.5,
)  # Sundaram et al. 2010, eq. 5: share of the lengths², pixels²


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
            back = self._between(now, before)
            valid = _enlarged(_agreeing(there, back), frame, mode="nearest")
        return Flow(_scaled(there, frame), valid)

    def _between(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """(h, w, 2): for each pixel of the first picture, how far it lies in the second."""
        return self._searcher().calc(first, second, None)

    def _searcher(self) -> Any:
        if self._search[0] != self.quality:
            self._search = (self.quality, cv2.DISOpticalFlow.create(PRESETS[self.quality]))
        return self._search[1]


def _grey(frame: Frame, size: int) -> np.ndarray:
    """(h, w) uint8: the luma, its longer side at most `size`, none too small for the search."""
    shrink = min(1.0, size / max(frame.height, frame.width))
    height, width = (max(round(side * shrink), LEAST_SIDE) for side in (frame.height, frame.width))
    grey = luma(frame.tensor.float())
    grey = interpolate(grey, (height, width), mode="bilinear", antialias=True, align_corners=False)
    return (grey[0, 0].clamp(0, 1) * 255).round().to(torch.uint8).cpu().numpy()


def _still(frame: Frame) -> Flow:
    return Flow(frame.tensor.new_zeros(1, 2, frame.height, frame.width, dtype=torch.float32))


def _scaled(vectors: np.ndarray, frame: Frame) -> Tensor:
    """(1, 2, H, W) in pixels of the frame."""
    height, width = vectors.shape[:2]
    full = _enlarged(torch.from_numpy(vectors).permute(2, 0, 1)[None], frame, mode="bilinear")
    return full * full.new_tensor([frame.width / width, frame.height / height]).view(1, 2, 1, 1)


def _enlarged(field: Tensor, frame: Frame, *, mode: str) -> Tensor:
    size = (frame.height, frame.width)
    return interpolate(field.contiguous().to(frame.tensor.device), size, mode=mode)


def _agreeing(there: np.ndarray, back: np.ndarray) -> Tensor:
    """(1, 1, h, w): 1 where going there and back ends near the start, inside the picture."""
    height, width = there.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    to_x, to_y = x + there[..., 0], y + there[..., 1]
    home = cv2.remap(back, to_x, to_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inside = (to_x >= 0) & (to_x <= width - 1) & (to_y >= 0) & (to_y <= height - 1)
    share, least = DISAGREEMENT
    lengths = np.square(there).sum(-1) + np.square(home).sum(-1)
    agree = np.square(there + home).sum(-1) <= share * lengths + least
    return torch.from_numpy((agree & inside).astype(np.float32))[None, None]
