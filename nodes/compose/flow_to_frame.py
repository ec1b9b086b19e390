"""Motion as colours: the hue is where to, the brightness how fast."""

from __future__ import annotations

import math

import torch

from engine.node import Node, param
from engine.spec import CONVERTERS
from engine.values import Flow, Frame
from kernels.color import hsv_to_rgb


class FlowPicture(Node, id="compose.flow_to_frame", title="Flow to picture"):
    """Shows motion as colours: red moves right, yellow-green down, cyan left, violet up.

    The faster, the brighter, up to `full`; what stands still, or is not to be trusted, is black.
    """

    full: float = param(
        default=4.0, doc="Speed that is fully bright", min=0.01, max=4096, soft=(0.5, 64),
        unit="px/frame", log=True,
    )  # fmt: skip

    def process(self, flow: Flow) -> Frame:
        x, y = flow.tensor.float().unbind(1)
        hue = torch.atan2(y, x) / math.tau
        speed = (torch.hypot(x, y) / self.full).clamp(0, 1)
        picture = hsv_to_rgb(torch.stack((hue, torch.ones_like(speed), speed), dim=1)).clamp(0, 1)
        return Frame(picture if flow.valid is None else picture * flow.valid)


CONVERTERS[Flow, Frame] = FlowPicture.spec.id
