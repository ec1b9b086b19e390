"""Finding old frames by the query: keys hashed to bits, gathered into clusters, weighed by mass.

ReSV of V-Rex (arXiv 2512.12284; no public code). A frame is described by the mean un-rotated keys
of its cells, runs of neighbouring tokens; one index belongs to one layer. Nothing here is written
after it was made, and Hamming distances are one matrix product.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import torch

from kernels.noise import gaussian

if TYPE_CHECKING:
    from torch import Tensor

CELLS = 16  # of a frame
SEED = 2512_12284  # of the hyperplanes


@dataclass(frozen=True, eq=False)
class Index:
    """Clusters of cells: their mean keys, how many cells each has, and which cell is where.

    mean (C, heads, d) float32; count (C,) float32; bits (C, b) of +-1; member (P, cells) int64, a
    row a frame in the order in which they came.
    """

    mean: Tensor
    count: Tensor
    bits: Tensor
    member: Tensor

    @property
    def bytes(self) -> int:
        parts = (self.mean, self.count, self.bits, self.member)
        return sum(part.numel() * part.element_size() for part in parts)

    def mass(self, queries: Tensor) -> Tensor:
        """The share of attention that each cluster would get, (C,), summing to 1; queries
        (g, heads, d). Each cell of a cluster counts; groups and heads are averaged.
        """
        scores = torch.einsum("ghd,chd->ghc", queries, self.mean) / queries.shape[-1] ** 0.5
        return (scores + self.count.log()).softmax(-1).mean((0, 1))

    def rank(self, queries: Tensor, share: float, most: int) -> list[int]:
        """The frames to read, at most so many, by their part of the clusters that together have at
        least `share` of the mass; in the order in which they came.
        """
        mass = self.mass(queries)
        chosen = wicsum(mass, share)
        each = torch.where(chosen, mass / self.count, 0.0)[self.member].sum(1)  # (P,)
        named = chosen[self.member].any(1)
        # of frames that weigh the same the newest is read
        order = each.masked_fill(~named, -1.0).flip(0).argsort(descending=True, stable=True)
        best = (len(each) - 1 - order)[: min(most, int(named.sum()))]
        return sorted(best.tolist())

    def without(self, frames: int) -> Index:
        """The index after its first `frames` frames are forgotten; clusters left empty go too."""
        gone = torch.bincount(self.member[:frames].flatten(), minlength=len(self.count))
        count = self.count - gone
        stays = count > 0
        moved = stays.long().cumsum(0) - 1
        member = moved[self.member[frames:]]
        return Index(self.mean[stays], count[stays], self.bits[stays], member)


def described(tokens: Tensor, cells: int = CELLS) -> Tensor:
    """The cells of keys or queries (B, n, heads, d): the means of `cells` runs of tokens, or fewer
    where there are fewer tokens; (cells, heads, d) on the CPU.
    """
    runs = tokens.float().mean(0).tensor_split(min(cells, tokens.shape[1]))
    return torch.stack([run.mean(0) for run in runs]).cpu()


def with_frames(index: Index | None, cells: Tensor, radius: int, layer: int, bits: int) -> Index:
    """The index with more frames, described by their cells (frames, cells, heads, d).

    A cell joins the nearest cluster within `radius` differing bits, else begins one, which others
    of these frames may join.
    """
    flat = cells.flatten(0, 1)
    hashed = hash_bits(flat, layer, bits)
    known = index or _empty(cells[0], bits)
    member, joins = _nearest(hashed, known.bits, radius)
    own, opened = _leaders(hashed[~joins], radius)
    member[~joins] = len(known.count) + own
    return _joined(known, flat, member.view(cells.shape[:2]), opened, layer)


def _joined(known: Index, cells: Tensor, member: Tensor, opened: int, layer: int) -> Index:
    """Means and counts with new cells in the clusters `member`, of which `opened` are new."""
    size, before, flat = len(known.count) + opened, len(known.count), member.flatten()
    sums = known.mean.new_zeros((size, *cells.shape[1:]))
    sums[:before] = known.mean * known.count[:, None, None]
    count = known.count.new_zeros(size)
    count[:before] = known.count
    count += torch.bincount(flat, minlength=size)
    mean = sums.index_add_(0, flat, cells) / count[:, None, None]
    bits = known.bits.new_empty((size, known.bits.shape[1]))
    bits[:before] = known.bits
    touched = flat.unique()
    bits[touched] = hash_bits(mean[touched], layer, bits.shape[1])
    return Index(mean, count, bits, torch.cat([known.member, member]))


def hash_bits(keys: Tensor, layer: int, bits: int) -> Tensor:
    """On which side of random hyperplanes keys (n, heads, d) lie, (n, bits) of +-1 float32.

    Two keys differ in a bit with probability angle / pi (Charikar 2002).
    """
    flat = keys.flatten(1)
    planes = _planes(flat.shape[1], layer, bits)
    return torch.where(flat @ planes > 0, 1.0, -1.0)


def hamming(a: Tensor, b: Tensor) -> Tensor:
    """In how many bits rows of +-1 differ, (n, m), as one matrix product: (bits - a b') / 2."""
    return (a.shape[1] - a @ b.T) / 2


def wicsum(mass: Tensor, share: float) -> Tensor:
    """The fewest entries of each row (..., C) that together hold at least `share`, as a mask.

    V-Rex's weighted cumulative sum: from the largest on until the share is reached.
    """
    if share >= 1:
        return torch.ones_like(mass, dtype=torch.bool)
    ordered, index = mass.sort(dim=-1, descending=True)
    before = ordered.cumsum(-1) - ordered
    return torch.zeros_like(mass, dtype=torch.bool).scatter(-1, index, before < share)


@cache
def _planes(dim: int, layer: int, bits: int) -> Tensor:
    return gaussian((dim, bits), seed=SEED, stream=0, block=layer)


def _empty(cells: Tensor, bits: int) -> Index:
    nothing = cells.new_empty((0, *cells.shape[1:]))
    member = torch.empty((0, len(cells)), dtype=torch.long)
    return Index(nothing, cells.new_empty(0), cells.new_empty((0, bits)), member)


def _nearest(hashed: Tensor, known: Tensor, radius: int) -> tuple[Tensor, Tensor]:
    """The nearest known row of each, and whether it is within the radius."""
    if not len(known):
        nowhere = torch.zeros(len(hashed), dtype=torch.long)
        return nowhere, nowhere.bool()
    least = hamming(hashed, known).min(dim=1)
    return least.indices, least.values <= radius


def _leaders(hashed: Tensor, radius: int) -> tuple[Tensor, int]:
    """Rows gathered around the first of each neighbourhood: each row's cluster, and how many."""
    near = (hamming(hashed, hashed) <= radius).tolist()
    own, opened = [-1] * len(near), 0
    for row, neighbours in enumerate(near):
        if own[row] < 0:
            own = [opened if o < 0 and n else o for o, n in zip(own, neighbours, strict=True)]
            opened += 1
    return torch.tensor(own, dtype=torch.long), opened
