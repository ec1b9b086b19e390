"""How a video is steered: the camera's speed, and points that go somewhere, as planes beside the
latents; each says where it is told, so that a network tells "stands still" from "unsaid".

Points are splatted to the cells they lie in (after MotionStream, which gives a network tracks as
planes of its latent grid); the camera is the same in every cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from nodes.models.video_card import CAMERA, LAST, LOUD, POINTS, STEERING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nodes.models.video_card import RolloutCard

EASY = 0.3  # picture heights a second, that a speed of 1 goes


class Point(NamedTuple):
    """Where something is and how fast it goes, across and down: picture heights, and `EASY`."""

    u: float
    v: float
    across: float = 0.0
    down: float = 0.0


@dataclass(frozen=True)
class Steering:
    """What steers a block: the camera's speed aside, round what is before it, and ahead, None where
    it is unsaid; and points as they are when the block begins."""

    camera: tuple[float, float, float] | None = None
    points: tuple[Point, ...] = ()

    def __bool__(self) -> bool:
        return self.camera is not None or bool(self.points)

    @property
    def moves(self) -> bool:
        """Whether a camera goes somewhere, or points are held."""
        return bool(self.points) or (self.camera is not None and any(self.camera))


UNSTEERED = Steering()


def tells_last(steering: Steering, card: RolloutCard) -> bool:
    """Whether a block that is steered so is told the last finished frame."""
    return LAST in card.steering and (card.last_told == "always" or steering.moves)


def camera_planes(speed: Tensor, grid: tuple[int, int]) -> Tensor:
    """(B, F, 4, h, w) of speeds (B, F, 3): aside, round what is before the camera, and ahead.

    A speed of 1 is an easy walk: what is near goes by at `EASY`.
    """
    told = torch.cat([torch.ones_like(speed[..., :1]), speed], -1)
    return (LOUD * told)[..., None, None].expand(*told.shape, *grid)


def point_planes(points: Tensor, speed: Tensor, seen: Tensor, grid: tuple[int, int]) -> Tensor:
    """(B, F, 3, h, w) of points (B, F, P, 2) that lie across and down in picture heights, their
    speeds (B, F, P, 2) in `EASY`, and which are seen (B, F, P) in [0, 1]."""
    rows, columns = (torch.arange(n, device=points.device) + 0.5 for n in grid)
    across = (1 - (points[..., :1] * grid[0] - columns).abs()).clamp_min(0)  # (B, F, P, w)
    down = (1 - (points[..., 1:] * grid[0] - rows).abs()).clamp_min(0)
    told = torch.cat([torch.ones_like(speed[..., :1]), speed], -1) * seen[..., None]
    planes = torch.einsum("bfpc,bfph,bfpw->bfchw", told, down, across)
    return LOUD * planes / planes[:, :, :1].clamp_min(1)


def last_planes(last: Tensor, ago: Tensor) -> Tensor:
    """(B, F, 17, h, w) of the finished latents (B, F, 16, h, w) that come last before each frame,
    and how many frames before it, (B, F); 0 where that goes untold."""
    ago = ago[..., None, None, None].to(last)
    return torch.cat([LOUD * ago.expand_as(last[:, :, :1]), last * (ago > 0)], 2)


def block_planes(
    steering: Steering,
    kinds: Iterable[str],
    frames: int,
    grid: tuple[int, int],
    seconds: float,
    last: Tensor | None = None,
) -> Tensor:
    """(1, F, planes, h, w) for a block whose latent frames are `seconds` apart; points go on as
    fast as they come. Zero is unsaid. last (1, 16, h, w): the finished latents before the block."""
    drawn = {
        CAMERA: lambda: _camera(steering, frames, grid),
        POINTS: lambda: _points(steering, frames, grid, seconds),
        LAST: lambda: _last(last, frames, grid),
    }
    return torch.cat([drawn[kind]() for kind in kinds], 2)


def _last(last: Tensor | None, frames: int, grid: tuple[int, int]) -> Tensor:
    if last is None or last.shape[-2:] != grid:
        return torch.zeros(1, frames, STEERING[LAST], *grid)
    known = last[:, None].float().cpu().expand(-1, frames, -1, -1, -1)
    return last_planes(known, torch.arange(1, frames + 1)[None])


def _camera(steering: Steering, frames: int, grid: tuple[int, int]) -> Tensor:
    if steering.camera is None:
        return torch.zeros(1, frames, STEERING[CAMERA], *grid)
    return camera_planes(torch.tensor(steering.camera).expand(1, frames, 3), grid)


def _points(steering: Steering, frames: int, grid: tuple[int, int], seconds: float) -> Tensor:
    known = torch.tensor(steering.points).view(1, 1, -1, 4)
    begin, speed = known[..., :2], known[..., 2:].expand(1, frames, -1, 2)
    passed = (torch.arange(frames) * seconds).view(1, -1, 1, 1)
    places = begin + speed * (EASY * passed)
    return point_planes(places, speed, torch.ones_like(places[..., 0]), grid)
