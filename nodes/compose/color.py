"""All the colour knobs of one picture, applied in one pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.node import Node, param
from engine.values import Frame
from kernels import color

if TYPE_CHECKING:
    from torch import Tensor


class ColorGrade(Node, id="compose.color", title="Colour", aliases=("grade", "levels", "hue")):
    """Changes the colours of the picture: light, warmth, saturation, hue, contrast and levels.

    They apply in that order: exposure, temperature and tint in linear light, saturation, hue (which
    keeps the lightness), contrast about the middle, then the levels.
    """

    exposure: float = param(
        default=0.0, doc="Doubles or halves the light", min=-10, max=10, soft=(-3, 3), unit="stops"
    )
    temperature: float = param(default=0.0, doc="Colder (below 0) or warmer light", min=-1, max=1)
    tint: float = param(default=0.0, doc="Greener (below 0) or more magenta", min=-1, max=1)
    saturation: float = param(
        default=1.0, doc="0 is grey, 1 as it is, 2 twice the colour", min=0, max=8, soft=(0, 2)
    )
    hue: float = param(
        default=0.0, doc="Turns all colours round the circle", min=-3600, max=3600,
        soft=(-180, 180), unit="°",
    )  # fmt: skip
    contrast: float = param(
        default=1.0, doc="0 is flat grey, 1 as it is", min=0, max=16, soft=(0.5, 2)
    )
    in_black: float = param(default=0.0, doc="Levels: what becomes black", min=0, max=1)
    in_white: float = param(default=1.0, doc="Levels: what becomes white", min=0, max=1)
    gamma: float = param(
        default=1.0, doc="Levels: brightens (above 1) the middle", min=0.05, max=20, soft=(0.3, 3),
        log=True,
    )  # fmt: skip
    out_black: float = param(default=0.0, doc="Levels: what black becomes", min=0, max=1)
    out_white: float = param(default=1.0, doc="Levels: what white becomes", min=0, max=1)

    def process(self, frame: Frame) -> Frame:
        graded = color.grade(
            frame.tensor,
            exposure=self.exposure,
            temperature=self.temperature,
            tint=self.tint,
            saturation=self.saturation,
            hue=self.hue / 360,
            contrast=self.contrast,
        )
        return Frame(self._levelled(graded), frame.alpha)

    def _levelled(self, picture: Tensor) -> Tensor:
        points = (self.in_black, self.in_white, self.gamma, self.out_black, self.out_white)
        if points == (0, 1, 1, 0, 1):
            return picture
        in_black, in_white, gamma, out_black, out_white = points
        return color.levels(
            picture,
            in_black=in_black,
            in_white=in_white,
            gamma=gamma,
            out_black=out_black,
            out_white=out_white,
        )
