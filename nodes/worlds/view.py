"""How a frame looks at the canvas that a world is painted on: a pinhole camera that turns on its
place, so that looking up, leaning and a hand that shakes are exact homographies.

The canvas is what a level camera sees, its vanishing point on the horizon; axes are those of
OpenCV: x right, y down, z ahead.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

FOCAL = 1.0  # of the level camera, in heights of its canvas
TILT, LEAN = 8.0, 12.0  # degrees that a camera looks up or down, and leans to a side
OVER = 1.4  # heights of a frame that the canvas of a camera has that tilts or rolls
HAND = ((0.31, 0.55), (0.83, 0.3), (1.9, 0.15))  # swings a second of a hand, and their shares


@dataclass(frozen=True, slots=True)
class View:
    """A frame (H, W) on its canvas, all (3, 3) in double precision: pixels of the frame to pixels
    of the canvas, camera to world, intrinsics; `plain` where frame and canvas are the same."""

    to_canvas: Tensor
    rotation: Tensor
    intrinsics: Tensor
    size: tuple[int, int]
    plain: bool

    def shown(self, canvas: Tensor, mode: str = "bilinear") -> Tensor:
        """What the frame shows of a canvas (1, C, h, w): (1, C, H, W)."""
        if self.plain:
            return canvas
        x, y = carried(self.to_canvas, *grid(*self.size))
        high, wide = canvas.shape[2:]
        place = torch.stack([x * (2 / wide) - 1, y * (2 / high) - 1], -1)[None]
        return F.grid_sample(
            canvas, place, mode=mode, padding_mode="reflection", align_corners=False
        )


def view(
    frame: tuple[int, int],
    canvas: tuple[int, int],
    horizon: float,
    turned: tuple[float, float, float] = (0.0, 0.0, 0.0),
    most: tuple[float, float] = (0.0, 0.0),
) -> View:
    """The view of a frame at the middle of a canvas, both (height, width) in pixels.

    `turned` is how far the camera looks up, to the right and leans, `most` how far it ever looks
    aside and leans, all in radians: the frame shows so much less that it never leaves the canvas.
    """
    zoom = _zoom(frame, canvas, *most)
    focal = FOCAL * canvas[0]
    level = _matrix((focal, 0, canvas[1] / 2), (0, focal, horizon * canvas[0]))
    crop = _matrix(
        (zoom, 0, (frame[1] - zoom * canvas[1]) / 2), (0, zoom, (frame[0] - zoom * canvas[0]) / 2)
    )
    turn = rotation(*turned)
    to_canvas = level @ turn @ torch.linalg.inv(crop @ level)
    plain = frame == canvas and zoom == 1 and not any(turned)
    return View(to_canvas, turn, crop @ level, frame, plain)


def hand(seconds: float, seed: int) -> tuple[float, float, float]:
    """How a hand has turned a camera upwards, to the right and about its axis, in [-1, 1]: sums of
    slow and quick swings that never come together again."""
    up, right, lean = (
        sum(share * math.sin(2 * math.pi * (rate * seconds + begin)) for rate, share, begin in part)
        for part in _swings(seed)
    )
    return up, right, lean


@cache
def _swings(seed: int) -> list[list[tuple[float, float, float]]]:
    dice = random.Random(seed ^ 0x4A4D)
    return [
        [(rate * dice.uniform(0.8, 1.25), share, dice.random()) for rate, share in HAND]
        for _ in range(3)
    ]


def carried(matrix: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Places (H, W) after a homography (3, 3)."""
    rows = matrix.tolist()
    across, down, away = (row[0] * x + row[1] * y + row[2] for row in rows)
    return across / away, down / away


def grid(height: int, width: int) -> tuple[Tensor, Tensor]:
    """The middles of the pixels of a frame, x and y, (H, W) each."""
    y, x = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    return x, y


def rotation(up: float, right: float, lean: float) -> Tensor:
    """Camera to world: it leans first, then looks up, then to the right."""
    a, b, c = (math.cos(angle) for angle in (up, right, lean))
    p, q, r = (math.sin(angle) for angle in (up, right, lean))
    aside = torch.tensor([[b, 0, q], [0, 1, 0], [-q, 0, b]], dtype=torch.float64)
    above = torch.tensor([[1, 0, 0], [0, a, -p], [0, p, a]], dtype=torch.float64)
    about = torch.tensor([[c, -r, 0], [r, c, 0], [0, 0, 1]], dtype=torch.float64)
    return aside @ above @ about


def _zoom(frame: tuple[int, int], canvas: tuple[int, int], aside: float, lean: float) -> float:
    """By how much the frame must look closer, so that all it turns to is painted."""
    cos, sin, way = math.cos(lean), math.sin(lean), 2 * FOCAL * canvas[0] * math.tan(aside)
    down = (frame[0] * cos + frame[1] * sin) / max(canvas[0] - way, 0.1 * canvas[0])
    across = (frame[1] * cos + frame[0] * sin) / max(canvas[1] - way, 0.1 * canvas[1])
    return max(1.0, down, across)


def _matrix(*rows: tuple[float, float, float]) -> Tensor:
    return torch.tensor([*rows, (0.0, 0.0, 1.0)], dtype=torch.float64)
