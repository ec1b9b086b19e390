"""How much noise a moving picture bears: StreamDiffusionV2's motion-aware noise controller.

Fast motion lowers the noise, so that what moves keeps its outline; a still scene gets all of it.
The past is one frozen value.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from engine.errors import ParamError

if TYPE_CHECKING:
    from torch import Tensor

FULL = 0.2  # difference of two pictures in [-1, 1] that counts as all the motion there is
LOWERED = 0.1  # strength that full motion takes away
NEW = 0.9  # weight of the newest chunk
SPAN = 2.0  # a difference in [0, 1] is so much larger in [-1, 1]


@dataclass(frozen=True, eq=False)
class MotionNoise:
    """The strength so far, None before the first chunk, and the last picture (3, H, W)."""

    strength: float | None = None
    last: Tensor | None = None

    def after(self, pictures: Tensor, strength: float) -> MotionNoise:
        """With one more chunk (T, 3, H, W) in [0, 1], where `strength` is what is asked for.

        `streamv2v/inference.py`, compute_noise_scale_and_step:
        s = 0.9 (s_init - 0.1 m) + 0.1 s_previous with m = min(1, d / 0.2). Reads one number back
        from the device.
        """
        if not 0 < strength <= 1:
            raise ParamError(
                f"strength is {strength:g}; it goes from above 0 (the source) to 1 (only noise)"
            )
        same = self.last is not None and self.last.shape == pictures.shape[1:]
        before = self.last if same else None
        share = min(1.0, motion_of(pictures, before) / FULL)
        previous = strength if self.strength is None else self.strength
        new = NEW * (strength - LOWERED * share) + (1 - NEW) * previous
        return MotionNoise(min(1.0, max(new, 1e-3)), pictures[-1].clone())


def motion_of(pictures: Tensor, before: Tensor | None = None) -> float:
    """The largest RMS difference of two pictures in a row, as of pictures in [-1, 1].

    pictures (T, 3, H, W) in [0, 1]; `before` (3, H, W) came before them.
    """
    if pictures.ndim != 4:
        raise ParamError(f"a chunk of pictures is (T, 3, H, W), not {tuple(pictures.shape)}")
    if before is not None:
        pictures = torch.cat([before[None].to(pictures), pictures])
    if len(pictures) < 2:
        return 0.0
    steps = (pictures[1:].float() - pictures[:-1].float()).square().flatten(1).mean(1)
    return SPAN * math.sqrt(steps.amax().item())
