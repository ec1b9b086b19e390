"""A mask taken from how far away things are."""

from __future__ import annotations

from typing import Literal

from engine.node import Node, param
from engine.values import Depth, Mask

NEAREST = 1e-6  # what has no distance counts as this near


class MaskFromDepth(
    Node, id="compose.mask_from_depth", title="Mask from depth", aliases=("focus", "depth key")
):
    """Makes a mask out of distance: white behind a distance, or only around it, as a lens is sharp.

    It parts a picture into near and far, for mist, blur or another picture behind what is close.
    Distances are metres where the source knows them, as World does.
    """

    keep: Literal["beyond", "around"] = param(
        default="beyond", doc="What is white: all that is farther, or what is about as far"
    )
    distance: float = param(
        default=10.0, doc="How far the edge or the focus is", min=0.01, max=1000, unit="m", log=True
    )
    softness: float = param(
        default=1.0, doc="From black to white, in doublings of the distance", min=0, max=10
    )
    invert: bool = param(default=False, doc="Swaps black and white")

    def process(self, depth: Depth) -> Mask:
        octaves = (depth.tensor.clamp_min(NEAREST) / self.distance).log2()
        span = max(self.softness, 1e-6)
        beyond = octaves / span + 0.5
        mask = (beyond if self.keep == "beyond" else 1.5 - octaves.abs() / span).clamp(0, 1)
        return Mask(1 - mask if self.invert else mask)
