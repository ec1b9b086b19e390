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
from kernels.resize import resize
from kernels.warp import consistent
from nodes.motion.dense_search import fitted_motion, grey, vectors

PRESETS = {
    "ultrafast": cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST,
    "fast": cv2.DISOPTICAL_FLOW_PRESET_FAST,
    "medium": cv2.DISOPTICAL_FLOW_PRESET_MEDIUM,
}


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
        now = grey(frame.tensor, self.size)
        before, self._past = self._past, now
        if before is None or before.shape != now.shape:
            return _still(frame)
        there = self._between(before, now)
        valid = None
        if self.check:
            agree = consistent(there, self._between(now, before)).to(frame.tensor.device)
            valid = resize(agree, height=frame.height, width=frame.width, filter="nearest")
        there = there.to(frame.tensor.device)
        return Flow(fitted_motion(there, frame.height, frame.width), valid)

    def _between(self, first: np.ndarray, second: np.ndarray) -> Tensor:
        """(1, 2, h, w): for each pixel of the first picture, how far it lies in the second."""
        return vectors(self._searcher().calc(first, second, None))

    def _searcher(self) -> Any:
        if self._search[0] != self.quality:
            self._search = (self.quality, cv2.DISOpticalFlow.create(PRESETS[self.quality]))
        return self._search[1]


CONVERTERS[Frame, Flow] = OpticalFlow.spec.id


def _still(frame: Frame) -> Flow:
    return Flow(frame.tensor.new_zeros(1, 2, frame.height, frame.width, dtype=torch.float32))
