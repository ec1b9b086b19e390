"""How a video is steered: the camera's speed, and points that go somewhere, as planes beside the
latents; each says where it is told, so that a network tells "stands still" from "unsaid".

Points are splatted to the cells they lie in (after MotionStream, which gives a network tracks as
planes of its latent grid); the camera is the same in every cell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from nodes.models.video_card import CAMERA, COLOURS, LAST, LOUD, POINTS, STEERING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nodes.models.video_card import RolloutCard
    from nodes.rollout.prompt_blend import Pieces

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


UNSTEERED = Steering()


def as_said(steering: Steering, pieces: Pieces, card: RolloutCard) -> Steering:
    """The steering, and where it says nothing of the camera, what the prompt says of it: the mean
    of the speeds that its pieces name, by their weights."""
    if steering.camera is not None or not card.camera_words:
        return steering
    named = [(_named(text, card), weight) for text, weight in pieces if weight > 0]
    heard = [(speed, weight) for speed, weight in named if speed is not None]
    if not heard:
        return steering
    whole = sum(weight for _, weight in heard)
    speeds = (sum(speed[i] * weight for speed, weight in heard) / whole for i in range(3))
    aside, orbit, ahead = speeds
    return replace(steering, camera=(aside, orbit, ahead))


def _named(text: str, card: RolloutCard) -> tuple[float, float, float] | None:
    """The speed of the longest of the camera's words in a text."""
    said = " ".join(["", *re.findall(r"[^\W_]+", text.casefold()), ""])
    there = [row for row in card.camera_words if f" {row[0]} " in said]
    return max(there, key=lambda row: len(row[0]))[1:] if there else None


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


def last_planes(last: Tensor, earlier: Tensor, ago: Tensor) -> Tensor:
    """(B, F, 20, h, w) of the finished latents (B, F, 16, h, w) that come last before each frame,
    the one before them, which tells how things go, and how many frames ago the last are, (B, F);
    0 where they go untold."""
    ago = ago[..., None, None, None].to(last)
    known = torch.cat([earlier[:, :, :COLOURS], last], 2)
    return torch.cat([LOUD * ago.expand_as(last[:, :, :1]), known * (ago > 0)], 2)


def block_planes(
    steering: Steering,
    kinds: Iterable[str],
    frames: int,
    grid: tuple[int, int],
    seconds: float,
    past: Tensor | None = None,
) -> Tensor:
    """(1, F, planes, h, w) for a block whose latent frames are `seconds` apart; points go on as
    fast as they come. Zero is unsaid. past (1, T, 16, h, w): the finished latents before the
    block."""
    drawn = {
        CAMERA: lambda: _camera(steering, frames, grid),
        POINTS: lambda: _points(steering, frames, grid, seconds),
        LAST: lambda: _last(past, frames, grid),
    }
    return torch.cat([drawn[kind]() for kind in kinds], 2)


def _last(past: Tensor | None, frames: int, grid: tuple[int, int]) -> Tensor:
    if past is None:
        return torch.zeros(1, frames, STEERING[LAST], *grid)
    return planes_behind(past.float().cpu(), frames)


def planes_behind(past: Tensor, frames: int) -> Tensor:
    """(B, frames, 20, h, w) for the frames that follow finished latents (B, T, 16, h, w)."""
    ends = past[:, -1:], past[:, -2:][:, :1]  # of a single frame the one before is itself
    last, earlier = (end.expand(-1, frames, -1, -1, -1) for end in ends)
    ago = torch.arange(1, frames + 1, device=past.device)
    return last_planes(last, earlier, ago.expand(len(past), -1))


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
