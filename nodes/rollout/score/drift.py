"""Whether a long stream still looks as it began: colours and sharpness against its first seconds.

Rollouts feed on their own output, so small errors of colour and contrast add up until the picture
burns out, greys or blurs. The meter is a frozen value; 0 is as at the beginning, 1 clearly off.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from kernels.color import rgb_to_oklab
from kernels.resize import resize
from nodes.rollout.score.scorers import Sharpness, expect_frames

if TYPE_CHECKING:
    from torch import Tensor

COLOUR = 0.12  # distance of means and spreads in Oklab that counts as 1
OCTAVE = 1.0  # halvings or doublings of sharpness that count as 1
LOOKED_AT = 96  # rows and columns at most that are looked at
SMOOTH = 0.7  # weight of what was measured before
LEAST = 1e-3  # sharpness below which nothing is sharp


@dataclass(frozen=True)
class Looks:
    """What is measured of pictures: means and spreads of Oklab's channels, and sharpness."""

    colours: tuple[float, ...]
    sharp: float

    def beside(self, other: Looks) -> Looks:
        """How it differs from what it was made of: a restyled picture may change as its source
        does.
        """
        pairs = zip(self.colours, other.colours, strict=True)
        return Looks(
            tuple(a - b for a, b in pairs), max(self.sharp, LEAST) / max(other.sharp, LEAST)
        )

    def mixed(self, other: Looks, weight: float) -> Looks:
        """The mean with another that has this weight."""
        pairs = zip(self.colours, other.colours, strict=True)
        return Looks(
            tuple((1 - weight) * a + weight * b for a, b in pairs),
            (1 - weight) * self.sharp + weight * other.sharp,
        )


@dataclass(frozen=True)
class DriftMeter:
    """How far the stream is from how it began.

    first: pictures that the beginning is made of. value: the drift, 0 while it is being measured.
    """

    first: int
    seen: int = 0
    beginning: Looks | None = None
    now: Looks | None = None

    @property
    def settled(self) -> bool:
        """Whether the beginning is known."""
        return self.seen >= self.first

    @property
    def value(self) -> float:
        if not self.settled or self.beginning is None or self.now is None:
            return 0.0
        colour = math.dist(self.now.colours, self.beginning.colours) / COLOUR
        sharp = math.log2(max(self.now.sharp, LEAST) / max(self.beginning.sharp, LEAST)) / OCTAVE
        return math.hypot(colour, sharp)

    def after(self, pictures: Tensor, source: Tensor | None = None) -> DriftMeter:
        """With one more block (T, 3, H, W) in [0, 1] looked at, and what it was made of.

        Reads seven numbers back from the device.
        """
        looks = measured(pictures)
        if source is not None:
            looks = looks.beside(measured(source))
        seen = self.seen + len(pictures)
        if not self.settled:
            share = len(pictures) / seen
            beginning = looks if self.beginning is None else self.beginning.mixed(looks, share)
            return replace(self, seen=seen, beginning=beginning, now=beginning)
        now = looks if self.now is None else looks.mixed(self.now, SMOOTH)
        return replace(self, seen=seen, now=now)

    def anew(self) -> DriftMeter:
        """The meter with its beginning still to come: after another prompt, or a cut."""
        return DriftMeter(self.first)

    def forgiven(self) -> DriftMeter:
        """The meter with what it knows of the beginning, and nothing of now."""
        return replace(self, now=self.beginning)


def measured(pictures: Tensor) -> Looks:
    """Looks of pictures (T, 3, H, W) in [0, 1], of the block's middle one."""
    expect_frames(pictures)
    picture = pictures[len(pictures) // 2][None].float()
    rows, columns = (min(side, LOOKED_AT) for side in picture.shape[2:])
    picture = resize(picture, height=rows, width=columns, filter="area").clamp(0, 1)
    lab = rgb_to_oklab(picture).flatten(2)[0]  # (3, N)
    sharp = Sharpness().score(picture, None)  # s / (s + full), turned back into s below
    found = torch.cat([lab.mean(1), lab.std(1, unbiased=False), sharp]).tolist()
    return Looks(tuple(found[:-1]), found[-1] / max(1e-6, 1 - found[-1]))


def brought_back(latents: Tensor, like: Tensor) -> Tensor:
    """Latents (1, F, C, h, w) with the mean and spread of each channel of others: their light and
    colours as they were, what they show as it is.

    Huang and Belongie 2017, eq. 8 (AdaIN), over frames and places together.
    """
    axes = (1, 3, 4)
    mean, spread = latents.mean(axes, keepdim=True), latents.std(axes, keepdim=True)
    wanted, width = like.mean(axes, keepdim=True), like.std(axes, keepdim=True)
    return (latents - mean) / spread.clamp_min(1e-4) * width.to(latents) + wanted.to(latents)
