"""The sizes of a video stream: what a person asks for, and the next larger one that the model's
patches divide.

The network sees the picture with its edge repeated outwards, and what lies in that margin is cut
off again, so that any size comes out as it was asked for and a repainted picture lies exactly on
its source.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch.nn.functional import pad

from engine.errors import ParamError
from kernels.resize import fill, place
from nodes.rollout.rope_plan import TABLE

if TYPE_CHECKING:
    from torch import Tensor

    from nodes.models.video_model import VideoModel

Size = tuple[int, int]  # height, width


@dataclass(frozen=True)
class Canvas:
    """A picture's size in pixels, and the size that the network works at: multiples of `unit`,
    rows and columns.
    """

    size: Size
    unit: Size

    def __post_init__(self) -> None:
        for name, pixels, unit in zip(("height", "width"), self.size, self.unit, strict=True):
            if pixels < 1 or math.ceil(pixels / unit) > TABLE:
                raise ParamError(
                    f"a {name} of {pixels} pixels cannot be made: this model takes 1 to "
                    f"{TABLE * unit}"
                )

    @property
    def worked(self) -> Size:
        """Height and width in pixels that the autoencoder and the network see."""
        rows, columns = (
            math.ceil(pixels / unit) * unit
            for pixels, unit in zip(self.size, self.unit, strict=True)
        )
        return rows, columns

    def latent(self, space: int) -> Size:
        """Height and width of the latents."""
        return self.worked[0] // space, self.worked[1] // space

    def padded(self, pictures: Tensor) -> Tensor:
        """Pictures (T, 3, H, W) at the worked size, their edges repeated outwards."""
        left, top, right, bottom = self._margins()
        if not any((left, top, right, bottom)):
            return pictures
        return pad(pictures, (left, right, top, bottom), mode="replicate")

    def cropped(self, pictures: Tensor) -> Tensor:
        """Pictures at the worked size without their margins."""
        left, top, _, _ = self._margins()
        height, width = self.size
        return pictures[..., top : top + height, left : left + width]

    def _margins(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom."""
        down, across = (w - p for w, p in zip(self.worked, self.size, strict=True))
        left, top = across // 2, down // 2
        return left, top, across - left, down - top


def canvas(model: VideoModel, size: Size) -> Canvas:
    """A picture's size as a model works at it. ParamError beyond what its positions hold."""
    _, rows, columns = model.network.config.patch
    return Canvas(size, (model.vae.space * rows, model.vae.space * columns))


def fitted(picture: Tensor, size: Size) -> Tensor:
    """Pictures (T, 3, h, w) over all of a size, cut around the middle where the shapes differ."""
    given = picture.shape[-2], picture.shape[-1]
    if given == size:
        return picture
    return place(picture, fill(given, size), height=size[0], width=size[1])


def chosen(width: int, height: int, shape: Size, area: int) -> Size:
    """Height and width: both as given; one, the other by the shape; none, the shape at an area.

    shape: height and width of what the picture follows; area in pixels.
    """
    tall, wide = shape
    if width and height:
        return height, width
    if width:
        return max(1, round(tall * width / wide)), width
    if height:
        return height, max(1, round(wide * height / tall))
    scale = math.sqrt(area / (tall * wide))
    return max(1, round(tall * scale)), max(1, round(wide * scale))
