"""Where everything of a world is at one moment, and how far: the model land in metres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from nodes.worlds.clip_motion import RidgePlace, Track, Travel
    from nodes.worlds.journey import Position
    from nodes.worlds.view import View

NEAR = 6.0  # metres to the nearest ridge; so a horse is as long as a horse
NEXT = 12.5  # metres from one ridge to the next that a camera flies over
EYE = 2.2  # metres that a camera is above the water


@dataclass(frozen=True, slots=True)
class Cast:
    """What a thing keeps from shot to shot: radius in picture heights, beats a second, the seed of
    its shade; and how much nearer than the land it stands."""

    radius: float
    rate: float
    seed: int
    close: float = 1.0


@dataclass(frozen=True, slots=True)
class Stand:
    """Where all is at one moment: the journey, the camera's way, how the frame looks at the canvas,
    the ridges from the farthest, the thing and which way it turns, -1 left to 1 right."""

    position: Position
    camera: Travel
    view: View
    ridges: tuple[RidgePlace, ...]
    where: Track
    facing: float


@dataclass(frozen=True, slots=True)
class Moment:
    """What is seen at one moment: picture (1, 3, H, W) in [0, 1], how much of each pixel is the
    thing (1, 1, H, W), and where all is."""

    picture: Tensor
    mask: Tensor
    stand: Stand

    @property
    def track(self) -> Track:
        """The thing's way over the canvas."""
        return self.stand.where
