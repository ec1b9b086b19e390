"""A picture without its dark or its bright parts."""

from __future__ import annotations

from engine.node import Node, param
from engine.values import Frame
from kernels.key import luma_key


class LumaKey(Node, id="compose.luma_key", aliases=("brightness key", "keyer")):
    """Keeps what is as bright as `low` to `high` and makes the rest transparent.

    Lays fire, smoke, rain or white lines on black over another picture.
    """

    low: float = param(default=0.15, doc="Darker than this is transparent", min=0, max=1)
    high: float = param(default=1.0, doc="Brighter than this is transparent", min=0, max=1)
    softness: float = param(
        default=0.15, doc="From fully seen to transparent, beyond both ends", min=0, max=1
    )
    invert: bool = param(default=False, doc="Keeps the rest instead")

    def process(self, frame: Frame) -> Frame:
        low, high = sorted((self.low, self.high))
        kept = luma_key(frame.tensor, low=low, high=high, softness=self.softness)
        kept = 1 - kept if self.invert else kept
        return Frame(frame.tensor, kept if frame.alpha is None else kept * frame.alpha)
