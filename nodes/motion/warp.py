"""A picture carried along a motion field."""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from engine.node import Held, Node, param
from engine.values import Flow, Frame
from kernels.resize import resize
from kernels.warp import backward_warp
from nodes.compose.meet import carried


class Warp(Node, id="motion.warp", aliases=("displace", "morph")):
    """Pushes the picture along a motion field, so that it flows where something else has moved.

    With amount 1 the picture of one frame is carried about as far as the field says, -1 carries it
    back, and large amounts smear it. Without a field the picture stays as it is.
    """

    amount: float = param(
        default=1.0, doc="How far along the motion", min=-100, max=100, soft=(-4, 4)
    )
    border: Literal["edge", "black", "mirror", "wrap"] = param(
        default="edge", doc="What comes in from beside the picture"
    )
    filter: Literal["bilinear", "bicubic", "nearest"] = param(
        default="bilinear", doc="Soft, sharp, or square pixels"
    )

    def process(self, frame: Frame, flow: Held[Flow | None] = None) -> Frame:
        if flow is None or self.amount == 0:
            return frame
        # read where the pixel came from: against the motion
        way = _fitted(flow, frame) * -self.amount
        return carried(
            frame, lambda x: backward_warp(x, way, filter=self.filter, border=self.border)[0]
        )


def _fitted(flow: Flow, frame: Frame) -> Tensor:
    """(1, 2, H, W) in pixels of the frame."""
    height, width = flow.tensor.shape[2:]
    if (height, width) == (frame.height, frame.width):
        return flow.tensor
    scale = flow.tensor.new_tensor([frame.width / width, frame.height / height]).view(1, 2, 1, 1)
    return resize(flow.tensor, height=frame.height, width=frame.width) * scale
