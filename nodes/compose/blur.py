"""A soft picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from engine.node import Node, param
from engine.values import Frame, Mask
from kernels.blend import premultiply, unpremultiply
from kernels.color import linear_to_srgb, srgb_to_linear
from kernels.filters import box_blur, gaussian_blur
from nodes.compose.meet import fitted_mask

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

SHAPES: dict[str, Callable[[Tensor, float], Tensor]] = {"gaussian": gaussian_blur, "box": box_blur}


class Blur(Node, id="compose.blur", aliases=("soften", "defocus", "glow")):
    """Makes the picture soft; with a mask linked, only where the mask is white.

    The light is blurred as in a lens, so that bright points bloom; switch `linear` off to blur the
    values of the file, which is faster and darker.
    """

    radius: float = param(
        default=4.0, doc="How far the blur reaches", min=0, max=512, soft=(0, 40), unit="px"
    )
    shape: Literal["gaussian", "box"] = param(default="gaussian", doc="Round and soft, or square")
    linear: bool = param(default=True, doc="Blurs light instead of the values of the file")

    def process(self, frame: Frame, mask: Mask | None = None) -> Frame:
        if self.radius <= 0:
            return frame
        soft = self._blurred(frame)
        if mask is None:
            return soft
        share = fitted_mask(mask, frame)
        return Frame(
            *[a.lerp(b, share) for a, b in zip(frame.tensors(), soft.tensors(), strict=True)]
        )

    def _blurred(self, frame: Frame) -> Frame:
        blur = SHAPES[self.shape]
        light = srgb_to_linear(frame.tensor) if self.linear else frame.tensor
        cover = None
        if frame.alpha is None:
            light = blur(light, self.radius)
        else:
            cover = blur(frame.alpha, self.radius).clamp(0, 1)
            light = unpremultiply(blur(premultiply(light, frame.alpha), self.radius), cover)
        picture = linear_to_srgb(light) if self.linear else light
        return Frame(picture.clamp(0, 1), cover)
