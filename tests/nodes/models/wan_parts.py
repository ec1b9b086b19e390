"""A little Wan network for tests, and two pasts that follow the seam: a mask, and a plain cache."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from kernels.attention import attention
from kernels.noise import gaussian
from kernels.rope import angles, rotate
from nodes.models.causal_wan import CausalWan
from nodes.models.wan_config import WanConfig

CONFIG = WanConfig(dim=96, ffn=192, heads=6, layers=2, text_dim=24, text_len=10)


def network(seed: int = 0, config: WanConfig = CONFIG) -> CausalWan:
    """A network as if trained: nothing in it is zero, and biases and norms matter."""
    made = CausalWan(config)
    for stream, parameter in enumerate(made.parameters()):
        noise = gaussian(tuple(parameter.shape), seed=seed, stream=stream)
        nn.init.zeros_(parameter).data += noise * (0.5 if parameter.ndim < 2 else 0.1)
    return made.eval().requires_grad_(False)


def with_control(channels: int) -> WanConfig:
    return replace(CONFIG, control_channels=channels)


def latents(frames: int, *, seed: int = 5, rows: int = 1) -> Tensor:
    return gaussian((rows, frames, 16, 4, 6), seed=seed, stream=0)


def prompt(rows: int, *, seed: int = 6) -> Tensor:
    return gaussian((1, rows, 24), seed=seed, stream=0)


class Masked:
    """All frames in one pass; `block` frames see each other and, of all before, the last
    `window` frames that end with their own block.
    """

    def __init__(
        self, frames: int, *, block: int = 0, window: int = 0, start: int = 0, grid=(2, 3)
    ) -> None:
        tokens = grid[0] * grid[1]
        at = torch.arange(frames, dtype=torch.float32) + start
        self.turn = angles(at, grid, CONFIG.head_dim)
        self.mask = self._mask(frames, block, window, tokens) if block else None

    def attend(self, layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return attention(rotate(q, *self.turn), rotate(k, *self.turn), v, self.mask)

    @staticmethod
    def _mask(frames: int, block: int, window: int, tokens: int) -> Tensor:
        at = torch.arange(frames)
        end = (at // block + 1) * block
        seen = at[None] < end[:, None]
        if window:
            seen &= at[None] >= end[:, None] - window
        return seen.repeat_interleave(tokens, 0).repeat_interleave(tokens, 1)


class Cache:
    """What was attended to before, un-rotated; the last `window` frames with those of the pass."""

    def __init__(self, *, window: int = 0, grid=(2, 3)) -> None:
        self.grid, self.window, self.start = grid, window, 0
        self.kept: dict[int, tuple[Tensor, Tensor]] = {}
        self.written: dict[int, tuple[Tensor, Tensor]] = {}

    def attend(self, layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        tokens = self.grid[0] * self.grid[1]
        own = q.shape[1] // tokens
        if layer in self.kept:
            k, v = (torch.cat(pair, 1) for pair in zip(self.kept[layer], (k, v), strict=True))
        if self.window:
            k, v = k[:, -self.window * tokens :], v[:, -self.window * tokens :]
        self.written[layer] = (k, v)
        end = self.start + own
        turned = angles(torch.arange(end, dtype=torch.float32), self.grid, CONFIG.head_dim)
        cos, sin = (part[-k.shape[1] :] for part in turned)
        mine = q.shape[1]
        return attention(rotate(q, cos[-mine:], sin[-mine:]), rotate(k, cos, sin), v)

    def commit(self, frames: int) -> None:
        self.kept, self.written = self.written, {}
        self.start += frames
