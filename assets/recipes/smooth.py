"""What keeps an autoencoder's latents smooth, so that a small denoiser learns them soon: a picture
between two places lies between two latents, and what shows little in the picture stays small."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F

if TYPE_CHECKING:
    from torch import Tensor

ROUGH = 0.01
LARGE = 0.001


def moved_both(latents: Tensor, crops: Tensor) -> tuple[Tensor, Tensor]:
    """Latents (..., C, h, w) and the pictures (..., 3, H, W) that they should then give, both at
    half the size or both moved by half a cell (Kouzelis et al. 2025, EQ-VAE)."""
    if torch.rand(()) < 0.5:
        return _halved(latents), _halved(crops)
    half = crops.shape[-1] // latents.shape[-1] // 2
    if torch.rand(()) < 0.5:
        return (latents[..., 1:] + latents[..., :-1]) / 2, crops[..., half:-half]
    return (latents[..., 1:, :] + latents[..., :-1, :]) / 2, crops[..., half:-half, :]


def _halved(pictures: Tensor) -> Tensor:
    """Means of 2 x 2 over the last two sides."""
    return F.avg_pool2d(pictures.flatten(0, -4), 2).unflatten(0, pictures.shape[:-3])


def calm_loss(latents: Tensor) -> Tensor:
    """What the numbers of latents (..., h, w) cost beside the noise that they must outdo, and above
    all their differences from cell to cell."""
    across, down = latents.diff(dim=-1), latents.diff(dim=-2)
    rough = (across**2).mean() + (down**2).mean()
    return ROUGH * rough + LARGE * (latents**2).mean()
