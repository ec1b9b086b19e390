"""The past of a rollout as a value: pages of un-rotated keys, one for each latent frame.

Pages and caches are never written, so a snapshot of a cache is the cache, a fork costs nothing, and
caches that share a past share its memory. Keys are kept before RoPE: where a frame stands is said
by a `RopePlan` when the page is read, so positions can be given anew for ever.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from torch import Tensor


@dataclass(frozen=True)
class PageTag:
    """Which frame a page holds, and how it was written."""

    frame: int  # latent frames since the stream began
    block: int
    level: float = 0.0  # the timestep, 0..1000, of the call that wrote it; 0 is clean
    prompt: int = 0
    shot: int = 0
    pinned: bool = False  # an anchor: policies with a sink keep it before the oldest frames
    label: str = ""  # a policy's own mark


@dataclass(frozen=True, eq=False, repr=False)
class Checkpoint:
    """What keys and values of one block are made from: the residual that entered each layer.

    KV-Direct. `hidden` is (B, F*N, dim) a layer, in the layout of the call that it came from: the
    same number of rows in a matrix product gives the same bits. `make` is the network's key_values.
    """

    hidden: tuple[Tensor, ...]
    t: Tensor  # (B, F) timesteps of that call
    make: Callable[[int, Tensor, Tensor], tuple[Tensor, Tensor]] | None = None

    def key_values(self, layer: int) -> list[tuple[Tensor, Tensor]]:
        """Keys and values at a layer, frame by frame, with the network's weights of now."""
        assert self.make is not None, "a checkpoint needs the key_values of its network"
        k, v = self.make(layer, self.hidden[layer], self.t)
        frames = self.t.shape[1]
        return list(zip(k.chunk(frames, dim=1), v.chunk(frames, dim=1), strict=True))

    @property
    def bytes(self) -> int:
        return size_of(self.hidden)


@dataclass(frozen=True, eq=False, repr=False)
class Page:
    """Keys and values of one latent frame at every layer, (B, n, heads, d) each, keys un-rotated.

    n is the frame's number of tokens N. A page that mixes what is left of several frames says so:
    `parts` are those frames, and `where` (B, n, heads) int64 a layer is part*N + cell of each
    token. A page may have a `checkpoint` beside its keys, or in their place: then `row` is its
    frame in there and keys are made when they are read.
    """

    tag: PageTag
    k: tuple[Tensor, ...] = ()
    v: tuple[Tensor, ...] = ()
    parts: tuple[PageTag, ...] = ()
    where: tuple[Tensor, ...] = ()
    checkpoint: Checkpoint | None = None
    row: int = 0

    @property
    def tokens(self) -> int:
        """Tokens at its fullest layer."""
        return max((k.shape[1] for k in self.k), default=0)

    @property
    def tags(self) -> tuple[PageTag, ...]:
        """The frames that it has tokens of."""
        return self.parts or (self.tag,)

    @cached_property
    def bytes(self) -> int:
        """Memory that it holds, its share of a checkpoint included."""
        own = size_of((*self.k, *self.v, *self.where))
        if self.checkpoint is None:
            return own
        return own + self.checkpoint.bytes // self.checkpoint.t.shape[1]

    def whole(self) -> Page:
        """The page with its keys and values, and without what they are made from."""
        if self.k or self.checkpoint is None:
            return self
        layers = range(len(self.checkpoint.hidden))
        pairs = [self.checkpoint.key_values(layer)[self.row] for layer in layers]
        k, v = (tuple(_own(part) for part in parts) for parts in zip(*pairs, strict=True))
        return dataclasses.replace(self, k=k, v=v, checkpoint=None, row=0)

    def tagged(self, **changes: object) -> Page:
        """The same page under another tag."""
        if all(getattr(self.tag, name) == value for name, value in changes.items()):
            return self
        return dataclasses.replace(self, tag=dataclasses.replace(self.tag, **changes))

    def __repr__(self) -> str:
        return f"<Page frame {self.tag.frame} {self.tokens} tokens {self.bytes} bytes>"


@dataclass(frozen=True, eq=False, repr=False)
class KVCache:
    """Pages in reading order, and what the policy remembers beside them.

    `extra` is a frozen value that belongs to one policy; another policy starts without it.
    """

    pages: tuple[Page, ...] = ()
    extra: object = None

    @property
    def frames(self) -> int:
        return len(self.pages)

    @property
    def tokens(self) -> int:
        return sum(page.tokens for page in self.pages)

    @property
    def bytes(self) -> int:
        return sum(page.bytes for page in self.pages)

    @property
    def tags(self) -> tuple[PageTag, ...]:
        return tuple(page.tag for page in self.pages)

    def append(self, pages: Iterable[Page]) -> KVCache:
        """With newer pages behind its own."""
        return KVCache((*self.pages, *pages), self.extra)

    def keep(self, indices: Iterable[int]) -> KVCache:
        """With these of its pages alone, in their own order."""
        chosen = sorted(set(indices))
        if len(chosen) == len(self.pages):
            return self
        return KVCache(tuple([self.pages[at] for at in chosen]), self.extra)

    def replace(self, index: int, page: Page) -> KVCache:
        """With another page at a place."""
        pages = (*self.pages[:index], page, *self.pages[index:][1:])
        return KVCache(pages, self.extra)

    def whole(self) -> KVCache:
        """With the keys of every page, for policies that look at them."""
        if all(page.k or page.checkpoint is None for page in self.pages):
            return self
        return KVCache(tuple(page.whole() for page in self.pages), self.extra)

    def with_extra(self, extra: object) -> KVCache:
        """With something else remembered."""
        return KVCache(self.pages, extra)

    def anchored(self, frames: int) -> KVCache:
        """Its newest frames are the anchors and no others: a stream that drifted begins anew."""
        first = len(self.pages) - frames
        pages = (page.tagged(pinned=at >= first) for at, page in enumerate(self.pages))
        return KVCache(tuple(pages), self.extra)

    def __repr__(self) -> str:
        return f"<KVCache {self.frames} frames {self.tokens} tokens {self.bytes} bytes>"


def size_of(tensors: Iterable[Tensor]) -> int:
    """Bytes of the elements of tensors."""
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def pages_of(
    tags: Sequence[PageTag],
    keys: Sequence[Tensor],
    values: Sequence[Tensor],
    checkpoint: Checkpoint | None = None,
) -> tuple[Page, ...]:
    """One page a frame out of a block's keys and values, (B, F*N, heads, d) a layer.

    Each page owns its memory: a frame that is forgotten is freed though its neighbours stay.
    """
    layers = zip(_split(keys, len(tags)), _split(values, len(tags)), strict=True)
    return tuple(
        Page(tag, k, v, checkpoint=checkpoint, row=row)
        for row, (tag, (k, v)) in enumerate(zip(tags, layers, strict=True))
    )


def _split(tensors: Sequence[Tensor], frames: int) -> Iterator[tuple[Tensor, ...]]:
    """Frame by frame, its part of every layer."""
    pieces = [[_own(piece) for piece in tensor.chunk(frames, dim=1)] for tensor in tensors]
    if not pieces:
        return iter([()] * frames)
    return zip(*pieces, strict=True)


def _own(tensor: Tensor) -> Tensor:
    """The tensor in memory of its own; one that gradients flow through stays what it is."""
    if tensor.requires_grad or tensor.untyped_storage().nbytes() == size_of((tensor,)):
        return tensor
    return tensor.clone()
