"""A point that is led by hand: what lies under it in a dream goes along."""

from __future__ import annotations

import torch

from engine.node import Node, Tick, param
from engine.values import Tracks


class Lead(Node, id="motion.lead", aliases=("drag", "point", "track", "handle", "puppet", "grab")):
    """Leads what lies under a point of what a video generator dreams.

    Link `out` to the `tracks` of a video stream, and a knob, an LFO or a controller to `x` and `y`:
    what the picture holds there begins there and goes where the point goes, where the model was
    trained for that (MotionStream's drags). A point that leaves the picture, below 0 or above 1,
    leads nothing until it is back. Slow is followed more closely than fast: up to about a third of
    the picture's height a second. In the embedded model things lose their form on a long way.
    """

    x: float = param(
        default=0.5, doc="Where the point is, in widths of the picture", min=-1, max=2, soft=(0, 1)
    )
    y: float = param(
        default=0.45, doc="Where it is, in heights from the top", min=-1, max=2, soft=(0, 1)
    )

    def process(self, tick: Tick) -> Tracks:
        stream = self.ctx.stream
        place = torch.tensor([[[self.x * stream.width, self.y * stream.height]]])
        seen = 0 <= self.x <= 1 and 0 <= self.y <= 1
        return Tracks(place, torch.tensor([[seen]]), torch.tensor([0]))
