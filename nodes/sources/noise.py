"""The procedural noise source: clouds or cells that move, through a map of two or three colours."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from engine.node import Node, Tick, param, state
from engine.packet import seconds
from engine.values import Color, Frame
from kernels import noise


class ProceduralNoise(Node, id="sources.noise", aliases=("fbm", "worley", "perlin", "clouds")):
    """Makes clouds, cells or cracks that drift and boil: a picture to start generating from."""

    kind: Literal["clouds", "cells", "cracks"] = param(
        default="clouds", doc="Soft clouds, rounded cells, or the lines between cells"
    )
    scale: float = param(
        default=0.25, doc="Size of a feature as a share of the height", min=0.01, max=4, log=True
    )
    octaves: int = param(default=5, doc="Layers of finer and finer clouds", min=1, max=8)
    speed: float = param(default=0.3, doc="How fast it boils", min=-10, max=10, soft=(0, 2))
    drift_x: float = param(
        default=0.0, doc="Sideways movement in heights a second", min=-10, max=10, soft=(-1, 1)
    )
    drift_y: float = param(
        default=0.0, doc="Downward movement in heights a second", min=-10, max=10, soft=(-1, 1)
    )
    contrast: float = param(default=1.5, doc="How far it reaches into dark and light", min=0, max=8)
    colors: Literal["two", "three"] = param(default="two", doc="Whether the middle colour is used")
    low: Color = param(default=Color("#05060f"), doc="Colour of the lowest values")
    middle: Color = param(default=Color("#c0305a"), doc="Colour half-way, with three colours")
    high: Color = param(default=Color("#ffe8c0"), doc="Colour of the highest values")
    seed: int = param(default=0, doc="Another number, another noise", min=0, max=2**31 - 1)
    _moved: tuple[float, float, float] = state(default=(0.0, 0.0, 0.0))
    _last: int | None = state()

    def process(self, tick: Tick) -> Frame:
        self._move(tick)
        value = self._value()  # (1, 1, H, W)
        value = ((value - 0.5) * self.contrast + 0.5).clamp(0, 1)
        middle = [self.middle] if self.colors == "three" else []
        stops = [self.low, *middle, self.high]
        return Frame(color_map(value, [stop.rgb for stop in stops]))

    def _move(self, tick: Tick) -> None:
        passed = seconds(tick.pts - (tick.pts if self._last is None else self._last))
        x, y, z = self._moved
        step = (self.drift_x, self.drift_y, self.speed)
        self._moved = (x + passed * step[0], y + passed * step[1], z + passed * step[2])
        self._last = tick.pts

    def _value(self) -> Tensor:
        height, width = self.ctx.stream.height, self.ctx.stream.width
        x, y, z = self._moved
        where = {
            "scale": max(2.0, self.scale * height),
            "seed": (self.ctx.rng.seed * 1_000_003 + self.ctx.rng.stream + self.seed) % 2**32,
            "x": -x * height,
            "y": -y * height,
            "z": z,
            "device": self.ctx.device,
        }
        if self.kind == "clouds":
            return noise.fbm(height, width, octaves=self.octaves, **where)
        feature = "distance" if self.kind == "cells" else "edge"
        return noise.worley(height, width, feature=feature, **where)


def color_map(value: Tensor, stops: list[tuple[float, float, float]]) -> Tensor:
    """(1, 1, H, W) in [0, 1] -> (1, 3, H, W): colours at equal distances, mixed between."""
    colors = torch.tensor(stops, device=value.device)  # (stops, 3)
    place = value[0, 0] * (len(stops) - 1)
    left = place.floor().clamp_(max=len(stops) - 2)
    mixed = torch.lerp(colors[left.long()], colors[left.long() + 1], (place - left)[..., None])
    return mixed.permute(2, 0, 1)[None].contiguous()
