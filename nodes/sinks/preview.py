"""The preview sink: the newest picture, small, where a window can pick it up at its own pace."""

from __future__ import annotations

import numpy as np

from engine.node import Node, param, resource
from engine.values import Frame
from kernels.resize import resize
from nodes.sinks.pixels import quantized


class PreviewTap(Node, id="sinks.preview", aliases=("monitor", "thumbnail", "view")):
    """Shows what passes on its link, small; it costs next to nothing."""

    limit: int = param(
        default=480, doc="Longest side of the preview", min=16, max=4096, soft=(64, 1024), unit="px"
    )
    _latest: np.ndarray | None = resource()

    def process(self, frame: Frame) -> None:
        share = min(1.0, self.limit / max(frame.width, frame.height))
        height, width = max(1, round(frame.height * share)), max(1, round(frame.width * share))
        small = resize(frame.tensor, height=height, width=width)
        alpha = frame.alpha
        if alpha is not None:
            alpha = resize(alpha, height=height, width=width)
        planes = quantized(Frame(small, alpha), alpha=False)
        self._latest = np.ascontiguousarray(planes.transpose(1, 2, 0))

    @property
    def latest(self) -> np.ndarray | None:
        """The newest picture as (H, W, 3) RGB uint8, None before the first.

        Each is an array of its own, never written again: any thread may read it.
        """
        return self._latest

    def teardown(self) -> None:
        self._latest = None
