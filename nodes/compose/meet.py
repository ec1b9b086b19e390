"""Pixels that move take their transparency along; where sizes differ the second picture takes the
first's, so that any graph runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.values import Frame, Mask
from kernels.blend import premultiply, unpremultiply
from kernels.resize import Filter, resize

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor


def carried(frame: Frame, move: Callable[[Tensor], Tensor]) -> Frame:
    """The frame after a move of its pixels, its colour weighted by its alpha meanwhile, so that
    colour under transparent pixels does not bleed into what is seen.
    """
    if frame.alpha is None:
        return Frame(move(frame.tensor))
    alpha = move(frame.alpha)
    colour = move(premultiply(frame.tensor, frame.alpha))
    return Frame(unpremultiply(colour, alpha).clamp(0, 1), alpha)


def resized(frame: Frame, *, height: int, width: int, filter: Filter = "bilinear") -> Frame:
    """The frame at a size."""
    return carried(frame, lambda x: resize(x, height=height, width=width, filter=filter))


def fitted(frame: Frame, to: Frame) -> Frame:
    """The frame at the size of another, stretched where the proportions differ."""
    if (frame.height, frame.width) == (to.height, to.width):
        return frame
    return resized(frame, height=to.height, width=to.width)


def fitted_mask(mask: Mask, to: Frame) -> Tensor:
    """(1, 1, H, W): the mask at the size of a frame."""
    return resize(mask.tensor, height=to.height, width=to.width).to(to.tensor.device)
