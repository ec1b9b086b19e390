"""The test pattern source: known pictures, one of which moves so that lateness can be seen."""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from engine.node import Node, Tick, param, resource
from engine.packet import FLICKS_PER_SECOND, seconds
from engine.values import Frame
from nodes.sources import pattern_drawing as draw
from nodes.sources.lettering import lettering

Pattern = Literal["bars", "checkerboard", "gradient", "zone plate", "motion"]
PERIOD = 2.0  # seconds in which the moving dot goes round


class TestPattern(Node, id="sources.pattern", aliases=("bars", "checkerboard", "test")):
    """Shows a test picture in the stream's size.

    Bars for colours, checkerboard and zone plate for scaling, gradient for depth, motion for time:
    a dot goes round every two seconds beside the frame's number, so that lateness can be seen.
    """

    __test__ = False  # not a test case, whatever its name says to a test runner
    pattern: Pattern = param(default="bars", doc="Which picture")
    cell: int = param(
        default=32, doc="Size of the squares of checkerboard and motion", min=1, max=1024, unit="px"
    )
    _made: tuple[object, Tensor] | None = resource()

    def process(self, tick: Tick) -> Frame:
        still = self._still()
        if self.pattern != "motion":
            return Frame(still)
        turned = draw.marked(still, seconds(tick.pts) / PERIOD)
        return Frame(_numbered(turned, tick).to(self.ctx.device))

    def _still(self) -> Tensor:
        stream = self.ctx.stream
        wanted = (self.pattern, self.cell, stream.height, stream.width, self.ctx.device)
        if self._made is None or self._made[0] != wanted:
            made = self._draw(stream.height, stream.width)
            where = "cpu" if self.pattern == "motion" else self.ctx.device
            self._made = (wanted, made.to(where))
        return self._made[1]

    def _draw(self, height: int, width: int) -> Tensor:
        if self.pattern == "checkerboard":
            return draw.checkerboard(height, width, self.cell)
        if self.pattern == "motion":
            return draw.grid(height, width, max(2, self.cell))
        plain = {"bars": draw.bars, "gradient": draw.gradient, "zone plate": draw.zone_plate}
        return plain[self.pattern](height, width)


def _numbered(picture: Tensor, tick: Tick) -> Tensor:
    """The picture with the count of frames and the time in its middle."""
    height, width = picture.shape[2:]
    count = round(tick.pts / tick.dt) if tick.dt else tick.index
    whole, part = divmod(tick.pts, FLICKS_PER_SECOND)
    text = f"{count}\n{whole // 60:02d}:{whole % 60:02d}.{part * 1000 // FLICKS_PER_SECOND:03d}"
    cover = lettering(text, width=width, height=height, size=max(8, height // 7), weight=600)
    return picture + (1 - picture) * cover
