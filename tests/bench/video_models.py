"""Video models of the public sizes with random weights, and what one block of them must cost."""

from __future__ import annotations

import time
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nodes.models.causal_wan import CausalWan
from nodes.models.taehv import Taehv
from nodes.models.video_card import LONGLIVE
from nodes.models.video_model import RolloutCard, VideoModel, weights_bytes
from nodes.models.video_plan import parameters
from nodes.models.wan_config import SIZES


@dataclass
class Words:
    """Stands for a text encoder: 512 random tokens, the same for the same text."""

    dim: int = 4096
    length: int = 512

    def encode(self, text: str) -> Tensor:
        generator = torch.Generator().manual_seed(len(text))
        return torch.randn(1, self.length, self.dim, generator=generator)


def random_model(name: str, device: torch.device, dtype: torch.dtype) -> VideoModel:
    """A network of a public size with the tiny autoencoder of Wan, in LongLive's form."""
    with torch.device("meta"):
        network, vae = CausalWan(SIZES[name]), Taehv()
    for part in (network, vae):
        part.to(dtype).to_empty(device=device).eval().requires_grad_(False)
        _fill(part)
    size = weights_bytes(network) + weights_bytes(vae)
    return VideoModel(network, vae, Words(), LONGLIVE, name, size)


def operations(name: str, card: RolloutCard, tokens: int, steps: int) -> float:
    """Multiplications and additions of one block behind a full window, without the autoencoder.

    Twice the weights for each token, and four times width and keys for each token and layer.
    """
    config = SIZES[name]
    block, keys = card.block * tokens, card.window * tokens
    once = 2 * parameters(config) * block + 4 * block * keys * config.dim * config.layers
    return once * (steps + card.clean_pass)


def matrix_rate(device: torch.device, dtype: torch.dtype, side: int = 8192) -> float:
    """Operations a second of one large matrix product, the best of several."""
    a, b = (torch.randn(side, side, device=device, dtype=dtype) for _ in range(2))
    best = 0.0
    for _ in range(8):
        torch.cuda.synchronize(device)
        began = time.perf_counter()
        for _ in range(4):
            a @ b
        torch.cuda.synchronize(device)
        best = max(best, 4 * 2 * side**3 / (time.perf_counter() - began))
    return best


def _fill(module: nn.Module) -> None:
    for parameter in module.parameters():
        if parameter.ndim > 1:
            parameter.normal_(std=0.02)
        else:
            parameter.fill_(0.02)
