"""Stage 5 of slipstream-video: a student that answers in one call what three calls of the teacher
say, so that a few straight steps along its flow make a picture.

Guidance distillation (Meng et al. 2023) of two guidances at once. Classifier-free guidance goes
away from what the network does without words; autoguidance (Karras et al. 2024) goes away from what
it did when it was young, which is what a small network leaves of the noise. Blocks with a past go
on from a picture that is clear already and would overdo it block by block: they are guided by age
less, away from what the network was when it began to go on behind its own pictures, and those that
are told their last frame not by words. What they say behind the student's own pictures is learnt
there.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from assets.recipes.guidance import learnt
from assets.recipes.loop import descend, follow, rate
from assets.recipes.video_flow import FlowStage, Sample, judged, strayed
from assets.recipes.video_onward import falls, onward
from assets.recipes.video_parts import BLOCK, WINDOW, Parts
from nodes.models.video_card import LAST, STEERING

if TYPE_CHECKING:
    from assets.recipes.video_latents import LatentPool

WORDS = 0.5  # how far beyond the teacher, as a share of what words and steering change
AGE = 1.5  # the same of what it has learnt since it was young, in first blocks
LATER_AGE = 0.5  # and in those with a past
OWN = 0.5  # share of the steps behind the student's own pictures
PEAK = 3e-4


class Youth(NamedTuple):
    """The teacher as it was when it was young: of those steps that taught it first blocks, and of
    those that taught it to go on behind its own pictures."""

    first: Parts
    onward: Parts


class DistillStage:
    """Student, its slow average for shipping, the frozen teacher and its younger selves."""

    name = "distill"

    def __init__(
        self,
        teacher: Parts,
        young: Youth,
        pool: LatentPool,
        *,
        batch: int,
        openings: LatentPool | None = None,
    ) -> None:
        self.teacher, self.young = teacher, young
        self.student = Parts(teacher.vae, teacher.text, deepcopy(teacher.network))
        for parts in (teacher, *young):
            parts.network.requires_grad_(False)
            parts.text.requires_grad_(False)
        self._supply = FlowStage("supply", teacher, pool, batch=batch, peak=0, openings=openings)
        self.average = deepcopy(self.student.network).requires_grad_(False)
        self._optimizer = torch.optim.AdamW(
            self.student.network.parameters(), lr=PEAK, betas=(0.9, 0.98), weight_decay=0.0
        )

    def keep(self) -> dict[str, Any]:
        return {
            "network": self.student.network,
            "network_average": self.average,
            "text_average": self.student.text,
            "optimizer": self._optimizer,
        }

    def step(self, index: int, total: int) -> float:
        self._supply.refresh(index)
        loss = self._onward() + self._carried() if falls(index, OWN) else self._answers()
        descend(self._optimizer, loss, rate(index, total, peak=PEAK, warm=20))
        follow(self.average, self.student.network, min(0.99, (index + 1) / (index + 10)))
        return loss.item()

    def _answers(self) -> Tensor:
        """How far the student is from the guided teacher in a batch."""
        sample = self._supply.drawn()
        target = self._guided(sample)
        v = self._supply.flow(sample, self.student)
        if sample.x0.shape[1] == WINDOW:
            self._supply.learn_errors(sample, v.detach())
        return judged(v, target, sample.counts)

    def _onward(self) -> Tensor:
        """How far it is from the teacher behind its own pictures."""
        gaps: list[Tensor] = []
        followed = [self.student, self.teacher, self.young.onward]
        for part in onward(self._supply.film(), followed):
            with torch.no_grad():
                v = part.flow(1)
                target = v + LATER_AGE * learnt(v, part.flow(2))
            gaps.append(judged(part.flow(), target, part.counts))
        return torch.stack(gaps).mean()

    def _carried(self) -> Tensor:
        """How far its advection is off, which goes by words that the student learns to hear
        otherwise."""
        return strayed(self.student, self._supply.sample(taught=True))

    @torch.no_grad()
    def _guided(self, sample: Sample) -> Tensor:
        """The teacher's flow (B, F, C, h, w), taken further away from both of what it is not."""
        v = self._supply.flow(sample)
        alone = sample.control[:, :, -STEERING[LAST], None] == 0  # not told the last frame
        guided = v + WORDS * alone * (v - self._supply.flow(_untold(sample)))
        first = self._supply.flow(_opening(sample), self.young.first)
        guided[:, :BLOCK] += AGE * learnt(v[:, :BLOCK], first)
        if sample.x0.shape[1] > BLOCK:
            young = self._supply.flow(sample, self.young.onward)
            guided[:, BLOCK:] += LATER_AGE * learnt(v, young)[:, BLOCK:]
        return guided


def _untold(sample: Sample) -> Sample:
    """The same without words and steering; the last frame stays."""
    control = sample.control.clone()
    control[:, :, : -STEERING[LAST]] = 0
    return sample._replace(texts=[""] * len(sample.texts), control=control)


def _opening(sample: Sample) -> Sample:
    """The first block alone, which sees nothing else."""
    x0, eps, sigma, counts = (part[:, :BLOCK] for part in sample[:4])
    return Sample(x0, eps, sigma, counts, sample.texts, sample.control[:, :BLOCK], sample.apart)
