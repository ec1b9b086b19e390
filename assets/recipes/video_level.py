"""Brings every latent channel to one deviation, in the autoencoder's own weights, so that the noise
of the diffusion drowns the details no earlier than the colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from pathlib import Path

    from nodes.models.taehv import Taehv

WANTED = 0.8  # the decoder's bound bends what is beyond 1.5


class Levels(NamedTuple):
    """Mean and deviation (C,) of every channel once a stream runs, and the deviation of a stream's
    first latent, which is made without a memory."""

    mean: Tensor
    spread: Tensor
    first: Tensor


def measure(folder: Path, *, chunks: int = 12) -> Levels:
    """The levels of the first chunks of latents (N, F, C, h, w) on disk."""
    paths = sorted(folder.glob("[0-9]*.pt"))[:chunks]
    kept = torch.cat([torch.load(path, weights_only=True)["whole"].float() for path in paths])
    running = kept[:, 1:]
    return Levels(running.mean((0, 1, 3, 4)), running.std((0, 1, 3, 4)), kept[:, 0].std((0, 2, 3)))


@torch.no_grad()
def level_vae(vae: Taehv, levels: Levels) -> None:
    """z becomes (z - mean) * WANTED / spread: the encoder's last layer does it, the decoder's first
    undoes it, but for its bound and the picture's very edge."""
    gain = WANTED / levels.spread
    last, first = vae.encoder[-1], next(m for m in vae.decoder if isinstance(m, nn.Conv2d))
    assert isinstance(last, nn.Conv2d)
    assert last.bias is not None
    assert first.bias is not None
    last.weight *= gain[:, None, None, None]
    last.bias.copy_((last.bias - levels.mean) * gain)
    first.bias += (first.weight.sum((2, 3)) * levels.mean).sum(1)
    first.weight /= gain[None, :, None, None]


def level_latents(folder: Path, levels: Levels) -> None:
    """Rewrites the latents on disk; the first of a clip is brought to the level of the others."""
    gain = WANTED / levels.spread
    quiet = (levels.spread / levels.first).clamp_max(1)
    for path in sorted(folder.glob("[0-9]*.pt")):
        kept = torch.load(path, weights_only=True)
        for key in ("whole", "half"):
            part = (kept[key].float() - levels.mean[:, None, None]) * gain[:, None, None]
            part[:, 0] *= quiet[:, None, None]
            kept[key] = part.half()
        torch.save(kept, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)
