"""One picture laid over another."""

from __future__ import annotations

from engine.node import Node, param
from engine.values import Frame, Mask
from kernels.blend import Mode, blend
from nodes.compose.meet import fitted, fitted_mask


class Blend(Node, id="compose.blend", aliases=("mix", "layer", "composite", "add", "multiply")):
    """Lays the top picture over the base: as it is, or multiplied, screened, added and so on.

    Transparent parts of the top show the base; a mask, where linked, hides more of it. The light
    of both is mixed as real light is; switch `linear` off for the look of paint programs. The top
    takes the size of the base.
    """

    mode: Mode = param(default="normal", doc="How the two are mixed")
    opacity: float = param(default=1.0, doc="How much of the top is seen", min=0, max=1)
    linear: bool = param(default=True, doc="Mixes light instead of the values of the file")

    def process(self, base: Frame, top: Frame, mask: Mask | None = None) -> Frame:
        top = fitted(top, base)
        cover = top.alpha
        if mask is not None:
            shown = fitted_mask(mask, base)
            cover = shown if cover is None else cover * shown
        picture, alpha = blend(
            base.tensor,
            top.tensor,
            mode=self.mode,
            opacity=self.opacity,
            base_alpha=base.alpha,
            top_alpha=cover,
            linear=self.linear,
        )
        return Frame(picture, alpha)
