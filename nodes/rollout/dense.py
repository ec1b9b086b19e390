"""All frames in one call under a mask: the past of a teacher, of training, and of the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import torch

from engine.errors import ParamError
from kernels.attention import attention
from kernels.rope import angles, rotate
from nodes.rollout.kv_cache import PageTag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from nodes.rollout.rope_plan import RopePlan

    Turn = tuple[Tensor, Tensor]
    Look = tuple[slice, slice | Tensor]

Mask = Literal["block_causal", "full", "teacher_forcing"]


class Dense:
    """The `Past` of one network call over `frames` latent frames in blocks of `block`.

    "block_causal": a token looks at its own block and those before, in a `window` of so many frames
    in all (None: no end) and at the first `sink` frames: what `Window` shows a rollout block by
    block. "full": everything looks at everything. "teacher_forcing": the call has 2*frames, first
    the clean ones and then as many noisy ones at the same places; a noisy block looks at itself and
    at the clean blocks before it, a clean one at clean ones (the training of caches with finished
    frames). Angles and who looks where are made at the first call and kept for later ones.
    """

    def __init__(
        self,
        plan: RopePlan,
        frames: int,
        grid: tuple[int, int],
        block: int,
        *,
        window: int | None = None,
        sink: int = 0,
        mask: Mask = "block_causal",
    ) -> None:
        if window is not None and window < sink + block:
            raise ParamError(
                f"a window of {window} frames with a sink of {sink} cannot hold a block of "
                f"{block}: make it {sink + block} or more"
            )
        self.plan, self.frames, self.grid, self.block = plan, frames, grid, block
        self.window, self.sink, self.mask = window, sink, mask
        self._made: dict[tuple[str, int], tuple[Turn, tuple[Look, ...]]] = {}

    def attend(self, layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """See `nodes.models.causal_wan.Past`."""
        del layer
        key = (str(q.device), q.shape[-1])
        if key not in self._made:
            self._made[key] = self._turn(q), self._looks(q.device)
        turn, looks = self._made[key]
        q, k = rotate(q, *turn), rotate(k, *turn)
        found = [attention(q[:, at], k[:, to], v[:, to]) for at, to in looks]
        return torch.cat(found, 1) if len(found) > 1 else found[0]

    def sees(self) -> Tensor:
        """Which frame looks at which, (frames, frames) bool; twice as many in teacher forcing."""
        block = torch.arange(self.frames) // self.block
        causal = block[:, None] >= block[None]
        end = (block + 1) * self.block  # of the block that looks
        if self.window is not None:
            newest = torch.arange(self.frames)[None] >= end[:, None] - (self.window - self.sink)
            causal &= newest | (torch.arange(self.frames) < self.sink)[None]
        if self.mask == "full":
            return torch.ones(self.frames, self.frames, dtype=torch.bool)
        if self.mask == "block_causal":
            return causal
        own = block[:, None] == block[None]
        rows = torch.cat([causal, torch.zeros_like(own)], 1), torch.cat([causal & ~own, own], 1)
        return torch.cat(rows)

    def _looks(self, device: torch.device) -> tuple[Look, ...]:
        """Runs of tokens that look at the same others: to attend run by run takes no mask and
        leaves out what it would hide."""
        cells = self.grid[0] * self.grid[1]
        looks: list[Look] = []
        first = 0
        for frames, sees in _runs(self.sees()):
            at = slice(first * cells, (first + frames) * cells)
            looks.append((at, _tokens(sees, cells, device)))
            first += frames
        return tuple(looks)

    def _turn(self, like: Tensor) -> Turn:
        tags = [PageTag(frame, frame // self.block) for frame in range(self.frames)]
        places = self.plan.positions((), tags)
        at = self._twice(places.block, like)
        phase = None if places.block_phase is None else self._twice(places.block_phase, like)
        return angles(at, self.grid, like.shape[-1], phase=phase)

    def _twice(self, numbers: Sequence[float], like: Tensor) -> Tensor:
        row = torch.tensor(numbers, dtype=torch.float32, device=like.device)
        return row.repeat(2) if self.mask == "teacher_forcing" else row


def _runs(sees: Tensor) -> list[tuple[int, Tensor]]:
    """Rows of a table that are alike and follow each other: how many, and the row."""
    rows, _, counts = torch.unique_consecutive(sees, True, True, dim=0)
    return list(zip(counts.tolist(), rows, strict=True))


def _tokens(sees: Tensor, cells: int, device: torch.device) -> slice | Tensor:
    """The tokens of the frames that are seen, as a slice where they lie together."""
    frames = sees.nonzero()[:, 0]
    first, end = int(frames[0]), int(frames[-1]) + 1
    if end - first == len(frames):
        return slice(first * cells, end * cells)
    return sees.repeat_interleave(cells).nonzero()[:, 0].to(device)
