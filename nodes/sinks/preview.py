"""The preview sink: the newest picture, small, where a window can pick it up at its own pace."""

from __future__ import annotations

import numpy as np

from engine.node import Node, param, resource
from engine.values import Frame
from nodes.sinks.thumbnail import pixels, within


class PreviewTap(Node, id="sinks.preview", aliases=("monitor", "thumbnail", "view")):
    """Shows what passes on its link, small; it costs next to nothing."""

    limit: int = param(
        default=480, doc="Longest side of the preview", min=16, max=4096, soft=(64, 1024), unit="px"
    )
    _latest: np.ndarray | None = resource()

    def process(self, frame: Frame) -> None:
        self._latest = pixels(within(frame, height=self.limit, width=self.limit))

    @property
    def latest(self) -> np.ndarray | None:
        """The newest picture as (H, W, 3) RGB uint8, None before the first.

        Each is an array of its own, never written again: any thread may read it.
        """
        return self._latest

    def teardown(self) -> None:
        self._latest = None
