"""A ring of frames whose sink is renewed when the picture no longer resembles it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.nn.functional import cosine_similarity

from engine.errors import ParamError
from nodes.rollout.memory.policy import (
    MemoryPolicy,
    expect_window,
    room,
    sinks_of,
    window_mismatch,
)
from nodes.rollout.memory.window import windowed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from nodes.models.video_model import RolloutCard
    from nodes.rollout.kv_cache import KVCache, Page

STALE = "stale"
OFF = -1.0


@dataclass(frozen=True)
class Ring(MemoryPolicy):
    """StreamDiffusionV2's sink-token-guided rolling cache (its sheet, section 5).

    A frame of the sink whose pooled keys and values have fallen below `threshold` in cosine
    similarity to the newest frame's gives its place up to the next frame, which is then an anchor
    in its stead. A threshold of -1 never renews. Attention does not see in which order keys lie, so
    a ring that overwrites and this cache, which stays in the order of time, are one. The layers of
    the original decide each for itself; here one decision is made of their mean, for a page is a
    frame at every layer.
    """

    name = "ring"
    frames: int = 6
    sink: int = 3
    threshold: float = 0.2

    def __post_init__(self) -> None:
        expect_window(self.frames, self.sink)
        if not -1 <= self.threshold <= 1:
            raise ParamError(
                f"a threshold of {self.threshold:g} is no cosine: make it -1 (never renew) to 1"
            )

    def admit(self, cache: KVCache, block: int) -> KVCache:
        return windowed(_without_stale(cache), self.sink, room(self.frames, self.sink, block))

    def commit(self, cache: KVCache, new: tuple[Page, ...]) -> KVCache:
        cache = cache.whole()
        for page in new:
            cache = self._written(cache, page)
        return cache

    def _written(self, cache: KVCache, page: Page) -> KVCache:
        """One frame more: it takes the place of a stale anchor, or of the oldest that is none."""
        before = _without_stale(cache)
        renews = before is not cache
        anchors = self.sink - 1 if renews else self.sink
        kept = windowed(before, anchors, self.frames - anchors - 1)
        return self._judged(kept.append([page.tagged(pinned=renews)]))

    def _judged(self, cache: KVCache) -> KVCache:
        """The cache with the anchor marked that no longer resembles its newest frame."""
        newest = cache.pages[-1]
        if self.threshold <= OFF or not self.sink or not newest.k or cache.frames < self.frames:
            return cache
        sinks = sorted(sinks_of(cache.pages, self.sink))
        alike = resemblance([cache.pages[at] for at in sinks], newest).tolist()
        least, at = min(zip(alike, sinks, strict=True))
        if least >= self.threshold:
            return cache
        return cache.replace(at, cache.pages[at].tagged(label=STALE))

    def matches(self, card: RolloutCard) -> str | None:
        return window_mismatch(self.name, self.frames, self.sink, card)


def resemblance(sinks: Sequence[Page], newest: Page) -> Tensor:
    """How like each anchor is to a frame: cosine of token-pooled keys and of values, averaged over
    the two and over the layers; (anchors,) in [-1, 1].
    """
    pooled = torch.stack([_pooled(page) for page in sinks])
    return cosine_similarity(pooled, _pooled(newest), dim=-1).mean(-1)


def _pooled(page: Page) -> Tensor:
    """The mean over tokens of each layer's keys and values, (2*layers, B*heads*d)."""
    return torch.stack([part.float().mean(1).flatten() for part in (*page.k, *page.v)])


def _without_stale(cache: KVCache) -> KVCache:
    return cache.keep(at for at, page in enumerate(cache.pages) if page.tag.label != STALE)
