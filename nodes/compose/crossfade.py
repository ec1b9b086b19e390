"""From one picture to another."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.node import Node, param
from engine.values import Frame
from kernels.blend import blend
from kernels.precision import TINY
from nodes.compose.meet import fitted


class Crossfade(Node, id="compose.crossfade", aliases=("mix", "fade", "dissolve")):
    """Dissolves the first picture into the second, as two projectors would: their light is mixed.

    The second takes the size of the first.
    """

    mix: float = param(
        default=0.5, doc="From the first picture (0) to the second (1)", min=0, max=1
    )

    def process(self, a: Frame, b: Frame) -> Frame:
        b = fitted(b, a)
        if a.alpha is None and b.alpha is None:
            return Frame(blend(a.tensor, b.tensor, opacity=self.mix)[0])
        near, far = _opacity(a) * (1 - self.mix), _opacity(b) * self.mix
        alpha = near + far
        share = far / alpha.clamp(min=TINY)
        return Frame(blend(a.tensor, b.tensor, top_alpha=share)[0], alpha)


def _opacity(frame: Frame) -> Tensor:
    return torch.ones_like(frame.tensor[:, :1]) if frame.alpha is None else frame.alpha
