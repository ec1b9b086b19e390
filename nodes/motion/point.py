"""One point of the picture that is put somewhere by hand."""

from __future__ import annotations

import torch

from engine.node import Node, param
from engine.values import Tracks


class PutPoint(Node, id="motion.point", title="Point", aliases=("drag", "handle", "xy", "track")):
    """A point that is moved over the picture: link LFOs, faders or a touch pad to `x` and `y`.

    In the `tracks` of a video stream it takes hold of what lies under it, such as the balloon that
    the prompt speaks of, and carries it along.
    """

    x: float = param(default=0.5, doc="From the left edge, 0, to the right, 1", min=0, max=1)
    y: float = param(default=0.5, doc="From the top, 0, to the bottom, 1", min=0, max=1)
    on: bool = param(default=True, doc="Off lets go")

    def process(self) -> Tracks:
        stream = self.ctx.stream
        place = torch.tensor([[[self.x * stream.width, self.y * stream.height]]])
        return Tracks(place, torch.tensor([[self.on]]), torch.zeros(1, dtype=torch.long))
