"""A memory of what differs most: the first frames, the newest, and of the rest the most unlike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

from engine.errors import ParamError
from nodes.rollout.memory.policy import MemoryPolicy, expect_window, sinks_of, window_mismatch
from nodes.rollout.memory.window import windowed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nodes.models.video_model import RolloutCard
    from nodes.rollout.kv_cache import KVCache, Page


class Summary(NamedTuple):
    """What a frame is judged by: its mean keys, (layers, heads, d) of length 1 each, and how large
    its values are, (layers,).
    """

    keys: Tensor
    size: Tensor


@dataclass(frozen=True)
class Diverse(MemoryPolicy):
    """InfiniteVGGT's rolling memory (arXiv 2601.02281), frame by frame.

    `frames` in all with the block being made: `sink` anchors, the newest `recent`, and between them
    those frames whose un-rotated keys lie farthest from the mean direction of all that stand to
    choice. A frame whose values are smaller than `floor` of the usual goes first: it would be kept
    for its noise. Whole frames stay or go, so RoPE and the shape of the cache are untouched.
    """

    name = "diverse"
    frames: int = 12
    sink: int = 1
    recent: int = 3
    floor: float = 0.1

    def __post_init__(self) -> None:
        expect_budget(self.frames, self.sink, self.recent)
        if not 0 <= self.floor < 1:
            raise ParamError(f"a norm floor of {self.floor:g} is not a share: make it 0 to below 1")

    def admit(self, cache: KVCache, block: int) -> KVCache:
        expect_room(self.frames, self.sink, self.recent, block)
        return self._chosen(cache, self.frames - block)

    def commit(self, cache: KVCache, new: tuple[Page, ...]) -> KVCache:
        return self._chosen(cache.append(new), self.frames - block_length(new))

    def _chosen(self, cache: KVCache, count: int) -> KVCache:
        """At most `count` of its pages."""
        if len(cache.pages) <= count:
            return cache
        cache = cache.whole()
        pages = cache.pages
        if not pages[-1].k:
            return windowed(cache, self.sink, count - self.sink)
        anchors = sinks_of(pages, self.sink)
        others = [at for at in range(len(pages)) if at not in anchors]
        newest = others[max(0, len(others) - self.recent) :]
        middle = others[: len(others) - len(newest)]
        known = _summaries(cache.extra, [pages[at] for at in middle])
        scores = likeness([known[pages[at].tag.frame] for at in middle], self.floor)
        order = sorted(zip(scores.tolist(), (-at for at in middle), strict=True))
        kept = [-at for _, at in order[: max(0, count - len(anchors) - len(newest))]]
        frames = {pages[at].tag.frame for at in kept}
        extra = {frame: known[frame] for frame in frames}
        return cache.keep((*anchors, *kept, *newest)).with_extra(extra)

    def matches(self, card: RolloutCard) -> str | None:
        return window_mismatch(self.name, self.frames, self.sink, card)


def likeness(frames: Sequence[Summary], floor: float) -> Tensor:
    """How like each frame is to the mean of them all, (frames,): <c_j, mean c> averaged over layers
    and heads; infinite where its values are under `floor` of the median.
    """
    keys = torch.stack([frame.keys for frame in frames])  # (P, layers, heads, d)
    sizes = torch.stack([frame.size for frame in frames])  # (P, layers)
    scores = (keys * keys.mean(0)).sum(-1).mean((1, 2))
    share = (sizes / sizes.median(0).values.clamp_min(1e-12)).mean(1)
    return scores.masked_fill(share < floor, torch.inf)


def _summaries(extra: object, pages: Sequence[Page]) -> dict[int, Summary]:
    """The summary of each page by its frame; those known already are not made again."""
    known: Mapping[int, Summary] = extra if isinstance(extra, dict) else {}
    return {page.tag.frame: known.get(page.tag.frame) or _summary(page) for page in pages}


def _summary(page: Page) -> Summary:
    keys = torch.stack([k.float().mean((0, 1)) for k in page.k])
    size = torch.stack([v.float().norm(dim=-1).mean() for v in page.v])
    return Summary(normalize(keys, dim=-1), size)


def block_length(new: Sequence[Page]) -> int:
    """Frames of the newest block: a pass over many finished frames has several."""
    return sum(page.tag.block == new[-1].tag.block for page in new)


def expect_budget(frames: int, sink: int, recent: int) -> None:
    """Raises ParamError where anchors and newest frames make no sense together."""
    expect_window(frames, sink)
    if recent < 1:
        raise ParamError(
            f"{recent} recent frames leave none that is safe from being forgotten at once: "
            "make it 1 or more"
        )
    if sink + recent > frames:
        raise ParamError(
            f"{sink} sink and {recent} recent frames are more than the budget of {frames}: "
            f"make it {sink + recent} or more"
        )


def expect_room(frames: int, sink: int, recent: int, block: int) -> None:
    """Raises ParamError where a block does not fit beside what is kept."""
    if sink + recent + block > frames:
        raise ParamError(
            f"a budget of {frames} frames with {sink} sink and {recent} recent ones cannot hold a "
            f"block of {block}: make it {sink + recent + block} or more"
        )
