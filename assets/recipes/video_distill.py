"""Stage 3 of slipstream-video: a student of four steps or fewer, with the guidance built in.

Latent consistency distillation (Luo et al. 2023) of one block at a time behind its clean past; the
teacher's guided Euler step says where a noisy block goes, the student's slow average what it is.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from assets.recipes.loop import descend, follow, rate
from assets.recipes.video_flow import BLOCKS, FlowStage, Sample, told_last
from assets.recipes.video_parts import BLOCK, SHIFT, Parts
from nodes.models.video_card import LAST, STEERING
from nodes.rollout.dense import Dense
from nodes.rollout.flow import add_noise, euler, predict_x0
from nodes.rollout.rope_plan import Slot

if TYPE_CHECKING:
    from assets.recipes.video_latents import LatentPool
    from nodes.models.causal_wan import CausalWan, TextKeys

LAST_PLANES = STEERING[LAST]
GUIDANCE = 2.5
GRID = 16  # teacher's steps from noise to picture
HUBER = 0.02
PEAK = 3e-4
TOGETHER = 0.2  # share of batches whose blocks all have one level, for caches of one level


class Told(NamedTuple):
    """What a network goes by: texts (B, L, dim) and steering (B, F, 24, h, w)."""

    text: Tensor
    control: Tensor


class DistillStage:
    """Student, its slow average as the target and for shipping, and the frozen guided teacher."""

    name = "distill"

    def __init__(self, teacher: Parts, student: Parts, pool: LatentPool, *, batch: int) -> None:
        self.teacher, self.student = teacher, student
        self._supply = FlowStage("supply", teacher, pool, batch=batch, peak=0)
        self._pool = pool
        teacher.network.requires_grad_(False)
        teacher.text.requires_grad_(False)
        student.text.requires_grad_(False)
        self.average = deepcopy(student.network).requires_grad_(False)
        self._views: dict[tuple[int, int, int], Dense] = {}
        self._optimizer = torch.optim.AdamW(
            student.network.parameters(), lr=PEAK, betas=(0.9, 0.98), weight_decay=0.0
        )

    def keep(self) -> dict[str, Any]:
        return {
            "network": self.student.network,
            "network_average": self.average,
            "text_average": self.student.text,
            "optimizer": self._optimizer,
        }

    def step(self, index: int, total: int) -> float:
        if index % 50 == 0 or not len(self._pool):
            self._pool.refresh()
        sample, now, later = self._drawn()
        x = add_noise(sample.x0, sample.eps, now)
        with torch.autocast(x.device.type, dtype=torch.bfloat16):
            told, untold = self._prompts(sample)
            target = self._target(x, now, later, told, untold)
            found = self._picture(self.student.network, x, now, told)
        gap = (found - target)[:, -BLOCK:] * sample.counts[:, -BLOCK:, None]
        loss = ((gap**2 + HUBER**2).sqrt() - HUBER).mean()
        descend(self._optimizer, loss, rate(index, total, peak=PEAK))
        follow(self.average, self.student.network, min(0.99, (index + 1) / (index + 10)))
        return loss.item()

    def _drawn(self) -> tuple[Sample, Tensor, Tensor]:
        """A batch cut off behind the block that is learnt, and its levels (B, F) before and after
        the teacher's step; the past is clean, or at the block's own level."""
        sample = self._supply.sample()
        block = int(torch.randint(BLOCKS, ()))
        frames = (block + 1) * BLOCK
        number = torch.randint(1, GRID + 1, (len(sample.x0), 1)).expand(-1, frames)
        now, later = _level(number / GRID), _level((number - 1) / GRID)
        if torch.rand(()) >= TOGETHER:
            past = torch.arange(frames) < frames - BLOCK
            clean = torch.zeros_like(now)
            now, later = torch.where(past, clean, now), torch.where(past, clean, later)
        x0, eps, sigma, counts = (part[:, :frames] for part in sample[:4])
        steered = sample.control[:, :frames, :-LAST_PLANES]
        control = torch.cat([steered, told_last(x0, now, sample.apart)], 2)
        return Sample(x0, eps, sigma, counts, sample.texts, control, sample.apart), now, later

    @torch.no_grad()
    def _prompts(self, sample: Sample) -> tuple[Told, Told]:
        """What the student is told, and nothing but the frame before."""
        text, nothing = self.teacher.text, sample.control.clone()
        nothing[:, :, :-LAST_PLANES] = 0
        told = text(text.tokens(sample.texts))
        return Told(told, sample.control), Told(text(text.tokens([""] * len(told))), nothing)

    @torch.no_grad()
    def _target(self, x: Tensor, now: Tensor, later: Tensor, told: Told, untold: Told) -> Tensor:
        """The picture that the slow average sees after one guided step of the teacher."""
        v = self._flow(self.teacher.network, x, now, told)
        plain = self._flow(self.teacher.network, x, now, untold)
        stepped = euler(x, plain + GUIDANCE * (v - plain), now, later)
        found = self._picture(self.average, stepped, later, told)
        done = (later == 0)[..., None, None, None]
        return torch.where(done, stepped, found)

    def _picture(self, network: CausalWan, x: Tensor, sigma: Tensor, told: Told) -> Tensor:
        return predict_x0(x, self._flow(network, x, sigma, told), sigma)

    def _flow(self, network: CausalWan, x: Tensor, sigma: Tensor, told: Told) -> Tensor:
        keys: TextKeys = network.embed_text(told.text)
        grid = network.grid(*x.shape[-2:])
        place = (x.shape[1], *grid)
        if place not in self._views:
            self._views[place] = Dense(Slot(), x.shape[1], grid, BLOCK)
        return network(x, 1000 * sigma, keys, self._views[place], told.control).float()


def _level(u: Tensor) -> Tensor:
    return SHIFT * u / (1 + (SHIFT - 1) * u)
