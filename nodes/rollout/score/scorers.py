"""Judges of pictures that need no weights: how sharp, how unbroken, how true to its colours.

A critic gives each frame of a clip a number in [0, 1], higher is better, so that best-of, drift
meters and governors work with any of them, with several weighed against each other, or with a
network (`score_onnx.py`). Frames are (T, 3, H, W) in [0, 1].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import torch
from torch import Tensor

from engine.errors import ParamError
from kernels.color import luma, rgb_to_oklab
from kernels.filters import box_blur, sobel
from kernels.resize import resize
from kernels.warp import backward_warp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.values import Prompt

LOOKED_AT = 64  # rows and columns of the picture that motion is judged on
LEVELS = (16, 32, 64)
ROUNDS = 3  # of Lucas and Kanade's step on each level
REACH = 3.0  # pixels that a point's neighbourhood reaches each way
STIFFNESS = 1e-4  # keeps points without texture where they are

Pooling = Literal["min", "mean", "quantile"]


class Critic(Protocol):
    """Judges the frames of a clip, which may be shown with the text that they are to follow."""

    def score(self, frames: Tensor, prompt: Prompt | None) -> Tensor:
        """(T, 3, H, W) in [0, 1] -> (T,) float32, higher is better."""
        ...


@dataclass(frozen=True)
class Sharpness:
    """How steep the brightness is on the steepest tenth of a picture; blur and haze lose.

    full: the steepness that scores 1/2, in brightness per pixel.
    """

    full: float = 0.1

    def score(self, frames: Tensor, prompt: Prompt | None) -> Tensor:
        del prompt
        expect_frames(frames)
        steep = sobel(frames.float()).norm(dim=1).flatten(1) / 2
        best = steep.topk(max(1, steep.shape[1] // 10), dim=1).values.mean(1)
        return best / (best + self.full)


@dataclass(frozen=True)
class FlowSeam:
    """How well each frame goes on from the one before: a cut, a flash or a jerk loses.

    Brightness is followed from frame to frame (Lucas and Kanade 1981, coarse to fine); what motion
    does not explain counts by `flash`, a change of the motion itself by `jerk`, in pixels of a
    picture 64 pixels wide. A clip's first frame has the second's score.
    """

    flash: float = 0.05
    jerk: float = 4.0

    def score(self, frames: Tensor, prompt: Prompt | None) -> Tensor:
        del prompt
        expect_frames(frames)
        if len(frames) < 2:
            return frames.new_ones(len(frames), dtype=torch.float32)
        grey = _small(luma(frames.float()))
        flow = motion(grey[1:], grey[:-1])
        carried, inside = backward_warp(grey[:-1], flow)
        unexplained = ((carried - grey[1:]).abs() * inside).flatten(1).mean(1)
        changed = torch.zeros_like(unexplained)
        changed[1:] = (flow[1:] - flow[:-1]).norm(dim=1).flatten(1).mean(1)
        smooth = torch.exp(-unexplained / self.flash - changed / self.jerk)
        return torch.cat([smooth[:1], smooth])


@dataclass(frozen=True, eq=False)
class ColourDrift:
    """How near a picture's colours are to a reference: burn-out, fading and tints lose.

    Compared are the means and spreads of lightness and the two colour axes (Oklab). reference
    (N, 3, H, W); None takes the clip's first frame. scale: the distance that scores 1/e.
    """

    reference: Tensor | None = None
    scale: float = 0.1

    def score(self, frames: Tensor, prompt: Prompt | None) -> Tensor:
        del prompt
        expect_frames(frames)
        own = _colours(frames)
        given = own[:1] if self.reference is None else _colours(self.reference.to(frames))
        distance = (own - given.mean(0, keepdim=True)).norm(dim=1)
        return torch.exp(-distance / self.scale)


@dataclass(frozen=True)
class Weighed:
    """Several critics as one: the weighted mean of what they say."""

    parts: tuple[tuple[Critic, float], ...]

    def __post_init__(self) -> None:
        if not self.parts or any(not weight >= 0 for _, weight in self.parts):
            raise ParamError("weighed critics take at least one, and weights of at least 0")
        if sum(weight for _, weight in self.parts) == 0:
            raise ParamError("the critics' weights are all 0: raise one of them")

    def score(self, frames: Tensor, prompt: Prompt | None) -> Tensor:
        total = sum(weight for _, weight in self.parts)
        said = [critic.score(frames, prompt) * (weight / total) for critic, weight in self.parts]
        return torch.stack(said).sum(0)


def pooled(scores: Tensor, how: Pooling = "min", *, quantile: float = 0.1) -> Tensor:
    """One number () for a clip out of the scores (T,) of its frames.

    "min" is SDVG's worst-frame reward (eq. 3): one broken frame spoils a block that is fine on
    average; a low quantile forgives a single one.
    """
    if scores.ndim != 1 or len(scores) == 0:
        raise ParamError(f"scores are (T,) of at least one frame, not {tuple(scores.shape)}")
    if not 0 <= quantile <= 1:
        raise ParamError(f"quantile is {quantile:g}; it goes from 0 to 1")
    pools = {"min": torch.amin, "mean": torch.mean}
    if how in pools:
        return pools[how](scores.float())
    return torch.quantile(scores.float(), quantile)


def motion(to: Tensor, source: Tensor) -> Tensor:
    """Flow (B, 2, H, W) in pixels from each picture of `to` to where it is in `source`, both
    (B, 1, H, W).

    Lucas and Kanade 1981, iterated and coarse to fine; `backward_warp(source, flow)` is `to`.
    """
    height, width = to.shape[2:]
    flow = to.new_zeros(len(to), 2, 1, 1)
    for level in LEVELS:
        rows, columns = min(level, height), min(level, width)
        scale = to.new_tensor([columns / flow.shape[3], rows / flow.shape[2]])
        flow = resize(flow, height=rows, width=columns) * scale.view(1, 2, 1, 1)
        here, there = (resize(x, height=rows, width=columns) for x in (to, source))
        for _ in range(ROUNDS):
            flow = _nearer(flow, here, there)
    return flow


def _nearer(flow: Tensor, to: Tensor, source: Tensor) -> Tensor:
    """One step of Lucas and Kanade: the shift of each neighbourhood that explains what is left."""
    carried, _ = backward_warp(source, flow)
    gx, gy = (sobel(carried) / 2).split(1, dim=1)
    left = to - carried
    xx, xy, yy, xt, yt = box_blur(
        torch.cat([gx * gx, gx * gy, gy * gy, gx * left, gy * left], dim=1), REACH
    ).split(1, dim=1)
    xx, yy = xx + STIFFNESS, yy + STIFFNESS
    area = xx * yy - xy * xy
    step = torch.cat([yy * xt - xy * yt, xx * yt - xy * xt], dim=1) / area
    return flow + step.clamp(-2, 2)


def _small(grey: Tensor) -> Tensor:
    height, width = (min(side, LOOKED_AT) for side in grey.shape[2:])
    return resize(grey, height=height, width=width, filter="area")


def _colours(frames: Tensor) -> Tensor:
    """Mean and spread of a picture's Oklab channels, (T, 6)."""
    lab = rgb_to_oklab(frames.float()).flatten(2)
    return torch.cat([lab.mean(2), lab.std(2, unbiased=False)], dim=1)


def expect_frames(frames: Tensor) -> None:
    """Raises ParamError where frames are not (T, 3, H, W)."""
    if frames.ndim != 4 or frames.shape[1] != 3:
        raise ParamError(f"a critic takes frames (T, 3, H, W), not {tuple(frames.shape)}")


def best(scores: Sequence[Tensor]) -> int:
    """Which of several candidates' pooled scores is the highest; the first of equals."""
    return int(torch.stack(list(scores)).argmax())
