"""A past of hundreds of frames in main memory, of which a block reads those that it asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from engine.errors import ParamError
from nodes.rollout.memory.diverse import expect_budget, expect_room
from nodes.rollout.memory.index import Index, described, with_frames
from nodes.rollout.memory.policy import MemoryPolicy, sinks_of, window_mismatch

if TYPE_CHECKING:
    from torch import Tensor

    from nodes.models.video_model import RolloutCard
    from nodes.rollout.kv_cache import KVCache, Page

FILED = 12  # frames at most that one block files: after a change of bits the others follow


@dataclass(frozen=True)
class Retrieve(MemoryPolicy):
    """ReSV of V-Rex (arXiv 2512.12284), by frames: what was seen once comes back when it is seen.

    A block reads `frames` in all with itself: `sink` anchors, the newest `recent`, and of the up to
    `archive` frames between them those that its queries, at each layer, would look at most: the
    fewest clusters of similar keys that hold `mass` of the attention name them. `bits` of a key are
    hashed, and keys within `radius` differing bits make a cluster. With mass 1 and room for all,
    all are read.
    """

    name = "retrieve"
    selects = True
    frames: int = 12
    sink: int = 1
    recent: int = 3
    mass: float = 0.9
    bits: int = 32
    radius: int = 7
    archive: int = 512

    def __post_init__(self) -> None:
        expect_budget(self.frames, self.sink, self.recent)
        if not 0 < self.mass <= 1:
            raise ParamError(f"a mass of {self.mass:g} is not a share above 0 and up to 1")
        if not 1 <= self.bits <= 256:
            raise ParamError(f"{self.bits} hash bits are not in 1..256")
        if not 0 <= self.radius < self.bits:
            raise ParamError(
                f"a radius of {self.radius} is not below the {self.bits} bits: make it 0 to "
                f"{self.bits - 1}"
            )
        if self.archive < 0:
            raise ParamError(f"an archive of {self.archive} frames: make it 0 or more")

    def admit(self, cache: KVCache, block: int) -> KVCache:
        expect_room(self.frames, self.sink, self.recent, block)
        return cache

    def read(self, cache: KVCache, layer: int, q: Tensor) -> KVCache:
        far = self._far(cache)
        if not far:
            return cache
        block = round(q.shape[1] / cache.pages[-1].tokens)
        most = max(0, self.frames - (len(cache.pages) - len(far)) - block)
        index = _index(cache, far, layer)
        if index is None:  # pages of another memory: their newest, until they are in an index
            return self._with(cache, far, far[len(far) - min(most, len(far)) :])
        named = index.rank(described(q), self.mass, most)
        return self._with(cache, far, [far[at] for at in named])

    def commit(self, cache: KVCache, new: tuple[Page, ...]) -> KVCache:
        cache = cache.whole().append(new)
        far = self._far(cache)
        surplus = len(far) - self.archive
        if surplus > 0:
            cache = self._with(cache, far[:surplus], [])
            far = [at - surplus for at in far[surplus:]]
        if not far or not cache.pages[-1].k:
            return cache
        archive = self._archived(cache, far)
        stored = {at: _stored(cache.pages[at]) for at in far}
        pages = (stored.get(at, page) for at, page in enumerate(cache.pages))
        return replace(cache, pages=tuple(pages), extra=archive)

    def matches(self, card: RolloutCard) -> str | None:
        return window_mismatch(self.name, self.frames, self.sink, card)

    def _archived(self, cache: KVCache, far: list[int]) -> Archive:
        """The indices of all layers brought up to the far frames, or nearer to them."""
        frames = _frames(cache, far)
        known = cache.extra if isinstance(cache.extra, Archive) else Archive()
        known = known.fitting(frames, (self.bits, self.radius), len(cache.pages[far[0]].k))
        unknown = far[len(known.frames) :][:FILED]
        return known.with_pages([cache.pages[at] for at in unknown])

    def _far(self, cache: KVCache) -> list[int]:
        """The pages that are neither anchors nor among the newest."""
        anchors = sinks_of(cache.pages, self.sink)
        others = [at for at in range(len(cache.pages)) if at not in anchors]
        return others[: max(0, len(others) - self.recent)]

    def _with(self, cache: KVCache, far: list[int], chosen: list[int]) -> KVCache:
        left = set(far) - set(chosen)
        return cache.keep(at for at in range(len(cache.pages)) if at not in left)


@dataclass(frozen=True, eq=False)
class Archive:
    """The index of each layer, and the frames that are in it."""

    frames: tuple[int, ...] = ()
    layers: tuple[Index | None, ...] = ()
    hashing: tuple[int, int] = (0, 0)  # bits and radius

    def fitting(self, frames: tuple[int, ...], hashing: tuple[int, int], layers: int) -> Archive:
        """It without what was forgotten; an empty one where it is of other frames or hashing."""
        empty = Archive(hashing=hashing, layers=(None,) * layers)
        if hashing != self.hashing or len(self.layers) != layers or not self.frames:
            return empty
        gone = self.frames.index(frames[0]) if frames[0] in self.frames else len(self.frames)
        left = self.frames[gone:]
        if not left or left != frames[: len(left)]:
            return empty
        if not gone:
            return self
        return Archive(left, tuple(layer and layer.without(gone) for layer in self.layers), hashing)

    def with_pages(self, pages: list[Page]) -> Archive:
        """It with more frames."""
        if not pages:
            return self
        bits, radius = self.hashing
        layers = (
            with_frames(index, _described(pages, layer), radius, layer, bits)
            for layer, index in enumerate(self.layers)
        )
        frames = (*self.frames, *(page.tag.frame for page in pages))
        return Archive(frames, tuple(layers), self.hashing)


def _described(pages: list[Page], layer: int) -> Tensor:
    """The cells of each page at a layer, (frames, cells, heads, d)."""
    return torch.stack([described(page.k[layer]) for page in pages])


def _index(cache: KVCache, far: list[int], layer: int) -> Index | None:
    """The index of a layer, if it is of these pages or the first of them."""
    archive = cache.extra
    if not isinstance(archive, Archive) or not archive.frames:
        return None
    if archive.frames != _frames(cache, far[: len(archive.frames)]):
        return None
    return archive.layers[layer]


def _frames(cache: KVCache, indices: list[int]) -> tuple[int, ...]:
    return tuple(cache.pages[at].tag.frame for at in indices)


def _stored(page: Page) -> Page:
    """The page in main memory."""
    if not page.k or page.k[0].device.type == "cpu":
        return page
    return replace(page, k=_cpu(page.k), v=_cpu(page.v))


def _cpu(tensors: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return tuple(tensor.cpu() for tensor in tensors)
