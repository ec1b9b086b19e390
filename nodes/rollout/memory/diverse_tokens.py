"""A memory of what differs most, token by token: each layer and head keeps what it finds unlike."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch.nn.functional import normalize

from engine.errors import ParamError
from nodes.rollout.kv_cache import KVCache, Page
from nodes.rollout.memory.diverse import block_length, expect_budget, expect_room
from nodes.rollout.memory.policy import MemoryPolicy, sinks_of, window_mismatch
from nodes.rollout.memory.window import windowed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from nodes.models.video_model import RolloutCard
    from nodes.rollout.kv_cache import PageTag

MIXED = "diverse"
TEMPERATURE = 0.5  # of the softmax that shares the tokens out among layers (InfiniteVGGT, code)


@dataclass(frozen=True)
class DiverseTokens(MemoryPolicy):
    """InfiniteVGGT's rolling memory (arXiv 2601.02281) as published: tokens by head and layer.

    Between `sink` anchors and the newest `recent` frames lies one page of single tokens, as many at
    all layers together as the rest of `frames` holds. A head keeps the tokens whose un-rotated keys
    lie farthest from their mean direction; a layer whose keys differ more gets more tokens. Tokens
    whose values are smaller than `floor` of the usual go first.
    """

    name = "diverse tokens"
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
        return cache

    def commit(self, cache: KVCache, new: tuple[Page, ...]) -> KVCache:
        cache, count = cache.whole().append(new), self.frames - block_length(new)
        if not new or not new[-1].k:
            return windowed(cache, self.sink, count - self.sink)
        if len(cache.pages) <= count and not any(page.parts for page in cache.pages):
            return cache
        return self._mixed(cache, count)

    def _mixed(self, cache: KVCache, count: int) -> KVCache:
        """The pages between anchors and newest ones made into one of at most the budget."""
        frames = [page for page in cache.pages if not page.parts]
        anchors = sinks_of(frames, self.sink)
        first = [frames[at] for at in sorted(anchors)]
        others = [page for at, page in enumerate(frames) if at not in anchors]
        newest = others[max(0, len(others) - self.recent) :]
        middle = [page for page in cache.pages if page.parts] + others[: -len(newest) or None]
        share = count - len(first) - len(newest)  # in frames
        if share <= 0 or not middle:
            return KVCache((*first, *newest), cache.extra)
        cells = newest[-1].tokens
        budgets = layer_budgets(cache.extra, len(newest[-1].k), share * cells)
        page, alike = _thinned(middle, budgets, cells, self.floor)
        return KVCache((*first, page, *newest), alike)

    def matches(self, card: RolloutCard) -> str | None:
        return window_mismatch(self.name, self.frames, self.sink, card)


def layer_budgets(alike: object, layers: int, tokens: int) -> list[int]:
    """`tokens` a layer on average, more where keys are less alike: softmax((1 - s) / 0.5).

    alike: the mean likeness s of each layer a block ago; anything else counts as equal.
    """
    known = alike if isinstance(alike, tuple) and len(alike) == layers else (0.0,) * layers
    weights = [math.exp((1 - score) / TEMPERATURE) for score in known]
    whole = sum(weights)
    return [max(1, int(tokens * layers * weight / whole)) for weight in weights]


def _thinned(
    pages: Sequence[Page], budgets: Sequence[int], cells: int, floor: float
) -> tuple[Page, tuple[float, ...]]:
    """One page of the most diverse tokens of all, and how alike the keys of each layer were."""
    joined = [_joined(pages, layer, cells) for layer in range(len(budgets))]
    scores = [likeness(k, v, floor) for k, v, _ in joined]
    kept = [
        [_picked(part, most_diverse(score, size)) for part in parts]
        for score, parts, size in zip(scores, joined, budgets, strict=True)
    ]
    parts = [tag for page in pages for tag in page.tags]
    tags, where = _compact(parts, [part[2] for part in kept], cells)
    page = Page(
        replace(tags[-1], label=MIXED, pinned=False),
        tuple(part[0] for part in kept),
        tuple(part[1] for part in kept),
        tuple(tags),
        tuple(where),
    )
    alike = torch.stack([score[score.isfinite()].mean() for score in scores]).tolist()
    return page, tuple(alike)


def likeness(k: Tensor, v: Tensor, floor: float) -> Tensor:
    """How like each token (B, M, heads, d) is to the mean of its head's, (B, M, heads)."""
    c = normalize(k.float(), dim=-1)
    scores = (c * c.mean(1, keepdim=True)).sum(-1)
    size = v.float().norm(dim=-1)
    return scores.masked_fill(size < floor * size.mean(1, keepdim=True), torch.inf)


def most_diverse(scores: Tensor, count: int) -> Tensor:
    """Which tokens each head keeps, (B, min(count, M), heads), in the order of time."""
    count = min(count, scores.shape[1])
    return scores.topk(count, dim=1, largest=False).indices.sort(dim=1).values


def _joined(pages: Sequence[Page], layer: int, cells: int) -> tuple[Tensor, Tensor, Tensor]:
    """Keys, values and places of all tokens at a layer."""
    k = torch.cat([page.k[layer] for page in pages], dim=1)
    v = torch.cat([page.v[layer] for page in pages], dim=1)
    places: list[Tensor] = []
    part = 0
    for page in pages:
        places.append(_places(page, layer, part * cells))
        part += len(page.tags)
    return k, v, torch.cat(places, dim=1)


def _places(page: Page, layer: int, first: int) -> Tensor:
    """part * N + cell of each token of a page whose own parts begin at `first`, (B, n, heads)."""
    if page.where:
        return page.where[layer] + first
    batch, tokens, heads = page.k[layer].shape[:3]
    cells = torch.arange(first, first + tokens, device=page.k[layer].device)
    return cells[None, :, None].expand(batch, -1, heads)


def _picked(x: Tensor, index: Tensor) -> Tensor:
    """x (B, M, heads, ...) at index (B, m, heads)."""
    if x.ndim == 3:
        return x.gather(1, index)
    return x.gather(1, index[..., None].expand(-1, -1, -1, x.shape[-1]))


def _compact(
    parts: Sequence[PageTag], where: Sequence[Tensor], cells: int
) -> tuple[list[PageTag], list[Tensor]]:
    """Parts without those that no head has a token of any more, and the places in what is left."""
    alive = torch.zeros(len(parts), dtype=torch.bool, device=where[0].device)
    for places in where:
        alive[(places // cells).flatten()] = True
    rank = alive.long().cumsum(0) - 1
    tags = [tag for tag, lives in zip(parts, alive.tolist(), strict=True) if lives]
    return tags, [rank[places // cells] * cells + places % cells for places in where]
