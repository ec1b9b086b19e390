"""A window whose keys are made anew when the prompt changes, so that the past obeys it too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from nodes.rollout.memory.policy import Again, MemoryPolicy, expect_window, room, window_mismatch
from nodes.rollout.memory.window import windowed

if TYPE_CHECKING:
    from nodes.models.video_model import RolloutCard
    from nodes.rollout.kv_cache import KVCache, Page


@dataclass(frozen=True)
class Recache(MemoryPolicy):
    """LongLive's KV-recache (its sheet, section 3): a window with a sink, read again at a prompt.

    mask "full" is what LongLive was tuned with, "block_causal" what its keys are made with between
    prompts. `keep_sink` is its global sink: the anchors keep the prompt that they were made with.
    Caches of noise levels are read again each in the noise of its step.
    """

    name = "recache"
    frames: int = 12
    sink: int = 3
    mask: Literal["block_causal", "full"] = "full"
    keep_sink: bool = True

    def __post_init__(self) -> None:
        expect_window(self.frames, self.sink)

    @property
    def on_prompt(self) -> Again:  # pyright: ignore[reportIncompatibleVariableOverride]
        return Again(self.frames, self.mask, self.keep_sink)

    def admit(self, cache: KVCache, block: int) -> KVCache:
        return windowed(cache, self.sink, room(self.frames, self.sink, block))

    def commit(self, cache: KVCache, new: tuple[Page, ...]) -> KVCache:
        return windowed(cache.append(new), self.sink, self.frames - self.sink)

    def matches(self, card: RolloutCard) -> str | None:
        return window_mismatch(self.name, self.frames, self.sink, card)
