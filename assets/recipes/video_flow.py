"""Stage 2 of slipstream-video: the causal denoiser and its text encoder by flow matching, every
block at a noise level of its own (diffusion forcing, Chen et al. 2024).

One checkpoint then serves caches of finished blocks and caches of one noise level, for it has seen
both kinds of past. A third of the pasts are nearly clean, and carry the model's own errors (SVI's
error recycling), so that long rollouts do not drift.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from assets.recipes.loop import descend, follow, rate
from assets.recipes.muon import MuonAndAdam
from assets.recipes.video_parts import BLOCK, SHIFT, WINDOW, Parts
from nodes.rollout.dense import Dense
from nodes.rollout.flow import add_noise
from nodes.rollout.rope_plan import Slot

if TYPE_CHECKING:
    from assets.recipes.video_latents import LatentPool

BLOCKS = WINDOW // BLOCK
DROP = 0.1
CLEAN_SHARE = 0.35
THING = 4.0  # times as much as its surroundings
BANK = 256  # blocks of the model's own errors that are remembered


class Sample(NamedTuple):
    """A batch as the denoiser sees it: x0 and eps (B, F, C, h, w), sigma (B, F), how much each cell
    counts in the loss (B, F, h, w), and the texts."""

    x0: Tensor
    eps: Tensor
    sigma: Tensor
    counts: Tensor
    texts: list[str]


class FlowStage:
    """Trains denoiser and text encoder; keeps their exponential averages for shipping."""

    def __init__(
        self,
        name: str,
        parts: Parts,
        pool: LatentPool,
        *,
        batch: int,
        peak: float,
        half: LatentPool | None = None,
        half_batch: int = 0,
    ) -> None:
        self.name, self.parts, self._whole = name, parts, pool
        self._pool, self._half = pool, half
        self._batches = batch, half_batch
        self.network_average = deepcopy(parts.network).requires_grad_(False)
        self.text_average = deepcopy(parts.text).requires_grad_(False)
        self._batch, self._peak = batch, peak
        self._errors: dict[int, list[Tensor]] = {}
        self._past: dict[tuple[int, int], Dense] = {}
        self._optimizer = MuonAndAdam(
            parts.network.blocks, [parts.network, parts.text], peak=peak or 1.0
        )

    def keep(self) -> dict[str, Any]:
        return {
            "network": self.parts.network,
            "text": self.parts.text,
            "network_average": self.network_average,
            "text_average": self.text_average,
            "optimizer": self._optimizer,
        }

    def step(self, index: int, total: int) -> float:
        self._turn_to(index)
        sample = self.sample()
        x = add_noise(sample.x0, sample.eps, sample.sigma)
        with torch.autocast(x.device.type, dtype=torch.bfloat16):
            keys = self.parts.keys(sample.texts)
            past = self.past(self.parts.network.grid(*x.shape[-2:]))
            v = self.parts.network(x, 1000 * sample.sigma, keys, past)
        gap = ((v.float() - (sample.eps - sample.x0)) ** 2).mean(2)
        loss = (gap * sample.counts).sum() / sample.counts.sum().clamp_min(1)
        self._learn_errors(sample, v.detach().float())
        descend(self._optimizer, loss, rate(index, total, peak=self._peak))
        decay = min(0.998, (index + 1) / (index + 10))
        follow(self.network_average, self.parts.network, decay)
        follow(self.text_average, self.parts.text, decay)
        return loss.item()

    def _turn_to(self, index: int) -> None:
        """Whole and half size in turn, where there is a pool of each: half costs a quarter."""
        halved = self._half is not None and index % 2 == 1
        self._pool = self._half if halved and self._half is not None else self._whole
        self._batch = self._batches[halved]
        if index % 50 < 2 or not len(self._pool):
            self._pool.refresh()

    def past(self, grid: tuple[int, int]) -> Dense:
        """The block-causal view of a whole window."""
        if grid not in self._past:
            apart = self._pool is self._half
            self._past[grid] = (Apart if apart else Dense)(Slot(), WINDOW, grid, BLOCK)
        return self._past[grid]

    def sample(self) -> Sample:
        """Draws clips, moments, noise and levels.

        The first block opens its clip, as a sink does; the others follow it at once or, half of
        the time, later on. Then the second is past and not judged: nothing leads to it.
        """
        index = torch.randint(len(self._pool), (self._batch,))
        clips = self._pool.take(index)
        later = torch.randint(clips.shape[1] - WINDOW + 1, (self._batch,))
        later = later * (torch.rand(self._batch) < 0.5)
        frames = torch.arange(WINDOW) + later[:, None] * (torch.arange(WINDOW) >= BLOCK)
        rows = torch.arange(self._batch)[:, None]
        x0 = clips[rows, frames]
        sigma, judged = self._levels(later > 0)
        counts = judged[..., None, None] * weights(
            self._pool.things(index)[rows, frames], x0.shape[-1]
        )
        dropped = (torch.rand(self._batch) < DROP).tolist()
        pairs = zip(index.tolist(), dropped, strict=True)
        texts = ["" if drop else self._pool.texts[i] for i, drop in pairs]
        return Sample(self._spoilt(x0, sigma), torch.randn_like(x0), sigma, counts, texts)

    def _levels(self, apart: Tensor) -> tuple[Tensor, Tensor]:
        """Sigmas (B, F), one a block, and which frames count, as 0.0 or 1.0."""
        batch = len(apart)
        u = torch.rand(batch, BLOCKS)
        sigma = SHIFT * u / (1 + (SHIFT - 1) * u)
        clean = torch.rand(batch, BLOCKS) < CLEAN_SHARE
        clean[:, -1] = False
        clean[apart, 1] = True
        sigma = torch.where(clean, 0.04 * u * (torch.rand(batch, 1) < 0.5), sigma)
        together = torch.rand(batch, 1) < 0.2  # a row of caches: all blocks at one level
        sigma = torch.where(together & ~apart[:, None], sigma[:, -1:], sigma)
        counts = torch.ones(batch, BLOCKS)
        counts[apart, 1] = 0
        return sigma.repeat_interleave(BLOCK, 1), counts.repeat_interleave(BLOCK, 1)

    def _spoilt(self, x0: Tensor, sigma: Tensor) -> Tensor:
        """The clips, some of their nearly clean blocks with errors that the model once made."""
        errors = self._errors.get(x0.shape[-1], [])
        if len(errors) < BANK // 8:
            return x0
        x0 = x0.clone()
        for row in range(len(x0)):
            for first in range(0, WINDOW - BLOCK, BLOCK):
                if sigma[row, first] < 0.05 and torch.rand(()) < 0.5:
                    error = errors[int(torch.randint(len(errors), ()))]
                    x0[row, first : first + BLOCK] += torch.rand(()) * error
        return x0

    def _learn_errors(self, sample: Sample, v: Tensor) -> None:
        """Remembers how far one block's picture was off."""
        row, block = int(torch.randint(len(v), ())), BLOCKS - 1
        here = slice(block * BLOCK, (block + 1) * BLOCK)
        sigma = sample.sigma[row, block * BLOCK]
        if 0.2 < sigma < 0.85:
            off = -sigma * (v[row, here] - (sample.eps - sample.x0)[row, here])
            kept = self._errors.get(off.shape[-1], [])
            self._errors[off.shape[-1]] = [*kept[-BANK + 1 :], off.clamp(-2, 2)]


def weights(things: Tensor, cells: int) -> Tensor:
    """How much each cell of square latents counts, (B, F, cells, cells): what lies on a thing
    (B, F, 3) more, for a thing is a sixth of its picture and most of what the text says."""
    u, v, radius = things[..., None, None].unbind(2)
    place = (torch.arange(cells) + 0.5) / cells
    away = ((place - u) ** 2 + (place[:, None] - v) ** 2).sqrt()
    return 1 + (THING - 1) * ((away < 1.1 * radius) & (radius > 0))


class Apart(Dense):
    """The view of half-size clips among whole ones: their tokens stand two places apart, so that a
    place means the same part of the picture in both."""

    def _turn(self, like: Tensor) -> tuple[Tensor, Tensor]:
        whole = (2 * self.grid[0], 2 * self.grid[1])
        cos, sin = Dense(self.plan, self.frames, whole, self.block)._turn(like)
        cos, sin = (part.unflatten(0, (self.frames, *whole))[:, ::2, ::2] for part in (cos, sin))
        return cos.flatten(0, 2), sin.flatten(0, 2)
