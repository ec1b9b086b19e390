"""Stage 6 of slipstream-video: one step of the student goes where several small ones would lead.

A few steps straight along a flow that bends end in its chords, and the picture is softer than the
flow's own. Here the student learns the mean of its teacher's flow over the whole step that the
card's schedule takes from each level (progressive distillation, Salimans & Ho 2022, of a schedule
that starts anywhere), so that strengths and other numbers of steps go on to work.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from assets.recipes.video_flow import Sample, shifted
from assets.recipes.video_parts import SCHEDULE
from assets.recipes.video_student import StudentStage
from nodes.rollout.flow import TRAINED, add_noise

if TYPE_CHECKING:
    from collections.abc import Callable

    from assets.recipes.video_onward import Stretch

WAY = 0.5  # of what a stride changes
SMALL_STEPS = 4  # of the teacher, in one of the student
STRIDE = max(a - b for a, b in pairwise((*SCHEDULE.raw, 0.0))) / TRAINED
LEAST = 1e-3  # levels apart; what is finished goes nowhere


class StrideStage(StudentStage):
    """Learns from itself as the stage before left it, and goes half of the way: those who stride
    all of it add blotches block by block."""

    name = "stride"

    def wanted(self, sample: Sample) -> Tensor:
        def flow(x: Tensor, sigma: Tensor) -> Tensor:
            # between x and x lies x at every level
            return self.supply.flow(sample._replace(x0=x, eps=x, sigma=sigma))

        return strode(flow, add_noise(sample.x0, sample.eps, sample.sigma), sample.sigma)

    def wanted_behind(self, part: Stretch) -> Tensor:
        call = part.calls[1]
        return strode(lambda x, sigma: call.flow(x, TRAINED * sigma[:, :1]), part.x, part.sigma)


def strode(flow: Callable[[Tensor, Tensor], Tensor], x: Tensor, sigma: Tensor) -> Tensor:
    """Between a flow and its mean over a step of the schedule from each frame's level: x
    (B, F, C, h, w), sigma (B, F); `flow` answers both, in float32."""
    levels = [after(sigma, part / SMALL_STEPS) for part in range(SMALL_STEPS + 1)]
    first = flow(x, sigma)
    now = x + (levels[1] - sigma)[..., None, None, None] * first
    for here, coming in pairwise(levels[1:]):
        now = now + (coming - here)[..., None, None, None] * flow(now, here)
    stride = (x - now) / (sigma - levels[-1]).clamp_min(LEAST)[..., None, None, None]
    return torch.lerp(first, stride, WAY)


def after(sigma: Tensor, share: float) -> Tensor:
    """The level a share of a step of the schedule behind this one."""
    raw = sigma / (SCHEDULE.shift - (SCHEDULE.shift - 1) * sigma)
    return torch.lerp(sigma, shifted((raw - STRIDE).clamp_min(0), SCHEDULE.shift), share)
