"""The judge that few-step students learn from: it tells latents of true pictures from made ones,
patch by patch and as a whole, given the words.

Of squared errors a small student learns the mean of what may be, which is mist; what a judge
cannot tell from the worlds has their edges (Sauer et al. 2024, adversarial diffusion distillation;
hinge losses). So that its word has a slope to follow, it may not change much where true pictures
change little (Lin et al. 2025, APT, an approximation of the penalty R1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from assets.recipes.loop import descend
from assets.recipes.precision import mixed

if TYPE_CHECKING:
    from torch.optim import Optimizer

SLOPE = 0.2
LITTLE, STEADY = 0.1, 10.0  # how far true pictures are changed, and what a change of mind costs
HUBER = 0.03
COARSE = 4  # cells of latents, whose mean is colour and place


class Scores(NamedTuple):
    """How true each patch is, (B, 1, h/2, w/2), and each larger part with its words, (B, 1, h/4,
    w/4)."""

    patches: Tensor
    parts: Tensor

    def looks(self) -> Tensor:
        """How true all of it is."""
        return self.patches.mean() + self.parts.mean()


class LatentJudge(nn.Module):
    """Scores latents (B, channels, h, w), h and w multiples of 4, beside words (B, words)."""

    def __init__(self, channels: int, words: int, width: int = 64) -> None:
        super().__init__()
        self.near = nn.Sequential(
            _conv(channels, width, 3, 1),
            nn.LeakyReLU(SLOPE),
            _conv(width, 2 * width, 4, 2),
            nn.LeakyReLU(SLOPE),
            _conv(2 * width, 2 * width, 3, 1),
            nn.LeakyReLU(SLOPE),
        )
        self.far = nn.Sequential(
            _conv(2 * width, 2 * width, 4, 2),
            nn.LeakyReLU(SLOPE),
            _conv(2 * width, 2 * width, 3, 1),
            nn.LeakyReLU(SLOPE),
        )
        self.patch, self.part = _conv(2 * width, 1, 1, 1), _conv(2 * width, 1, 1, 1)
        self.words = nn.Linear(words, 2 * width, bias=False)

    def forward(self, latents: Tensor, words: Tensor) -> Scores:
        near = self.near(latents)
        far = self.far(near)
        meant = (far * self.words(words)[..., None, None]).sum(1, keepdim=True)
        return Scores(self.patch(near).float(), (self.part(far) + meant).float())


class Judging:
    """A judge with its optimiser."""

    def __init__(self, judge: LatentJudge, peak: float) -> None:
        self.judge, self._peak = judge, peak
        self.optimizer: Optimizer = torch.optim.AdamW(
            judge.parameters(), lr=peak, betas=(0.5, 0.9), weight_decay=0.0
        )

    def looks(self, made: Tensor, words: Tensor) -> Tensor:
        """How true what was made looks; its gradient goes to what was made, not to the judge."""
        self.judge.requires_grad_(False)
        with mixed(made.device):
            scores = self.judge(made, words)
        self.judge.requires_grad_(True)
        return scores.looks()

    def learn(self, true: Tensor, made: Tensor, words: Tensor) -> Tensor:
        """One step: above 1 for what is true, below -1 for what was made. Returns the loss."""
        shaken = true + LITTLE * torch.randn_like(true)
        with mixed(true.device):
            every = (self.judge(part, words) for part in (true, made.detach(), shaken))
        told, swayed = true.new_zeros(()), true.new_zeros(())
        for real, fake, other in zip(*every, strict=True):
            told = told + F.relu(1 - real).mean() + F.relu(1 + fake).mean()
            swayed = swayed + ((real - other) ** 2).mean()
        descend(self.optimizer, told + STEADY * swayed, self._peak)
        return told.detach()


def held(made: Tensor, was: Tensor, wanted: Tensor, seen: Tensor) -> Tensor:
    """How far colours and places, the means of cells, went from what they were, and all from what
    was wanted, as far as the noise let that be seen; latents (B, C, h, w), seen (B,) in 0..1."""
    moved = _huber(F.avg_pool2d(made, COARSE) - F.avg_pool2d(was, COARSE)).mean()
    return moved + (seen[:, None, None, None] * _huber(made - wanted)).mean()


def _huber(gap: Tensor) -> Tensor:
    return (gap**2 + HUBER**2).sqrt() - HUBER


def _conv(inner: int, outer: int, kernel: int, stride: int) -> nn.Module:
    return nn.Conv2d(inner, outer, kernel, stride, padding=(kernel - 1) // 2)
