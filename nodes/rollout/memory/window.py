"""A window over the newest frames, and the first ones kept for ever: the sink."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nodes.rollout.memory.policy import (
    MemoryPolicy,
    expect_window,
    room,
    sinks_of,
    window_mismatch,
)

if TYPE_CHECKING:
    from nodes.models.video_model import RolloutCard
    from nodes.rollout.kv_cache import KVCache, Page


@dataclass(frozen=True)
class Window(MemoryPolicy):
    """Keeps `sink` anchors and the newest frames, `frames` in all with the block being made.

    Self-Forcing's `local_attn_size` and LongLive's frame sink (sheets, section 5 and 4): a block of
    f frames sees the sink and the newest frames - sink - f others. The anchors are the pinned pages
    if there are any, else the oldest.
    """

    name = "window"
    frames: int = 12
    sink: int = 3

    def __post_init__(self) -> None:
        expect_window(self.frames, self.sink)

    def admit(self, cache: KVCache, block: int) -> KVCache:
        return windowed(cache, self.sink, room(self.frames, self.sink, block))

    def commit(self, cache: KVCache, new: tuple[Page, ...]) -> KVCache:
        return windowed(cache.append(new), self.sink, self.frames - self.sink)

    def matches(self, card: RolloutCard) -> str | None:
        return window_mismatch(self.name, self.frames, self.sink, card)


def windowed(cache: KVCache, sink: int, newest: int) -> KVCache:
    """The anchors and the newest pages beside them."""
    count = len(cache.pages)
    if count <= sink + newest:
        return cache
    anchors = sinks_of(cache.pages, sink)
    others = [at for at in range(count) if at not in anchors]
    return cache.keep((*anchors, *others[len(others) - newest :]))
