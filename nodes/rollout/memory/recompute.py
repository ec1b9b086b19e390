"""No cache at all: the newest finished latents are read anew before each block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import ParamError
from nodes.rollout.memory.policy import CLEAN, MemoryPolicy
from nodes.rollout.memory.window import windowed

if TYPE_CHECKING:
    from nodes.models.video_model import RolloutCard
    from nodes.rollout.kv_cache import KVCache, Page


@dataclass(frozen=True)
class Recompute(MemoryPolicy):
    """Before each block the last `frames` finished latents are run through the network again.

    Krea's realtime 14B (causal_wan sheet, section 5), made to be read with `Slot` positions. The
    keys are those of the newest weights and prompt and have seen nothing older than themselves.
    """

    name = "recompute"
    rows = frozenset({CLEAN})
    frames: int = 3

    def __post_init__(self) -> None:
        if self.frames < 1:
            raise ParamError(
                f"{self.frames} latent frames are nothing to recompute: make it 1 or more"
            )

    @property
    def rebuild(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.frames

    def admit(self, cache: KVCache, block: int) -> KVCache:
        del block
        return windowed(cache, 0, self.frames)

    def commit(self, cache: KVCache, new: tuple[Page, ...]) -> KVCache:
        return windowed(cache.append(new), 0, self.frames)

    def matches(self, card: RolloutCard) -> str | None:
        if self.frames + card.block > card.window:
            return (
                f"the checkpoint was trained to see {card.window} latent frames at once and "
                f"recomputing {self.frames} before a block of {card.block} shows it more: "
                f"take {max(1, card.window - card.block)} or fewer"
            )
        return None
