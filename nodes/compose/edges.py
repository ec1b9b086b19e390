"""The outlines of a picture."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from engine.node import Node, param
from engine.values import Frame
from kernels.filters import dilate, edges, gaussian_blur, thin_edges


class Edges(Node, id="compose.edges", aliases=("outline", "sobel", "canny", "lines")):
    """Draws the outlines: a soft relief, or thin clear lines for a generator to follow.

    White on black, black on white with `invert`, or in the colours of the picture.
    """

    style: Literal["soft", "lines"] = param(
        default="soft", doc="All edges by their strength, or lines along the strongest"
    )
    gain: float = param(
        default=5.0, doc="Brightness of the soft edges", min=0, max=50, soft=(0.5, 10), log=True
    )
    threshold: float = param(
        default=0.12, doc="Weaker edges are not drawn as lines", min=0, max=1, soft=(0.02, 0.5)
    )
    smooth: float = param(
        default=1.0, doc="Blurs first, against noise", min=0, max=64, soft=(0, 5), unit="px"
    )
    thickness: int = param(
        default=0, doc="Makes them thicker", min=0, max=32, soft=(0, 5), unit="px"
    )
    ink: Literal["white", "picture"] = param(default="white", doc="Colour of the edges")
    invert: bool = param(default=False, doc="Dark edges on white")

    def process(self, frame: Frame) -> Frame:
        picture = frame.tensor
        drawn = dilate(self._drawn(picture), self.thickness)
        paper = torch.full_like(picture, float(self.invert))
        ink = picture if self.ink == "picture" else 1 - paper
        return Frame(paper.lerp(ink, drawn), frame.alpha)

    def _drawn(self, picture: Tensor) -> Tensor:
        """(1, 1, H, W) in [0, 1]."""
        if self.style == "lines":
            low, high = self.threshold / 2, self.threshold
            return thin_edges(picture, low=low, high=high, sigma=self.smooth)
        return (edges(gaussian_blur(picture, self.smooth)) * self.gain).clamp(0, 1)
