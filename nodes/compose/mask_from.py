"""A mask taken from a picture."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from engine.node import Node, param
from engine.spec import CONVERTERS
from engine.values import Frame, Mask
from kernels.color import luma

CHANNELS = {"red": 0, "green": 1, "blue": 2}


class MaskFrom(Node, id="compose.mask_from", title="Mask from picture", aliases=("matte",)):
    """Makes a mask out of a picture: white where it is bright, opaque, red, green or blue.

    With softness 1 and threshold 0.5 the mask is the value itself; less softness makes it an edge
    at the threshold.
    """

    channel: Literal["luma", "alpha", "red", "green", "blue"] = param(
        default="luma", doc="What of the picture is taken"
    )
    threshold: float = param(default=0.5, doc="The value that becomes half white", min=0, max=1)
    softness: float = param(default=1.0, doc="From black to white; 0 is a hard edge", min=0, max=1)
    invert: bool = param(default=False, doc="Swaps black and white")

    def process(self, frame: Frame) -> Mask:
        span = max(self.softness, 1e-6)
        mask = ((self._taken(frame) - self.threshold) / span + 0.5).clamp(0, 1)
        return Mask(1 - mask if self.invert else mask)

    def _taken(self, frame: Frame) -> Tensor:
        if self.channel == "luma":
            return luma(frame.tensor)
        if self.channel == "alpha":
            return torch.ones_like(frame.tensor[:, :1]) if frame.alpha is None else frame.alpha
        at = CHANNELS[self.channel]
        return frame.tensor[:, at : at + 1]


CONVERTERS[Frame, Mask] = MaskFrom.spec.id
