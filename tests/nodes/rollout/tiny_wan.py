"""A causal Wan of 2 layers with random weights, and rollouts over it for the tests of memory."""

from __future__ import annotations

import torch
from torch import Tensor

from nodes.models.causal_wan import CausalWan, TextKeys
from nodes.models.wan_config import WanConfig
from nodes.rollout.block_view import BlockView
from nodes.rollout.kv_cache import KVCache, PageTag
from nodes.rollout.memory.policy import MemoryPolicy
from nodes.rollout.rope_plan import Absolute, RopePlan

CONFIG = WanConfig(
    dim=48, ffn=64, heads=3, layers=2, channels=4, out_channels=4, freq_dim=32, text_dim=8,
    text_len=4,
)  # fmt: skip
SIZE = (4, 6)  # of a latent: 2 x 3 tokens
GRID = (2, 3)
HEAD_DIM = CONFIG.head_dim


def network(seed: int = 0) -> CausalWan:
    """Random weights everywhere, the head that starts at zero included."""
    torch.manual_seed(seed)
    made = CausalWan(CONFIG).eval().requires_grad_(False)
    torch.nn.init.normal_(made.head.head.weight, std=0.2)
    return made


def text(made: CausalWan, seed: int = 1) -> TextKeys:
    return made.embed_text(
        torch.randn(1, 3, CONFIG.text_dim, generator=torch.Generator().manual_seed(seed))
    )


def latents(frames: int, seed: int = 2) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(1, frames, CONFIG.channels, *SIZE, generator=generator)


def levels(frames: int, level: float = 0.0) -> Tensor:
    return torch.full((1, frames), level)


def tags(first: int, frames: int, block: int = 0, **more: int) -> list[PageTag]:
    return [PageTag(first + at, block, **more) for at in range(frames)]


def view(
    cache: KVCache, first: int, frames: int, policy: MemoryPolicy, plan: RopePlan, made: CausalWan
) -> BlockView:
    block = tags(first, frames, first // frames)
    return BlockView(cache, block, plan, policy, GRID, HEAD_DIM, key_values=made.key_values)


def stream(
    made: CausalWan,
    x: Tensor,
    policy: MemoryPolicy,
    block: int = 1,
    plan: RopePlan | None = None,
    cache: KVCache | None = None,
    first: int = 0,
) -> tuple[Tensor, KVCache]:
    """What the network says of clean latents block by block, and what is remembered at the end."""
    cache, said, keys = cache or KVCache(), [], text(made)
    for at in range(0, x.shape[1], block):
        past = view(cache, first + at, block, policy, plan or Absolute(), made).call()
        said.append(made(x[:, at : at + block], levels(block), keys, past))
        cache = policy.commit(cache, past.pages())
    return torch.cat(said, dim=1), cache
