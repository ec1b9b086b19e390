"""Latents to train on, without a disk."""

from __future__ import annotations

import torch

from assets.recipes.video_latents import LatentPool
from assets.recipes.video_moves import LAGS


class Given(LatentPool):
    """Clips of noise."""

    def __init__(self) -> None:
        self.kept = torch.randn(6, 13, 16, 4, 4)
        self.texts = ["a red orb, pan left"] * 6

    def refresh(self) -> None: ...

    def take(self, index: torch.Tensor) -> torch.Tensor:
        return self.kept[index]

    def things(self, index: torch.Tensor) -> torch.Tensor:
        return torch.tensor([0.5, 0.5, 0.3]).expand(len(index), 13, 3)

    def cameras(self, index: torch.Tensor) -> torch.Tensor:
        return torch.tensor([1.0, 0.0, -0.5]).expand(len(index), 13, 3)

    def moves(self, index: torch.Tensor) -> torch.Tensor:
        return torch.full((len(index), 13, LAGS, 2, 4, 4), 0.02)
