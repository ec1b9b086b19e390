"""A mask as a picture."""

from __future__ import annotations

from engine.node import Node, param
from engine.spec import CONVERTERS
from engine.values import Color, Frame, Mask


class MaskPicture(Node, id="compose.mask_to_frame", title="Mask to picture"):
    """Shows a mask as a picture: one colour where it is white, another where it is black."""

    white: Color = param(default=Color("#ffffff"), doc="Colour where the mask is white")
    black: Color = param(default=Color("#000000"), doc="Colour where the mask is black")

    def process(self, mask: Mask) -> Frame:
        low, high = (
            mask.tensor.new_tensor(color.rgb).view(1, 3, 1, 1) for color in (self.black, self.white)
        )
        return Frame(low + (high - low) * mask.tensor)


CONVERTERS[Mask, Frame] = MaskPicture.spec.id
