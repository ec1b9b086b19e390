"""Where a picture sits in its format: cut, fitted, scaled, turned, moved, mirrored."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

from engine.node import Node, param
from engine.values import Frame
from kernels import resize
from kernels.blend import premultiply, unpremultiply
from kernels.resize import UNMOVED, Affine, Border, Placement, affine_matrix, chain

Op = Callable[
    [Tensor, Border], Tensor
]  # one channel group of the source to its place in the format
FITS = {"fit": resize.fit, "fill": resize.fill, "stretch": resize.stretch, "pixels": resize.crop}
FLIPS = {"none": (), "horizontal": (3,), "vertical": (2,), "both": (2, 3)}


class Transform(
    Node, id="compose.transform", aliases=("crop", "scale", "rotate", "resize", "zoom")
):
    """Cuts, fits, zooms, turns, moves and flips the picture.

    First the crop and the flip, then the rest of the picture is laid into the format: `fill` covers
    it, `fit` shows all with bars, `stretch` pulls it to shape, `pixels` keeps every pixel. Then it
    is scaled and turned about the middle and moved; what `fill` has cut comes into view again.
    """

    size: Literal["stream", "own", "custom"] = param(
        default="stream",
        doc="The format: the stream's, the cropped picture's, or as set below",
    )
    width: int = param(default=512, doc="Width of the custom format", min=1, max=4096, unit="px")
    height: int = param(default=512, doc="Height of the custom format", min=1, max=4096, unit="px")
    fit: Literal["fill", "fit", "stretch", "pixels"] = param(
        default="fill", doc="How the picture is laid into the format"
    )
    scale: float = param(
        default=1.0, doc="Zooms in (above 1) or out", min=0.01, max=100, soft=(0.25, 4), log=True
    )
    rotate: float = param(
        default=0.0, doc="Turns clockwise", min=-36000, max=36000, soft=(-180, 180), unit="°"
    )
    x: float = param(
        default=0.0, doc="Moves right, in widths of the format", min=-100, max=100, soft=(-1, 1)
    )
    y: float = param(
        default=0.0, doc="Moves down, in heights of the format", min=-100, max=100, soft=(-1, 1)
    )
    flip: Literal["none", "horizontal", "vertical", "both"] = param(
        default="none", doc="Mirrors the picture"
    )
    left: float = param(default=0.0, doc="Cut off at the left", min=0, max=1)
    right: float = param(default=0.0, doc="Cut off at the right", min=0, max=1)
    top: float = param(default=0.0, doc="Cut off at the top", min=0, max=1)
    bottom: float = param(default=0.0, doc="Cut off at the bottom", min=0, max=1)
    border: Literal["black", "transparent", "edge", "mirror", "wrap"] = param(
        default="black", doc="What is seen beside the picture"
    )
    filter: Literal["bilinear", "bicubic", "nearest"] = param(
        default="bilinear", doc="Soft, sharp, or square pixels"
    )

    def process(self, frame: Frame) -> Frame:
        part = self._cropped(frame)
        height, width = self._format(part)
        placement = FITS[self.fit]((part.height, part.width), (height, width))
        move = self._move(height, width)
        covered = placement.target[2:] == (width, height)
        if move == UNMOVED and (covered or self.border in ("black", "transparent")):
            return self._laid(part, lambda x, border: resize.place(
                x, placement, height=height, width=width, filter=self.filter
            ))  # fmt: skip
        return self._laid(
            part, self._sampling(part, chain(_placing(placement), move), height, width)
        )

    def _cropped(self, frame: Frame) -> Frame:
        rows = _kept(frame.height, self.top, self.bottom)
        columns = _kept(frame.width, self.left, self.right)
        parts = [x[:, :, rows, columns].flip(FLIPS[self.flip]) for x in frame.tensors()]
        return Frame(*parts)

    def _format(self, part: Frame) -> tuple[int, int]:
        if self.size == "own":
            return part.height, part.width
        if self.size == "custom":
            return self.height, self.width
        return self.ctx.stream.height, self.ctx.stream.width

    def _move(self, height: int, width: int) -> Affine:
        if (self.scale, self.rotate % 360, self.x, self.y) == (1, 0, 0, 0):
            return UNMOVED
        return affine_matrix(
            scale=(self.scale, self.scale),
            rotate=self.rotate % 360 / 360,
            shift=(self.x * width, self.y * height),
            pivot=(width / 2, height / 2),
        )

    def _sampling(self, part: Frame, matrix: Affine, height: int, width: int) -> Op:
        # shrinking happens first, in every pixel; then the picture is only moved
        small = (
            _shrunk(part.height, matrix[1], matrix[4]),
            _shrunk(part.width, matrix[0], matrix[3]),
        )
        back = affine_matrix(scale=(part.width / small[1], part.height / small[0]))
        whole = chain(back, matrix)

        def lay(x: Tensor, border: Border) -> Tensor:
            x = resize.resize(x, height=small[0], width=small[1], filter=self.filter)
            return resize.affine(
                x, whole, height=height, width=width, filter=self.filter, border=border
            )

        return lay

    def _laid(self, part: Frame, lay: Op) -> Frame:
        """Colour weighted by its cover, so that nothing bleeds in from transparent parts."""
        alpha = part.alpha
        if self.border == "transparent":
            alpha = torch.ones_like(part.tensor[:, :1]) if alpha is None else alpha
        if alpha is None:
            return Frame(lay(part.tensor, _border(self.border)))
        cover = lay(alpha, _border(self.border))
        colour = lay(premultiply(part.tensor, alpha), _border(self.border))
        colour = unpremultiply(colour, cover).clamp(0, 1)
        if self.border == "black":
            beside = lay(torch.ones_like(alpha), "black")
            return Frame(colour * beside, cover + 1 - beside)
        return Frame(colour, cover)


def _border(border: Literal["transparent"] | Border) -> Border:
    return "black" if border == "transparent" else border


def _kept(length: int, before: float, after: float) -> slice:
    """What is left of a length without the shares at its ends; one pixel at least."""
    start = min(round(length * before), length - 1)
    return slice(start, max(length - round(length * after), start + 1))


def _shrunk(length: int, *steps: float) -> int:
    """A length of the source in pixels of the format, where they are coarser."""
    return max(1, round(length * min(1.0, math.hypot(*steps))))


def _placing(placement: Placement) -> Affine:
    """The move that lays the source of a placement onto its target."""
    (sx, sy, sw, sh), (tx, ty, tw, th) = placement
    scale = tw / sw, th / sh
    return affine_matrix(scale=scale, shift=(tx - sx * scale[0], ty - sy * scale[1]))
