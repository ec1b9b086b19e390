"""A memory of fixed size: older frames are folded, five into one, again and again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.nn.functional import conv1d

from engine.errors import ParamError
from nodes.rollout.kv_cache import Page
from nodes.rollout.memory.policy import MemoryPolicy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from nodes.models.video_model import RolloutCard
    from nodes.rollout.kv_cache import KVCache

FOLD = 5  # frames that become one, and the width of the kernel (SoulX-LiveAct, model_memory.py)
FOLDED = "folded"


@dataclass(frozen=True)
class ConvKV(MemoryPolicy):
    """SoulX-LiveAct's ConvKV: `sink` first frames, `slots` folded ones, then the newest as made.

    As soon as 5*slots + recent frames lie behind the sink, the oldest 5*slots are folded into
    `slots`; what was folded before is folded in with them. With blocks of 4*slots frames a block
    always sees sink + slots + recent frames, as published (2 + 2 + 2 and blocks of 8); shorter
    blocks see up to a fold more. The kernel of 5 runs along the tokens of the five frames laid end
    to end, so a folded token is made of five neighbours in space, and values go through the kernel
    of the keys: both as the published network was trained. weights: that kernel for each layer,
    (heads*d, 1, 5); without them it is the mean, which is what training starts from.
    """

    name = "conv"
    sink: int = 2
    slots: int = 2
    recent: int = 2
    weights: tuple[Tensor, ...] = ()

    def __post_init__(self) -> None:
        for name, value, least in (
            ("sink", self.sink, 0),
            ("folded", self.slots, 1),
            ("recent", self.recent, 0),
        ):
            if value < least:
                raise ParamError(f"{value} {name} frames are too few: make it {least} or more")

    @property
    def frames(self) -> int:
        """Frames that a block of 4*slots sees at most, itself included."""
        return self.sink + FOLD * self.slots + self.recent

    def admit(self, cache: KVCache, block: int) -> KVCache:
        del block
        return cache

    def commit(self, cache: KVCache, new: tuple[Page, ...]) -> KVCache:
        cache = cache.whole().append(new)
        while cache.frames >= self.frames:
            cache = self._folded(cache)
        return cache

    def _folded(self, cache: KVCache) -> KVCache:
        sink, pages = cache.pages[: self.sink], cache.pages[self.sink :]
        groups = (pages[at * FOLD : (at + 1) * FOLD] for at in range(self.slots))
        made = tuple(fold(group, self.weights) for group in groups)
        return cache.keep(()).append((*sink, *made, *pages[FOLD * self.slots :]))

    def matches(self, card: RolloutCard) -> str | None:
        if card.window < self.frames:
            return (
                f"the checkpoint was trained to see {card.window} latent frames at once and this "
                f"conv memory shows it up to {self.frames}: take fewer folded frames"
            )
        if not self.weights:
            return (
                "the checkpoint has no kernels for folded frames, and their mean stands in for "
                "them: what lies far back is remembered as a blur"
            )
        return None


def fold(pages: Sequence[Page], weights: Sequence[Tensor] = ()) -> Page:
    """Five pages as one of as many tokens as each of them had; it bears the middle one's tag."""
    k = tuple(_folded([page.k[at] for page in pages], weights, at) for at in range(len(pages[0].k)))
    v = tuple(_folded([page.v[at] for page in pages], weights, at) for at in range(len(pages[0].v)))
    return Page(pages[len(pages) // 2].tag, k, v).tagged(label=FOLDED, pinned=False)


def _folded(parts: Sequence[Tensor], weights: Sequence[Tensor], layer: int) -> Tensor:
    """(B, 5n, heads, d) laid end to end to (B, n, heads, d), five neighbouring tokens at a time."""
    tokens = torch.cat(list(parts), dim=1)
    if not weights:
        return tokens.unflatten(1, (-1, FOLD)).mean(2)
    line = tokens.flatten(2).transpose(1, 2)  # (B, heads*d, 5n)
    kernel = weights[layer].to(line)
    folded = conv1d(line, kernel, stride=FOLD, groups=line.shape[1])
    return folded.transpose(1, 2).unflatten(2, tokens.shape[2:]).contiguous()
