"""From a camera and points that move to what steers a block: how fast they have gone since the
block before.

A camera tells metres; a model that was told picture heights a second of what is near takes
`WALK`, `FLIGHT` and `TURN` for a speed of 1, as the worlds that it learned from have them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from engine.packet import seconds
from nodes.rollout.steering import EASY, Point, Steering

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.values import CameraPath, Tracks
    from nodes.rollout.video.size import Size

WALK = 1.8  # metres a second aside
FLIGHT = 5.6  # metres a second ahead
TURN = 0.266  # radians a second round what is before it
CIRCLE = 7.7  # metres to what a camera goes round
FASTEST = 3.0  # beyond it no model has seen a camera or a point


@dataclass(frozen=True, eq=False)
class Helm:
    """Where the camera (4, 4) and the points by their numbers were when the last block was asked
    for, and when that was, in flicks."""

    pts: int = 0
    pose: Tensor | None = None
    places: Mapping[int, tuple[float, float]] = field(default_factory=dict)

    def turned(
        self,
        pts: int,
        camera: CameraPath | None,
        tracks: Tracks | None,
        *,
        frame: Size,
        size: Size,
        haste: float = 1.0,
    ) -> tuple[Helm, Steering]:
        """The helm now, and what steers a picture of a size, in pixels as `frame`, that tracks are
        told in. What has no past yet says nothing of a camera and stands still as a point.

        haste: seconds of the model's in one of the stream's.
        """
        pose = None if camera is None else camera.tensor[-1].double().cpu()
        places = {} if tracks is None else placed(tracks, frame, size)
        now, passed = Helm(pts, pose, places), seconds(pts - self.pts) * haste
        return now, Steering(self._camera(now, passed), self._points(now, passed))

    def _camera(self, now: Helm, passed: float) -> tuple[float, float, float] | None:
        if now.pose is None or self.pose is None or passed <= 0:
            return None
        return speed_between(self.pose, now.pose, passed)

    def _points(self, now: Helm, passed: float) -> tuple[Point, ...]:
        return tuple(
            Point(*place, *_speed(self.places.get(number), place, passed))
            for number, place in now.places.items()
        )


def speed_between(before: Tensor, now: Tensor, passed: float) -> tuple[float, float, float] | None:
    """How fast a camera goes aside, round and ahead between two poses (4, 4), `passed` seconds
    apart; None where a pose is not finite or cannot be."""
    way, failed = torch.linalg.inv_ex(before)
    way = way @ now
    if bool(failed) or not bool(torch.isfinite(way).all()):
        return None
    angle = math.atan2(float(way[0, 2]), float(way[2, 2]))
    aside, ahead = float(way[0, 3]), float(way[2, 3])
    # going right round something, one turns left to keep it in sight
    arc = -CIRCLE * math.sin(angle), CIRCLE * (1 - math.cos(angle))
    if abs(aside - arc[0]) > abs(aside):
        angle, arc = 0.0, (0.0, 0.0)  # it looks aside and goes round nothing
    speeds = (aside - arc[0]) / WALK, -angle / TURN, (ahead - arc[1]) / FLIGHT
    aside, orbit, ahead = (_held(speed / passed) for speed in speeds)
    return aside, orbit, ahead


def placed(tracks: Tracks, frame: Size, size: Size) -> dict[int, tuple[float, float]]:
    """Where the points that are seen lie, across and down in heights of a picture of a size, that
    is cut around the middle of a frame."""
    scale = max(size[0] / frame[0], size[1] / frame[1]) / size[0]
    middle = tracks.tensor.new_tensor([frame[1], frame[0]]) / 2
    shape = tracks.tensor.new_tensor([size[1] / size[0], 1.0]) / 2
    points = ((tracks.tensor[:, -1] - middle) * scale + shape).tolist()
    seen = tracks.visible[:, -1].tolist()
    return {
        number: (u, v)
        for number, (u, v), there in zip(tracks.ids.tolist(), points, seen, strict=True)
        if there and math.isfinite(u) and math.isfinite(v)
    }


def _speed(
    before: tuple[float, float] | None, now: tuple[float, float], passed: float
) -> tuple[float, float]:
    if before is None or passed <= 0:
        return 0.0, 0.0
    across, down = (_held((b - a) / passed / EASY) for a, b in zip(before, now, strict=True))
    return across, down


def _held(speed: float) -> float:
    return max(-FASTEST, min(FASTEST, speed))
