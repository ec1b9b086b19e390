"""Many from one: a grid of small pictures, a grid of mirrors, a kaleidoscope."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

from engine.node import Node, param
from engine.values import Frame
from kernels.resize import resize, sample
from nodes.compose.meet import carried


class Tile(Node, id="compose.tile", aliases=("grid", "mirror", "kaleidoscope", "repeat")):
    """Repeats the picture: side by side, mirrored at every seam, or as a kaleidoscope.

    The kaleidoscope folds the picture into `segments` mirrored wedges about its middle; the grids
    show `columns` times `rows` small pictures.
    """

    mode: Literal["grid", "mirror", "kaleidoscope"] = param(
        default="kaleidoscope",
        doc="Side by side, mirrored, or wedges about the middle",
    )
    columns: int = param(default=2, doc="Pictures across", min=1, max=64, soft=(1, 8))
    rows: int = param(default=2, doc="Pictures down", min=1, max=64, soft=(1, 8))
    segments: int = param(default=6, doc="Wedges of the kaleidoscope", min=1, max=64, soft=(2, 16))
    rotate: float = param(
        default=0.0, doc="Turns the wedges", min=-36000, max=36000, soft=(-180, 180), unit="°"
    )
    spin: float = param(
        default=0.0, doc="Turns what the wedges show of the picture", min=-36000, max=36000,
        soft=(-180, 180), unit="°",
    )  # fmt: skip
    zoom: float = param(
        default=1.0, doc="Enlarges what the wedges show", min=0.1, max=10, soft=(0.5, 4), log=True
    )

    def process(self, frame: Frame) -> Frame:
        tile = self._folded if self.mode == "kaleidoscope" else self._gridded
        return carried(frame, tile)

    def _gridded(self, plane: Tensor) -> Tensor:
        height, width = plane.shape[2:]
        small = resize(
            plane, height=math.ceil(height / self.rows), width=math.ceil(width / self.columns)
        )
        other = small.flip(3) if self.mode == "mirror" else small
        row = torch.cat(([small, other] * self.columns)[: self.columns], dim=3)
        below = row.flip(2) if self.mode == "mirror" else row
        picture = torch.cat(([row, below] * self.rows)[: self.rows], dim=2)
        return picture[:, :, :height, :width].contiguous()

    def _folded(self, plane: Tensor) -> Tensor:
        height, width = plane.shape[2:]
        x = torch.arange(width, device=plane.device) + (0.5 - width / 2)
        y = (torch.arange(height, device=plane.device) + (0.5 - height / 2))[:, None]
        wedge = math.pi / self.segments
        angle = torch.atan2(y, x.expand(height, width)) - math.radians(self.rotate % 360)
        # a triangle wave of the angle: up through one wedge, back down through its mirror
        angle = (angle.remainder(2 * wedge) - wedge).abs() + math.radians(self.spin % 360)
        radius = torch.hypot(x, y) / self.zoom
        across, down = radius * angle.cos() + width / 2, radius * angle.sin() + height / 2
        return sample(plane, across, down, border="mirror")
