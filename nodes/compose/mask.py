"""A mask applied to a picture."""

from __future__ import annotations

from typing import Literal

import torch

from engine.node import Node, param
from engine.values import Frame, Mask
from kernels.blend import blend
from nodes.compose.meet import fitted_mask


class ApplyMask(Node, id="compose.mask", title="Mask", aliases=("matte", "cut out")):
    """Shows the picture only where the mask is white.

    What is hidden becomes transparent, for a blend further on, or black. Without a mask the picture
    stays as it is.
    """

    hidden: Literal["transparent", "black"] = param(
        default="transparent", doc="What the hidden part becomes"
    )
    invert: bool = param(default=False, doc="Shows the picture where the mask is black")
    amount: float = param(default=1.0, doc="How strongly it hides", min=0, max=1)

    def process(self, frame: Frame, mask: Mask | None = None) -> Frame:
        if mask is None:
            return frame
        shown = fitted_mask(mask, frame)
        shown = 1 - (shown if self.invert else 1 - shown) * self.amount
        if self.hidden == "transparent":
            return Frame(frame.tensor, shown if frame.alpha is None else shown * frame.alpha)
        picture, _ = blend(torch.zeros_like(frame.tensor), frame.tensor, top_alpha=shown)
        return Frame(picture, frame.alpha)
