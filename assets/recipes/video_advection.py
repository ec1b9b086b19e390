"""Stages 3 and 7 of slipstream-video: where things go, learnt by itself. What moves the last
finished frame on is a small part of the network and never sees noise, so it can learn from far more
clips than a step of the denoiser can pay for, openings of many more worlds among them.

It learns how everything moved in the pictures, and that the frame carried there is the one that
came. Some pasts are noisier than true ones, or stood still before a camera that is told to go:
behind those a network finds itself, and one that only knows true pasts would go on as it went.

Other stages leave it as it is, and come to hear words in another way: at the end it learns to go by
the words as they have become.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from assets.recipes.loop import descend, follow, rate
from assets.recipes.video_flow import dropped, steered, ways_of, weights
from assets.recipes.video_moves import LAGS
from nodes.models.causal_wan import words_of
from nodes.models.wan_advect import advected, inside
from nodes.rollout.steering import last_planes

if TYPE_CHECKING:
    from assets.recipes.video_latents import LatentPool
    from assets.recipes.video_parts import Parts

PEAK = 2e-3
MANY = 6  # times as many clips as in a batch of the denoiser
STOOD = 0.35  # share of clips whose past is shown as if it had stood still
HAZY = 0.3  # the most noise that the past of half of the clips is seen under
ROUGH = 0.01  # picture heights a latent frame, beyond which a field that is off counts as lines do
FIELD = 8.0  # how much the field counts beside the carried frame


class Going(NamedTuple):
    """Frames that follow a finished one, (B, F, C, h, w), how far everything moved since that,
    (B, F, 2, h, w) in picture heights, how much each cell counts (B, F, h, w), the texts, the
    finished frame and the one before it (B, 1, C, h, w), and what steers them (B, F, 7, h, w)."""

    x0: Tensor
    moves: Tensor
    counts: Tensor
    texts: list[str]
    last: Tensor
    earlier: Tensor
    steered: Tensor

    @property
    def ago(self) -> Tensor:
        """How many frames ago the finished one was, (B, F)."""
        frames = self.x0.shape[1]
        return torch.arange(1, frames + 1, device=self.x0.device).expand(len(self.x0), -1)

    def control(self) -> Tensor:
        """What the network is told, (B, F, 27, h, w), of a past that is not always as it was."""
        batch = (len(self.x0), 1, 1, 1, 1)
        earlier = torch.where(torch.rand(batch) < STOOD, self.last, self.earlier)
        haze = HAZY * torch.rand(batch) * (torch.rand(batch) < 0.5)
        seen = [past + haze * torch.randn_like(past) for past in (self.last, earlier)]
        last, before = (past.expand_as(self.x0) for past in seen)
        return torch.cat([self.steered, last_planes(last, before, self.ago)], 2)


class AdvectionStage:
    """Trains the advection of finished networks; everything else of them stays."""

    def __init__(
        self,
        name: str,
        parts: Parts,
        pool: LatentPool,
        *,
        batch: int,
        openings: LatentPool | None = None,
    ) -> None:
        self.name, self.parts, self._many = name, parts, MANY * batch
        self._pool, self._openings = pool, openings or pool
        for module in (parts.network, parts.text):
            module.requires_grad_(False)
        learning = parts.network.advect.requires_grad_(True).parameters()
        self.average = deepcopy(parts.network).requires_grad_(False)
        self._optimizer = torch.optim.AdamW(learning, lr=PEAK, betas=(0.9, 0.98))

    def keep(self) -> dict[str, Any]:
        return {
            "network": self.parts.network,
            "network_average": self.average,
            "text_average": self.parts.text,
            "optimizer": self._optimizer,
        }

    def step(self, index: int, total: int) -> float:
        for pool in (self._pool, self._openings):
            if index % 50 == 0 or not len(pool):
                pool.refresh()
        going = goings(self._pool if index % 2 else self._openings, self._many)
        loss = strayed(self.parts, going)
        descend(self._optimizer, loss, rate(index, total, peak=PEAK))
        follow(
            self.average.advect, self.parts.network.advect, min(0.99, (index + 1) / (index + 10))
        )
        return loss.item()


def goings(pool: LatentPool, batch: int) -> Going:
    """Draws a finished frame of each of so many clips and up to `LAGS` that follow."""
    index = torch.randint(len(pool), (batch,))
    x0, rows = pool.take(index), torch.arange(batch)[:, None]
    last = torch.randint(max(1, x0.shape[1] - LAGS), (batch, 1))
    frames = last + torch.arange(1, min(LAGS, x0.shape[1] - 1) + 1)
    ways = ways_of(pool, index).at(rows, frames)
    return Going(
        x0[rows, frames],
        pool.moves(index)[rows, frames, frames - last - 1],
        weights(ways, x0.shape[-1]),
        dropped(pool, index),
        x0[rows, last],
        x0[rows, (last - 1).clamp_min(0)],
        steered(ways, x0),
    )


def strayed(parts: Parts, going: Going) -> Tensor:
    """How far the field is off, as lines and near its goal as squares, and the squares of what the
    finished frame is off, carried along it; where that comes from within the picture alone."""
    words, ago = words_of(parts.keys(going.texts)), going.ago[..., None, None, None]
    way = ago * parts.network.advect.speeds(going.control(), words)
    off = ((way - going.moves) / ago / ROUGH).square().sum(2)
    field = ROUGH * ((1 + off).sqrt() - 1)
    flat = way.flatten(0, 1)
    moved = advected(going.last.expand_as(going.x0).flatten(0, 1), flat).view_as(going.x0)
    within = going.counts * inside(flat).view_as(going.counts)
    gap = (moved - going.x0).square().mean(2)
    return FIELD * _mean(field, going.counts) + _mean(gap, within)


def _mean(values: Tensor, counts: Tensor) -> Tensor:
    return (values * counts).sum() / counts.sum().clamp_min(1)
