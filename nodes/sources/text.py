"""The text card source: words on a colour, or on nothing, standing or scrolling."""

from __future__ import annotations

from engine.node import Node, Tick, param, resource, state
from engine.packet import seconds
from engine.values import Color, Frame
from nodes.sources.lettering import Align, block_height, lettering


class TextCard(Node, id="sources.text", aliases=("title", "caption", "words")):
    """Writes text over a colour or over nothing, still or scrolling up for ever.

    Any script that OpenCV's fonts have; other letters become question marks.
    """

    text: str = param(default="Slipstream", doc="What is written; long lines are wrapped")
    size: float = param(
        default=0.12, doc="Height of a letter as a share of the picture", min=0.01, max=1, log=True
    )
    weight: int = param(default=400, doc="400 is regular, 700 bold", min=100, max=1000)
    align: Align = param(default="center", doc="Where lines stand between the edges")
    position: float = param(default=0.0, doc="Moves the text down from the middle", min=-1, max=1)
    scroll: float = param(
        default=0.0, doc="Upward speed in picture heights a second", min=-4, max=4, soft=(-1, 1)
    )
    color: Color = param(default=Color("#ffffff"), doc="Colour of the letters")
    background: Color = param(default=Color("#000000"), doc="Colour behind the letters")
    opacity: float = param(default=1.0, doc="Of the background; 0 leaves it out", min=0, max=1)
    _moved: float = state(default=0.0)
    _last: int | None = state()
    _made: tuple[object, Frame] | None = resource()

    def process(self, tick: Tick) -> Frame:
        passed = seconds(tick.pts - (tick.pts if self._last is None else self._last))
        self._last = tick.pts
        self._moved = self._moved + passed * self.scroll if self.scroll else 0.0
        offset = self._offset()
        look = (self.text, self.size, self.weight, self.align, offset)
        wanted = (*look, self.color, self.background, self.opacity, self.ctx.stream)
        if self._made is None or self._made[0] != wanted:
            self._made = (wanted, self._draw(offset))
        return self._made[1]

    def _pixels(self) -> int:
        return max(4, round(self.size * self.ctx.stream.height))

    def _offset(self) -> float:
        """Pixels from the middle; scrolling text leaves at one edge and comes back at the other."""
        stream = self.ctx.stream
        placed = self.position * stream.height
        if not self._moved:
            return placed
        block = block_height(self.text, width=stream.width, size=self._pixels(), weight=self.weight)
        span = stream.height + block
        return (placed - self._moved * stream.height + span / 2) % span - span / 2

    def _draw(self, offset: float) -> Frame:
        stream = self.ctx.stream
        cover = lettering(
            self.text,
            width=stream.width,
            height=stream.height,
            size=self._pixels(),
            weight=self.weight,
            align=self.align,
            offset=offset,
        ).to(self.ctx.device)
        front = cover.new_tensor(self.color.rgb).view(1, 3, 1, 1)
        behind = cover.new_tensor(self.background.rgb).view(1, 3, 1, 1)
        alpha = cover + self.opacity * (1 - cover)
        mixed = front * cover + behind * (self.opacity * (1 - cover))
        picture = mixed / alpha.clamp(min=1e-6)
        return Frame(picture, alpha if self.opacity < 1 else None)
