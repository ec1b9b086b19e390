"""A picture without its green screen."""

from __future__ import annotations

from typing import Literal

from engine.errors import ParamError
from engine.node import Node, param
from engine.values import Color, Frame
from kernels.filters import erode, gaussian_blur
from kernels.key import Plane, chroma_key

SPACES: dict[str, Plane] = {"fine": "oklab", "fast": "cbcr"}


class ChromaKey(Node, id="compose.chroma_key", aliases=("green screen", "blue screen", "keyer")):
    """Makes one colour transparent, such as a green screen, so that a blend shows what lies below.

    Widen `tolerance` until the screen is gone, then `softness` until hair and edges look right;
    `spill` takes the reflection of the screen off what is kept.
    """

    key: Color = param(default=Color("#10c840"), doc="The colour that becomes transparent")
    tolerance: float = param(
        default=0.4, doc="How far from the colour is still transparent", min=0, max=2, soft=(0, 1)
    )
    softness: float = param(
        default=0.15, doc="From transparent to fully seen", min=0, max=2, soft=(0, 1)
    )
    spill: float = param(
        default=1.0, doc="Takes the key colour's tint off what is kept", min=0, max=1
    )
    shrink: int = param(default=0, doc="Takes the edge off", min=0, max=32, soft=(0, 5), unit="px")
    feather: float = param(
        default=0.0, doc="Softens the edge", min=0, max=64, soft=(0, 5), unit="px"
    )
    quality: Literal["fine", "fast"] = param(
        default="fine", doc="Forgives shadows on the screen, or is six times as quick"
    )
    show: Literal["picture", "mask"] = param(
        default="picture", doc="The picture, or what is kept in white to set the key by"
    )

    def process(self, frame: Frame) -> Frame:
        try:
            clean, kept = chroma_key(
                frame.tensor,
                color=self.key.rgb,
                tolerance=self.tolerance,
                softness=self.softness,
                spill=self.spill,
                plane=SPACES[self.quality],
            )
        except ValueError:
            raise ParamError(
                f"key {self.key} is grey, which cannot be keyed; choose a colour such as #00ff00"
            ) from None
        kept = gaussian_blur(erode(kept, self.shrink), self.feather).clamp(0, 1)
        if self.show == "mask":
            return Frame(kept.expand_as(clean).contiguous())
        return Frame(clean, kept if frame.alpha is None else kept * frame.alpha)
