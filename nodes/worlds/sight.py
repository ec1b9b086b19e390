"""What a frame of a world shows where, known exactly: which layer, how far, where it went since the
frame before, and the camera; found when it is asked for.

Every layer is a card that moves as a whole, so that its way from frame to frame is a homography of
its own; water is a plane.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from nodes.worlds.clip_layers import RIDGES
from nodes.worlds.sea import WET
from nodes.worlds.stand import EYE, NEAR, NEXT
from nodes.worlds.view import FOCAL, carried, grid, rotation

if TYPE_CHECKING:
    from nodes.worlds.clip_motion import RidgePlace
    from nodes.worlds.live import LiveWorld
    from nodes.worlds.stand import Stand

SKY, CLOUD, WATER, THING, RIDGE = range(
    5
)  # what a pixel is of; the ridges follow from the farthest
ORBIT = NEAR / 0.78  # metres to what a camera circles: the ridge that does not shift
FAR = 1000.0  # metres to the sky, and the most that water is away


@dataclass(frozen=True)
class Sight:
    """A world at one moment, as its frame (H, W) sees it."""

    world: LiveWorld
    stand: Stand

    @cached_property
    def owners(self) -> Tensor:
        """What each pixel is of, (H, W) integers as the names above."""
        world, stand, high = self.world, self.stand, self.world.high
        canvas = torch.zeros(1, 1, high, world.wide)
        shift = float(stand.camera.shift)
        canvas[0].masked_fill_(world.cloud_cover(stand.camera) > 0.5, CLOUD)
        for i, at in enumerate(stand.ridges):
            if i == RIDGES - 1 and world.words.scene in WET:
                canvas[..., math.ceil(float(world.sea.line) * high) :, :] = WATER
            top = world.rows(at)[0]
            cover = world.ridge(at, shift, top, high, planes=slice(3, 4))
            canvas[0, :, top:].masked_fill_(cover > 0.5, RIDGE + i)
        mask = world.lay_thing(torch.zeros(1, 3, high, world.wide), stand)
        canvas.masked_fill_(mask > 0.5, THING)
        return stand.view.shown(canvas, "nearest")[0, 0].long()

    def depth(self, size: tuple[int, int] | None = None) -> Tensor:
        """Metres along the camera's axis, (1, 1, H, W), in another size where one is given."""
        world, stand = self.world, self.stand
        nearer = 0.0 if world.land.place.flying else stand.position.nearer
        cards = [NEAR / world.close, *(world.distance(at) for at in stand.ridges)]
        table = torch.tensor([FAR] * THING + [away - nearer for away in cards])
        depth = table[self.owners]
        x, y = grid(*world.frame)
        if (self.owners == WATER).any():
            _, row = carried(stand.view.to_canvas, x, y)
            under = (row / world.high - float(world.worlds.horizon)).clamp_min(1e-3)
            plane = (FOCAL * EYE / under).clamp_max(FAR)
            depth = torch.where(self.owners == WATER, plane, depth)
        if not stand.view.plain:  # the cards stand upright before a camera that looks up
            ray = stand.view.rotation @ torch.linalg.inv(stand.view.intrinsics)
            away = ray[2].tolist()
            depth = depth / (away[0] * x + away[1] * y + away[2])
        return _sized(depth[None, None], size)

    def flow(
        self, before: Sight | None, size: tuple[int, int] | None = None
    ) -> tuple[Tensor, Tensor]:
        """Where each pixel of the frame before is now: motion (1, 2, H, W) in pixels, and whether
        it is still to be seen (1, 1, H, W) in {0, 1}; in another size where one is given. None
        stands still and is not to be trusted where there was no such frame."""
        high, wide = size or self.world.frame
        if before is None:
            return torch.zeros(1, 2, high, wide), torch.zeros(1, 1, high, wide)
        flow, seen = self._flow(before)
        scale = torch.tensor([wide / self.world.frame[1], high / self.world.frame[0]])
        return _sized(flow, size) * scale.view(1, 2, 1, 1), _sized(seen, size)

    def _flow(self, before: Sight) -> tuple[Tensor, Tensor]:
        high, wide = self.world.frame
        x, y = grid(high, wide)
        new_x, new_y, expected = x.clone(), y.clone(), torch.full_like(before.owners, -1)
        for layer in before.owners.unique().tolist():
            here = before.owners == layer
            way = self.placed(layer, before.stand) @ torch.linalg.inv(
                before.placed(layer, before.stand)
            )
            new_x[here], new_y[here] = carried(way, x[here], y[here])
            expected[here] = self._known(layer, before.stand)
        column, row = new_x.floor().long(), new_y.floor().long()
        inside = (column >= 0) & (column < wide) & (row >= 0) & (row < high)
        found = self.owners[row.clamp(0, high - 1), column.clamp(0, wide - 1)]
        flow = torch.stack([new_x - x, new_y - y])[None]
        return flow, (inside & (found == expected))[None, None].float()

    def placed(self, layer: int, counted: Stand) -> Tensor:
        """Takes a layer's own places to pixels of the frame, (3, 3); ridges are numbered as they
        were at another moment."""
        high, left = self.world.high, self.world.left
        pixels = _matrix(high, 0, -left * high, 0, high, 0)
        return torch.linalg.inv(self.stand.view.to_canvas) @ pixels @ self._laid(layer, counted)

    def _laid(self, layer: int, counted: Stand) -> Tensor:
        """Takes a layer's own places to those on the canvas, in its heights."""
        horizon, where = float(self.world.worlds.horizon), self.stand.where
        if layer == THING:
            u, v, radius, turn = (
                float(part) for part in (where.u, where.v, where.radius, where.turn)
            )
            cos, sin = radius * math.cos(turn), radius * math.sin(turn)
            facing = self.stand.facing or 1.0
            return _matrix(facing * cos, -facing * sin, u, sin, cos, v)
        if layer == WATER:
            return self._water()
        if layer < RIDGE:
            drift = self.world.drift(self.stand.camera) if layer == CLOUD else 0.0
            return _matrix(1, 0, -drift, 0, 1, 0)
        at = self._ridge(layer - RIDGE + _passed(self.stand) - _passed(counted))
        scale, shift = float(at.scale), float(self.stand.camera.shift)
        aside = shift * float(at.pivot)
        down = horizon + float(at.base) - horizon * scale
        return _matrix(scale, 0, 0.5 - aside * scale, 0, scale, down)

    def _water(self) -> Tensor:
        """Takes metres to the right and ahead on the water to places on the canvas."""
        side = float(self.stand.camera.shift) * NEAR / FOCAL
        ahead, horizon = self.stand.position.nearer, float(self.world.worlds.horizon)
        across = [FOCAL, 0.5, -FOCAL * side - 0.5 * ahead]
        down = [0.0, horizon, FOCAL * EYE - horizon * ahead]
        return torch.tensor([across, down, [0.0, 1.0, -ahead]], dtype=torch.float64)

    def _ridge(self, place: int) -> RidgePlace:
        """The `place`-th ridge from the far end, also one that the camera has left behind."""
        return self.world.ridge_place(self.stand.camera, place, self.stand.position.nearer)

    def _known(self, layer: int, counted: Stand) -> int:
        """The number that a layer of another moment has now; what cannot be told has none."""
        if layer == WATER:
            return -1
        if layer < RIDGE:
            return layer
        now = layer + _passed(self.stand) - _passed(counted)
        return now if RIDGE <= now < RIDGE + RIDGES else -1

    def camera(self, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
        """Where the camera is in metres and how it has turned, (1, 4, 4) camera to world, and its
        intrinsics (1, 3, 3) in pixels of a frame of a size."""
        pose = torch.eye(4, dtype=torch.float64)
        camera, position = self.stand.camera, self.stand.position
        side = float(camera.shift) * NEAR / FOCAL
        if bool(camera.orbit):
            turn = side / ORBIT / 0.88  # a ridge's share of the shift has that slope
            place = ORBIT * math.sin(turn), ORBIT * (1 - math.cos(turn))
            pose[:3, :3] = rotation(0.0, -turn, 0.0)
        elif bool(camera.flying):
            place = side, NEXT * float(camera.passed)
        else:
            place = side, position.nearer
        pose[0, 3], pose[2, 3] = place
        pose[:3, :3] @= self.stand.view.rotation
        high, wide = self.world.frame
        scale = torch.tensor([[size[1] / wide], [size[0] / high], [1.0]])
        return pose[None].float(), (self.stand.view.intrinsics * scale)[None].float()


def _sized(planes: Tensor, size: tuple[int, int] | None) -> Tensor:
    """Planes (1, C, H, W) in another size, without values that no pixel had."""
    if size is None or planes.shape[2:] == size:
        return planes
    return F.interpolate(planes, size, mode="nearest-exact")


def _passed(stand: Stand) -> int:
    """How many ridges lie behind the camera."""
    return math.floor(float(stand.camera.passed)) if bool(stand.camera.flying) else 0


def _matrix(a: float, b: float, c: float, d: float, e: float, f: float) -> Tensor:
    return torch.tensor([[a, b, c], [d, e, f], [0.0, 0.0, 1.0]], dtype=torch.float64)
