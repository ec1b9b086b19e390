"""What a block sees of its past: keys gathered and rotated once a layer, then reused by each step.

The buffer of a layer is the rotated past with room behind it for the block, so that a step writes
its own keys there and copies nothing else. Buffers belong to the view alone; pages are only read.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from kernels.attention import attention
from kernels.rope import angles, rotate
from nodes.rollout.kv_cache import Checkpoint, pages_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    from nodes.rollout.kv_cache import KVCache, Page, PageTag
    from nodes.rollout.memory.policy import MemoryPolicy
    from nodes.rollout.rope_plan import RopePlan

    Turn = tuple[Tensor, Tensor]  # cos and sin, (tokens, head_dim // 2) each
    KeyValues = Callable[[int, Tensor, Tensor], tuple[Tensor, Tensor]]


class BlockView:
    """The past of one block, made at its start and thrown away at its end.

    cache: what is remembered; the policy admits from it what this block may see. tags: the frames
    of the block. grid: tokens of a frame, rows and columns. key_values: the network's, for pages
    that keep residuals in place of keys. With gradients on, keys are joined instead of written in
    place, so a rollout can be trained through.
    """

    def __init__(
        self,
        cache: KVCache,
        tags: Sequence[PageTag],
        plan: RopePlan,
        policy: MemoryPolicy,
        grid: tuple[int, int],
        head_dim: int,
        *,
        key_values: KeyValues | None = None,
    ) -> None:
        self.tags = tuple(tags)
        self.policy = policy.now()
        self.cache = self.policy.admit(cache, len(self.tags))
        self.plan, self.grid, self.head_dim = plan, grid, head_dim
        self.key_values = key_values
        self._learns = any(k.requires_grad for page in self.cache.pages for k in page.k[:1])
        self._layers: dict[tuple[int, bool], LayerPast] = {}
        self._turns: dict[tuple[int, ...], tuple[KVCache, Turn, Turn]] = {}

    def call(self, levels: Sequence[float] | float = 0.0) -> Call:
        """The `Past` of one network call at these timesteps, one a frame or one for all."""
        if not isinstance(levels, (int, float)) and len(levels) != len(self.tags):
            raise ValueError(f"{len(levels)} timesteps for a block of {len(self.tags)} frames")
        return (Recorded if self.policy.needs_residual else Call)(self, levels)

    def layer(self, layer: int, q: Tensor, k: Tensor) -> LayerPast:
        """A layer's rotated past, made at its first call; q and k (B, F*N, heads, d) un-rotated."""
        learns = self._learns and torch.is_grad_enabled()
        found = self._layers.get((layer, learns))
        if found is None:
            read = self.policy.read(self.cache, layer, q) if self.policy.selects else self.cache
            found = self._layers[layer, learns] = self._gather(read, layer, k, learns)
        return found

    def _gather(self, cache: KVCache, layer: int, like: Tensor, learns: bool) -> LayerPast:
        past, block = self._turned(cache, like)
        if not cache.pages:
            return LayerPast(None, None, 0, block)
        pairs = _pairs(cache.pages, layer)
        keys = [_moved(k, like) for k, _ in pairs]
        values = [_moved(v, like) for _, v in pairs]
        turned = _rotated(cache.pages, keys, layer, past, self.grid[0] * self.grid[1])
        length = turned.shape[1]
        if learns:
            return LayerPast(turned, torch.cat(values, dim=1), length, block)
        k, v = (like.new_empty((len(like), length + like.shape[1], *like.shape[2:])) for _ in "kv")
        k[:, :length] = turned
        torch.cat(values, dim=1, out=v[:, :length])
        return LayerPast(k, v, length, block)

    def _turned(self, cache: KVCache, like: Tensor) -> tuple[Turn, Turn]:
        """The angles of pages and block; the same pages at another layer have the same."""
        key = tuple(map(id, cache.pages))
        if key not in self._turns:
            tags = [tag for page in cache.pages for tag in page.tags]
            at = self.plan.positions(tags, self.tags)
            past = self._angles(at.past, at.past_phase, like)
            # the cache is held with them, so that its pages' ids stay theirs
            self._turns[key] = cache, past, self._angles(at.block, at.block_phase, like)
        return self._turns[key][1:]

    def _angles(
        self, places: Sequence[float], phases: Sequence[float] | None, like: Tensor
    ) -> Turn:
        frames = torch.tensor(places, dtype=torch.float32, device=like.device)
        phase = None if phases is None else frames.new_tensor(phases)
        return angles(frames, self.grid, self.head_dim, phase=phase)


class LayerPast:
    """One layer's rotated past of `length` tokens, and behind it room for a block's own."""

    def __init__(self, k: Tensor | None, v: Tensor | None, length: int, turn: Turn) -> None:
        self.k, self.v, self.length, self.turn = k, v, length, turn

    def joined(self, q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Past and block, k rotated; (B, length + F*N, heads, d) each.

        Where gradients flow, through q too, nothing that they need is written over.
        """
        if self.k is None or self.v is None:
            return k, v
        if torch.is_grad_enabled() and any(x.requires_grad for x in (q, k, v, self.k)):
            past_k, past_v = self.k[:, : self.length], self.v[:, : self.length]
            return torch.cat([past_k, k], dim=1), torch.cat([past_v, v], dim=1)
        self.k[:, self.length :] = k
        self.v[:, self.length :] = v
        return self.k, self.v


class Call:
    """One network call over a block: the past of all its layers, and what the call wrote."""

    def __init__(self, view: BlockView, levels: Sequence[float] | float) -> None:
        self._view = view
        self._levels = levels
        self._k: list[Tensor] = []
        self._v: list[Tensor] = []

    def attend(self, layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """See `nodes.models.causal_wan.Past`."""
        self.record(layer, k, v)
        past = self._view.layer(layer, q, k)
        q, k = rotate(q, *past.turn), rotate(k, *past.turn)
        return attention(q, *past.joined(q, k, v))

    def record(self, layer: int, k: Tensor, v: Tensor) -> None:
        """What this call writes at a layer; layers come in order."""
        assert layer == len(self._k), f"layer {layer} came after {len(self._k)} others"
        self._k.append(k)
        self._v.append(v)

    def pages(self) -> tuple[Page, ...]:
        """One page a frame, as this call wrote them."""
        return pages_of(self._tags(), self._k, self._v, self._checkpoint())

    def _tags(self) -> list[PageTag]:
        tags, levels = self._view.tags, self._levels
        each = [levels] * len(tags) if isinstance(levels, (int, float)) else levels
        return [replace(tag, level=float(one)) for tag, one in zip(tags, each, strict=True)]

    def _checkpoint(self) -> Checkpoint | None:
        return None


class Recorded(Call):
    """A call that also remembers what its keys are made from."""

    def __init__(self, view: BlockView, levels: Sequence[float] | float) -> None:
        super().__init__(view, levels)
        self._hidden: list[Tensor] = []

    def residual(self, layer: int, hidden: Tensor, modulation: Tensor) -> None:
        """The hook of the network: hidden (B, F*N, dim) enters a layer."""
        del layer, modulation
        self._hidden.append(hidden)

    def _checkpoint(self) -> Checkpoint | None:
        if not self._hidden:
            return None
        levels = [tag.level for tag in self._tags()]
        t = torch.tensor(levels, dtype=torch.float32, device=self._hidden[0].device)
        t = t.expand(self._hidden[0].shape[0], -1)
        return Checkpoint(tuple(self._hidden), t, self._view.key_values)


def _pairs(pages: Sequence[Page], layer: int) -> list[tuple[Tensor, Tensor]]:
    """Keys and values of each page at a layer; those of a checkpoint's block are made once."""
    made: dict[int, list[tuple[Tensor, Tensor]]] = {}
    pairs: list[tuple[Tensor, Tensor]] = []
    for page in pages:
        kept = page.checkpoint
        if page.k or kept is None:
            pairs.append((page.k[layer], page.v[layer]))
            continue
        if id(kept) not in made:
            made[id(kept)] = kept.key_values(layer)
        pairs.append(made[id(kept)][page.row])
    return pairs


def _moved(part: Tensor, like: Tensor) -> Tensor:
    """A page's tensor where the block is; one row of a batch serves all rows."""
    part = part.to(like.device, like.dtype, non_blocking=True)
    return part if part.shape[0] == like.shape[0] else part.expand(like.shape[0], -1, -1, -1)


def _rotated(
    pages: Sequence[Page], keys: Sequence[Tensor], layer: int, turn: Turn, cells: int
) -> Tensor:
    """The keys of all pages side by side, each token turned to its place."""
    if not any(page.where for page in pages):
        return rotate(torch.cat(list(keys), dim=1), *turn)
    turned: list[Tensor] = []
    part = 0
    for page, k in zip(pages, keys, strict=True):
        rows = slice(part * cells, (part + len(page.tags)) * cells)
        part += len(page.tags)
        cos, sin = turn[0][rows], turn[1][rows]
        turned.append(_each(k, cos, sin, page.where[layer]) if page.where else rotate(k, cos, sin))
    return torch.cat(turned, dim=1)


def _each(k: Tensor, cos: Tensor, sin: Tensor, where: Tensor) -> Tensor:
    """Keys (B, n, heads, d) turned to places that each head has of its own, where (B, n, heads)."""
    where = where.to(cos.device)
    flat = k.flatten(0, 2)[None, :, None]  # (1, B*n*heads, 1, d)
    return rotate(flat, cos[where.flatten()], sin[where.flatten()]).view(k.shape)


class RowsView:
    """A batch whose rows have pasts of their own: one `BlockView` of one row each.

    The stream batch of StreamDiffusionV2 (sheet, section 4): row i is another block at another step
    with the cache of its noise level. Rows with equally long pasts share one attention call.
    """

    def __init__(self, rows: Sequence[BlockView]) -> None:
        self.rows = tuple(rows)
        self._shared: dict[int, LayerPast | None] = {}  # by the past of its first row

    def call(self, levels: Sequence[Sequence[float] | float]) -> RowsCall:
        """The `Past` of one network call, with the timesteps of each row."""
        calls = [row.call(level) for row, level in zip(self.rows, levels, strict=True)]
        return RowsCall(self, calls)

    def layer(self, layer: int, q: Tensor, k: Tensor) -> tuple[LayerPast | None, list[LayerPast]]:
        """The pasts of the rows at a layer, and all of them as one where they are equally long."""
        pasts = [row.layer(layer, *_row(at, q, k)) for at, row in enumerate(self.rows)]
        if id(pasts[0]) not in self._shared:
            self._shared[id(pasts[0])] = _shared(pasts)
        return self._shared[id(pasts[0])], pasts


class RowsCall:
    """One network call over rows with pasts of their own."""

    def __init__(self, view: RowsView, calls: Sequence[Call]) -> None:
        self._view = view
        self._calls = tuple(calls)

    def attend(self, layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """See `nodes.models.causal_wan.Past`; row i of the tensors is row i of the view."""
        shared, pasts = self._view.layer(layer, q, k)
        for at, call in enumerate(self._calls):
            call.record(layer, *_row(at, k, v))
        q, k = _turned_rows(q, pasts), _turned_rows(k, pasts)
        if shared is not None:
            return attention(q, *shared.joined(q, k, v))
        looked = [
            attention(q[at : at + 1], *past.joined(*_row(at, q, k, v)))
            for at, past in enumerate(pasts)
        ]
        return torch.cat(looked)

    def pages(self) -> tuple[tuple[Page, ...], ...]:
        """The pages of each row, as this call wrote them."""
        return tuple(call.pages() for call in self._calls)


def _row(at: int, *tensors: Tensor) -> tuple[Tensor, ...]:
    return tuple(tensor[at : at + 1] for tensor in tensors)


def _turned_rows(x: Tensor, pasts: Sequence[LayerPast]) -> Tensor:
    """x (B, F*N, heads, d), each row turned by its own angles."""
    cos, sin = (torch.cat(parts) for parts in zip(*(past.turn for past in pasts), strict=True))
    return rotate(x.reshape(1, -1, *x.shape[2:]), cos, sin).view(x.shape)


def _shared(pasts: Sequence[LayerPast]) -> LayerPast | None:
    """The rows' pasts as one batch, each row's own then a part of it; None where lengths differ."""
    first = pasts[0]
    if any(past.length != first.length for past in pasts):
        return None
    keys = [past.k for past in pasts if past.k is not None]
    values = [past.v for past in pasts if past.v is not None]
    if not keys:
        return LayerPast(None, None, 0, first.turn)
    k, v = torch.cat(keys), torch.cat(values)
    for at, past in enumerate(pasts):  # what a row gathered by itself is given back
        past.k, past.v = _row(at, k, v)
    return LayerPast(k, v, first.length, first.turn)
