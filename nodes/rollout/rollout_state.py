"""A rollout as two values: the session, which is what it runs on, and the state, which is all it
remembers.

The state is rebound, never written: a snapshot is the state, a fork is two that go on from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import torch

from engine.errors import ParamError
from nodes.rollout.block_view import BlockView
from nodes.rollout.kv_cache import KVCache, PageTag
from nodes.rollout.memory.policy import CLEAN, PER_LEVEL, refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from nodes.models.causal_wan import CausalWan, TextKeys
    from nodes.models.video_model import RolloutCard, VideoModel
    from nodes.rollout.flow import Step
    from nodes.rollout.memory.policy import MemoryPolicy
    from nodes.rollout.rope_plan import RopePlan

History = Literal["clean", "last", "per_level"]
Sampler = Literal["renoise", "euler"]
ROWS = {"clean": CLEAN, "last": CLEAN, "per_level": PER_LEVEL}


@dataclass(frozen=True, eq=False)
class VideoSession:
    """What a rollout runs on. Raises ParamError where its parts do not go together.

    size: latent h and w. history: what later blocks see of a finished one: "clean", keys of one
    more call on the finished latents (Self-Forcing); "last", keys that the last step left
    (StreamDiffusionV2 without its batch); "per_level", keys of the same step, one cache a step
    (StreamDiffusionV2, SoulX-LiveAct); None asks the card. batched: the steps of successive blocks
    share one call, which needs "per_level". warm: what a stream batch's caches begin with, each
    step's own keys or, as StreamDiffusionV2 does, the last step's in all. block: latent frames made
    at once, 0 asks the card. sampler: fresh noise between the steps or straight along the flow;
    None asks the card.
    """

    model: VideoModel
    policy: MemoryPolicy
    plan: RopePlan
    size: tuple[int, int]
    seed: int = 0
    stream: int = 0
    history: History | None = None
    sampler: Sampler | None = None
    batched: bool = False
    warm: Literal["own", "last"] = "own"
    block: int = 0

    def __post_init__(self) -> None:
        self.network.grid(*self.size)
        if self.batched and self.keeps != "per_level":
            raise ParamError(
                f'a stream batch keeps a cache for each step, not "{self.keeps}" keys: '
                'set the history to "per_level" or take one step after the other'
            )
        reason = refusal(self.policy.now(), self.card)
        if reason is not None:
            raise ParamError(f"{reason}: choose another memory or another checkpoint")
        if ROWS[self.keeps] not in self.policy.now().rows:
            raise ParamError(
                f'a {self.policy.now().name} memory does not work on "{self.keeps}" keys: '
                "choose another memory or another history"
            )

    @property
    def network(self) -> CausalWan:
        return self.model.network

    @property
    def card(self) -> RolloutCard:
        return self.model.card

    @property
    def keeps(self) -> History:
        """What later blocks see of a finished one."""
        if self.history is not None:
            return self.history
        if self.card.clean_pass:
            return "clean"
        return "per_level" if PER_LEVEL in self.card.rows else "last"

    @property
    def renoises(self) -> bool:
        """Whether steps begin from fresh noise, and not further along the flow."""
        return (self.sampler or self.card.sampler) == "renoise"

    @property
    def frames(self) -> int:
        """Latent frames of a block."""
        return self.block or self.card.block

    @property
    def reach(self) -> int:
        """Latent frames of the finished past that are kept: what a recache runs through again."""
        policy = self.policy.now()
        again = policy.on_prompt.frames if policy.on_prompt else 0
        return max(self.window, policy.rebuild or 0, again)

    @property
    def window(self) -> int:
        """Latent frames that a block sees at most, itself included."""
        return getattr(self.policy.now(), "frames", self.card.window)

    @property
    def sink(self) -> int:
        """Latent frames that are never forgotten."""
        return getattr(self.policy.now(), "sink", 0)

    @property
    def device(self) -> torch.device:
        return self.network.patch_embedding.weight.device

    def warning(self) -> str | None:
        """Why the checkpoint may do badly on this memory; None where it was trained for it."""
        return self.policy.now().matches(self.card)

    def view(
        self, cache: KVCache, tags: Sequence[PageTag], policy: MemoryPolicy | None = None
    ) -> BlockView:
        """A cache as a block of these frames sees it."""
        return BlockView(
            cache,
            tags,
            self.plan,
            policy or self.policy,
            self.network.grid(*self.size),
            self.network.config.head_dim,
            key_values=self.network.key_values,
        )


@dataclass(frozen=True, eq=False)
class Done:
    """A finished block: its latents (1, F, C, h, w), the number of its first frame, its shot."""

    frame: int
    block: int
    latents: Tensor
    shot: int = 0

    @property
    def frames(self) -> int:
        return self.latents.shape[1]


@dataclass(frozen=True, eq=False)
class InFlight:
    """A block of a stream batch on its way: its picture as it is estimated so far, and the step
    that comes next.

    eps is the noise that the network found in it; a flow sampler goes on along it.
    """

    tags: tuple[PageTag, ...]
    x0: Tensor
    eps: Tensor
    next: int
    control: Tensor | None = None

    @property
    def done(self) -> Done:
        first = self.tags[0]
        return Done(first.frame, first.block, self.x0, first.shot)


@dataclass(frozen=True, eq=False, repr=False)
class RolloutState:
    """All that a rollout remembers. caches: one, or one a step, noisiest first."""

    seed: int = 0
    frame: int = 0  # the first latent frame of the next block
    block: int = 0
    caches: tuple[KVCache, ...] = (KVCache(),)
    recent: tuple[Done, ...] = ()
    begun_in: Tensor | None = None  # the noise of the last block
    prompt: int = 0
    shot: int = 0
    flight: tuple[InFlight, ...] = ()  # newest first
    steps: tuple[Step, ...] = ()  # that the caches were written at
    text: TextKeys | None = None  # that the last block attended to

    @property
    def bytes(self) -> int:
        """Memory of keys, values and latents that the state holds; shared pages count once."""
        pages = {id(page): page.bytes for cache in self.caches for page in cache.pages}
        latents = [*(done.latents for done in self.recent), *(one.x0 for one in self.flight)]
        return sum(pages.values()) + sum(x.numel() * x.element_size() for x in latents)

    def tags(self, frames: int) -> tuple[PageTag, ...]:
        """The tags of a block that begins now."""
        return tuple(
            PageTag(self.frame + i, self.block, prompt=self.prompt, shot=self.shot)
            for i in range(frames)
        )

    def __repr__(self) -> str:
        return (
            f"<RolloutState frame {self.frame} block {self.block} caches {len(self.caches)} "
            f"in flight {len(self.flight)} {self.bytes} bytes>"
        )


def remembered(recent: tuple[Done, ...], reach: int) -> tuple[Done, ...]:
    """The newest finished blocks that hold at least `reach` frames."""
    kept: list[Done] = []
    for done in reversed(recent):
        if sum(one.frames for one in kept) >= reach:
            break
        kept.append(done)
    return tuple(reversed(kept))
