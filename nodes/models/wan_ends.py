"""What a small network sees beside its tokens: convolutions over whole latents before the first
layer and behind the last, as in a U-Net whose deep stages are the transformer.

A patch of four cells in a few hundred numbers loses what lies beside what, and a small transformer
takes long to learn it again; convolutions know it from the start (compare U-ViT, Bao et al. 2023,
and the convolutional stem of Xiao et al. 2021).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

GROUPS = 8  # of a normalisation


class Ends(nn.Module):
    """Convolutions of `width` channels, frame by frame, told the time by (B, F, dim)."""

    def __init__(self, channels: int, out_channels: int, width: int, dim: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, width, 3, padding=1)
        self.before = FineBlock(width, dim)
        self.after = nn.ModuleList([FineBlock(width, dim), FineBlock(width, dim)])
        self.last = nn.Conv2d(width, out_channels, 3, padding=1)

    def seen(self, x: Tensor, time: Tensor) -> Tensor:
        """(B, F, width, h, w) of latents and what steers them, (B, F, channels, h, w)."""
        flat = x.flatten(0, 1).contiguous(memory_format=torch.channels_last)
        return self.before(self.first(flat), time.flatten(0, 1)).unflatten(0, x.shape[:2])

    def drawn(self, seen: Tensor, told: Tensor, time: Tensor) -> Tensor:
        """(B, F, out_channels, h, w) of what was seen and what the layers tell of every cell, both
        (B, F, width, h, w)."""
        fine = (seen + told).flatten(0, 1).contiguous(memory_format=torch.channels_last)
        for block in self.after:
            fine = block(fine, time.flatten(0, 1))
        return self.last(F.silu(fine)).unflatten(0, seen.shape[:2])


class FineBlock(nn.Module):
    """Two convolutions beside a skip, scaled and shifted by the time."""

    def __init__(self, width: int, dim: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList([nn.GroupNorm(GROUPS, width) for _ in range(2)])
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        self.time = nn.Linear(dim, 2 * width)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """x (N, width, h, w), time (N, dim)."""
        scale, shift = self.time(F.silu(time))[..., None, None].chunk(2, 1)
        hidden = self.first(F.silu(self.norms[0](x)))
        hidden = self.norms[1](hidden) * (1 + scale) + shift
        return x + self.second(F.silu(hidden))
