"""A crisp picture."""

from __future__ import annotations

from engine.node import Node, param
from engine.values import Frame
from kernels.filters import unsharp


class Sharpen(Node, id="compose.sharpen", aliases=("unsharp", "detail", "clarity")):
    """Lifts the fine detail of the picture; with a large radius and a small amount, its depth.

    Below 0 it softens. Detail weaker than `threshold` is left alone, so that noise is not lifted.
    """

    amount: float = param(default=0.8, doc="How much", min=-1, max=10, soft=(0, 3))
    radius: float = param(
        default=1.2, doc="Size of the detail", min=0, max=256, soft=(0.5, 20), unit="px"
    )
    threshold: float = param(
        default=0.0, doc="Detail below this stays", min=0, max=1, soft=(0, 0.1)
    )

    def process(self, frame: Frame) -> Frame:
        sharp = unsharp(
            frame.tensor, sigma=self.radius, amount=self.amount, threshold=self.threshold
        )
        return Frame(sharp, frame.alpha)
