"""The solid colour source."""

from __future__ import annotations

import torch

from engine.node import Node, Tick, param, resource
from engine.values import Color, Frame


class SolidColor(Node, id="sources.solid", aliases=("color", "colour", "background")):
    """Fills the picture with one colour, clear or opaque."""

    color: Color = param(default=Color("#000000"), doc="The colour of every pixel")
    opacity: float = param(default=1.0, doc="1 covers what is below, 0 shows it", min=0, max=1)
    _made: tuple[object, Frame] | None = resource()

    def process(self, tick: Tick) -> Frame:
        del tick
        stream, device = self.ctx.stream, self.ctx.device
        wanted = (self.color, self.opacity, stream, device)
        if self._made is None or self._made[0] != wanted:
            size = (stream.height, stream.width)
            rgb = torch.tensor(self.color.rgb, device=device).view(1, 3, 1, 1)
            clear = torch.full((1, 1, *size), self.opacity, device=device)
            picture = rgb.expand(1, 3, *size).contiguous()
            self._made = (wanted, Frame(picture, clear if self.opacity < 1 else None))
        return self._made[1]
