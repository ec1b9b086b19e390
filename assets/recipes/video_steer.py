"""What clips steer a denoiser by as it learns: how fast their cameras go, and points on their
things; each goes untold at times, so that a network without either goes on by itself."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from nodes.rollout.steering import EASY, camera_planes, point_planes
from nodes.worlds.clip_motion import FPS

TOLD, POINTED = 0.5, 0.75  # share of clips whose camera is told; whose thing's points are
MOST = 3  # points on a thing
INNER = 0.7  # of a thing's radius, within which its points lie
SECONDS = 4 / FPS  # between two latents


class Ways(NamedTuple):
    """Where things are and how fast they go, across and down, (B, F, 2) each in picture heights
    and `EASY`; their radius (B, F), 0 where there is none; and the camera's speed (B, F, 3)."""

    places: Tensor
    speeds: Tensor
    radius: Tensor
    cameras: Tensor

    @staticmethod
    def of(things: Tensor, cameras: Tensor) -> Ways:
        """The ways of whole clips, as `Chunk` gives them at each latent."""
        places = things[..., :2]
        gone = (places[:, 1:] - places[:, :-1]) / (SECONDS * EASY)
        return Ways(places, torch.cat([gone, gone[:, -1:]], 1), things[..., 2], cameras)

    def at(self, rows: Tensor, frames: Tensor) -> Ways:
        """The ways at these frames (B, F) of these rows (B, 1)."""
        return Ways(*(part[rows, frames] for part in self))


def drawn_planes(ways: Ways, grid: tuple[int, int]) -> Tensor:
    """(B, F, 7, h, w): camera and points, of each clip both, one or neither."""
    batch = len(ways.radius)
    camera = camera_planes(ways.cameras, grid) * _told(batch, TOLD)
    return torch.cat([camera, _points(ways, grid) * _told(batch, POINTED)], 2)


def _points(ways: Ways, grid: tuple[int, int]) -> Tensor:
    """One to `MOST` points that stay where they are on each thing."""
    batch, frames = ways.radius.shape
    angle = 2 * torch.pi * torch.rand(batch, 1, MOST)
    away = INNER * torch.rand(batch, 1, MOST).sqrt() * ways.radius[..., None]
    offset = torch.stack([angle.cos() * away, angle.sin() * away], -1)
    count = torch.randint(1, MOST + 1, (batch, 1, 1))
    seen = (torch.arange(MOST) < count) & (ways.radius[..., None] > 0)
    speeds = ways.speeds[:, :, None].expand(batch, frames, MOST, 2)
    return point_planes(ways.places[:, :, None] + offset, speeds, seen.float(), grid)


def _told(batch: int, share: float) -> Tensor:
    return (torch.rand(batch, 1, 1, 1, 1) < share).float()
