"""Guidance: what a noise prediction is pushed away from, and how many network rows that costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

GuidanceMode = Literal["none", "full", "self", "initialize"]
Denoise = Callable[[Tensor, Tensor, int], Tensor]
"""(x (R, C, h, w), timesteps (R,), k) -> noise like x; the first k rows are of the negative
prompt.
"""


@dataclass(frozen=True)
class Guidance:
    """How hard, and away from what, predictions are pushed (StreamDiffusion, section 3.2).

    none: not at all. full: away from the negative prompt, twice the rows. self: away from the input
    picture, no extra rows. initialize: away from the negative prompt as seen at the first step, F
    extra rows. `delta` scales the residual of the last two. Guidance acts only where `scale` is
    over 1.
    """

    mode: GuidanceMode = "none"
    scale: float = 1.0
    delta: float = 1.0

    @property
    def acts(self) -> bool:
        return self.mode != "none" and self.scale > 1

    def negatives(self, rows: int, entering: int) -> int:
        """How many rows with the negative prompt a call needs, `entering` at their first step."""
        if not self.acts:
            return 0
        return {"none": 0, "full": rows, "self": 0, "initialize": entering}[self.mode]


def predict(
    x: Tensor,
    timesteps: Tensor,
    residual: Tensor,
    guidance: Guidance,
    denoise: Denoise,
    *,
    entering: int,
) -> tuple[Tensor, Tensor]:
    """One network call: guided noise (R, C, h, w), and the residual that drift is measured from.

    `residual` is the noise that would lead each row back to its source picture; the first
    `entering` rows are at their first step.
    """
    negatives = guidance.negatives(len(x), entering)
    if not negatives:
        eps = denoise(x, timesteps, 0)
        away = residual * guidance.delta
    else:
        rows = torch.cat([x[:negatives], x])
        both = denoise(rows, torch.cat([timesteps[:negatives], timesteps]), negatives)
        negative, eps = both[:negatives], both[negatives:]
        if guidance.mode == "full":
            away = negative
        else:
            residual = torch.cat([negative, residual[negatives:]])
            away = residual * guidance.delta
    return (torch.lerp(away, eps, guidance.scale) if guidance.acts else eps), residual
