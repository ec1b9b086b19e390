"""Stage 8 of slipstream-video: the few-step student learns to make blocks that a judge cannot tell
from worlds, each behind the frame it follows, so that edges are edges and what moves goes on."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from assets.recipes.latent_judge import Judging, LatentJudge, held
from assets.recipes.loop import descend, follow
from assets.recipes.precision import mixed
from assets.recipes.video_flow import BLOCKS, OPENING, FlowStage, Sample, told_last
from assets.recipes.video_parts import BLOCK, SCHEDULE, SPREAD, Parts
from nodes.models.video_card import LAST, STEERING
from nodes.rollout.dense import Dense
from nodes.rollout.flow import add_noise, predict_x0
from nodes.rollout.rope_plan import Slot

if TYPE_CHECKING:
    from assets.recipes.video_latents import LatentPool
    from nodes.models.causal_wan import CausalWan

LAST_PLANES = STEERING[LAST]
PEAK = 1e-4
JUDGE_PEAK = 1e-3
STERN = 0.5  # how much the judge's word counts beside errors of latents
WARM = 50  # steps in which the judge learns alone


class Case(NamedTuple):
    """What the judge looks at of a batch: blocks (B, F, C, h, w) by the scale of their channels
    behind their steering, the last frame in it, as (B, planes, h, w)."""

    control: Tensor
    spread: Tensor

    def of(self, blocks: Tensor) -> Tensor:
        return torch.cat([(blocks / self.spread).flatten(1, 2), self.control], 1)


class AdversarialStage:
    """The student, its slow average for shipping, what it was before, and the judge."""

    name = "adversarial"

    def __init__(
        self, student: Parts, pool: LatentPool, *, batch: int, openings: LatentPool | None = None
    ) -> None:
        self.student = student
        student.text.requires_grad_(False)
        self.before, self.average = (
            deepcopy(student.network).requires_grad_(False) for _ in range(2)
        )
        self._supply = FlowStage("supply", student, pool, batch=batch, peak=0, openings=openings)
        config = student.network.config
        device = next(student.network.parameters()).device
        planes = BLOCK * config.channels + config.control_channels
        self._judging = Judging(LatentJudge(planes, config.text_dim).to(device), JUDGE_PEAK)
        self._optimizer = torch.optim.AdamW(
            student.network.parameters(), lr=PEAK, betas=(0.5, 0.99), weight_decay=0.0
        )
        steps = SCHEDULE.steps()
        self._levels = torch.tensor([step.sigma for step in steps], device=device)
        self._spread = torch.tensor(SPREAD, device=device)[:, None, None]
        self._views: dict[tuple[int, int, int], Dense] = {}

    def keep(self) -> dict[str, Any]:
        return {
            "network": self.student.network,
            "network_average": self.average,
            "text_average": self.student.text,
            "judge": self._judging.judge,
            "optimizer": self._optimizer,
            "judging": self._judging.optimizer,
        }

    def step(self, index: int, total: int) -> float:
        del total
        self._supply.refresh(index)
        sample = self._drawn()
        x = add_noise(sample.x0, sample.eps, sample.sigma)
        with torch.no_grad():
            text = self.student.text(self.student.text.tokens(sample.texts))
            was = self._picture(self.before, x, sample, text)
        made, true = self._picture(self.student.network, x, sample, text), sample.x0[:, -BLOCK:]
        case, words = Case(sample.control[:, -BLOCK], self._spread), text.mean(1)
        if index >= WARM:
            seen = (1 - sample.sigma[:, -BLOCK:]).flatten()
            off = held(*(part.flatten(0, 1) for part in (made, was, true)), seen)
            looks = self._judging.looks(case.of(made), words)
            descend(self._optimizer, off - STERN * looks, PEAK)
            decay = min(0.99, (index - WARM + 1) / (index - WARM + 10))
            follow(self.average, self.student.network, decay)
        return self._judging.learn(case.of(true), case.of(made), words).item()

    def _drawn(self) -> Sample:
        """First blocks, or windows that are cut off behind the block that is made; it is at one of
        the student's levels, behind a finished past."""
        if torch.rand(()) < OPENING:
            sample = self._supply.opening()
        else:
            sample = cut(self._supply.sample(), BLOCK * (1 + int(torch.randint(BLOCKS, ()))))
        sigma = torch.zeros_like(sample.sigma)
        drawn = torch.randint(len(self._levels), (len(sigma), 1), device=sigma.device)
        sigma[:, -BLOCK:] = self._levels[drawn]
        return sample._replace(sigma=sigma)

    def _picture(self, network: CausalWan, x: Tensor, sample: Sample, text: Tensor) -> Tensor:
        """The last block (B, BLOCK, C, h, w) as a network sees it finished."""
        grid = network.grid(*x.shape[-2:])
        place = (x.shape[1], *grid)
        if place not in self._views:
            self._views[place] = Dense(Slot(), x.shape[1], grid, BLOCK)
        with mixed(x.device):
            keys = network.embed_text(text)
            v = network(x, 1000 * sample.sigma, keys, self._views[place], sample.control)
        return predict_x0(x, v.float(), sample.sigma)[:, -BLOCK:]


def cut(sample: Sample, frames: int) -> Sample:
    """The first frames of a window, whose past is finished and told."""
    x0, eps, sigma, counts = (part[:, :frames] for part in sample[:4])
    steered = sample.control[:, :frames, :-LAST_PLANES]
    control = torch.cat([steered, told_last(x0, torch.zeros_like(sigma), sample.apart)], 2)
    return Sample(x0, eps, sigma, counts, sample.texts, control, sample.apart)
