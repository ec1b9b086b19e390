"""Finished latents run through the network to make their keys: a start, a new prompt, a rewind."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Literal

import torch

from nodes.rollout.block_view import BlockView
from nodes.rollout.kv_cache import KVCache
from nodes.rollout.memory.policy import Again, MemoryPolicy, sinks_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

    from nodes.models.causal_wan import CausalWan, TextKeys
    from nodes.models.video_model import RolloutCard
    from nodes.rollout.kv_cache import Page, PageTag
    from nodes.rollout.rope_plan import RopePlan


def prefill(
    network: CausalWan,
    latents: Tensor,
    tags: Sequence[PageTag],
    text: TextKeys,
    *,
    policy: MemoryPolicy,
    plan: RopePlan,
    mask: Literal["block_causal", "full"] = "block_causal",
    level: float = 0.0,
    cache: KVCache | None = None,
) -> KVCache:
    """The cache after latents (B, R, C, h, w) were read at timestep `level`, behind `cache`.

    tags: one a frame; frames of one `block` see each other. "full" reads all R at once, and each
    sees all of them and all of `cache`.
    """
    cache = cache or KVCache()
    reader = policy.now() if mask == "block_causal" else Unbounded(policy.now())
    for rows in _blocks(tags, whole=mask == "full"):
        view = BlockView(
            cache,
            tags[rows],
            plan,
            reader,
            network.grid(*latents.shape[-2:]),
            network.config.head_dim,
            key_values=network.key_values,
        )
        past, x = view.call(level), latents[:, rows]
        network(x, x.new_full(x.shape[:2], level, dtype=torch.float32), text, past)
        cache = reader.commit(cache, past.pages())
    return cache


def recache(
    network: CausalWan,
    cache: KVCache,
    latents: Tensor,
    tags: Sequence[PageTag],
    text: TextKeys,
    *,
    policy: MemoryPolicy,
    plan: RopePlan,
    how: Again,
    level: float = 0.0,
) -> KVCache:
    """The memory made anew from the finished latents (B, R, C, h, w) at its end: LongLive's
    `_recache_after_switch`.

    tags say which frames the latents are and under which prompt they are read now. With the sink
    kept, frames that are in it stay, and so many fewer of the others are read as it is long: those
    that LongLive reads and does not store can be seen by nobody.
    """
    anchors = _anchors(cache, policy) if how.keep_sink else ()
    held = {tag.frame for page in anchors for tag in page.tags}
    rows = [at for at, tag in enumerate(tags) if tag.frame not in held]
    count = min(how.frames, len(tags)) - len(anchors)
    rows = rows[-count:] if count > 0 else []
    if not rows:
        return KVCache(anchors)
    return prefill(
        network,
        latents[:, rows],
        [tags[at] for at in rows],
        text,
        policy=policy,
        plan=plan,
        mask=how.mask,
        level=level,
        cache=KVCache(anchors),
    )


@dataclass(frozen=True)
class Unbounded(MemoryPolicy):
    """Another policy's memory, of which a block sees everything."""

    name = "unbounded"
    inner: MemoryPolicy

    @property
    def needs_residual(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.inner.needs_residual

    def admit(self, cache: KVCache, block: int) -> KVCache:
        del block
        return cache

    def commit(self, cache: KVCache, new: tuple[Page, ...]) -> KVCache:
        return self.inner.commit(cache, new)

    def matches(self, card: RolloutCard) -> str | None:
        return self.inner.matches(card)


def _blocks(tags: Sequence[PageTag], *, whole: bool) -> Iterator[slice]:
    """Where the frames of each block lie."""
    if whole:
        yield slice(0, len(tags))
        return
    first = 0
    for _, group in groupby(tags, key=lambda tag: tag.block):
        last = first + len(list(group))
        yield slice(first, last)
        first = last


def _anchors(cache: KVCache, policy: MemoryPolicy) -> tuple[Page, ...]:
    chosen = sinks_of(cache.pages, getattr(policy.now(), "sink", 0))
    return cache.keep(chosen).pages
