"""What the stages share that make the few-step student of slipstream-video: it learns what a frozen
teacher would answer, half of the time behind its own pictures."""

from __future__ import annotations

from abc import ABC, abstractmethod
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from assets.recipes.loop import descend, follow, rate
from assets.recipes.video_flow import FlowStage, Sample, falls, judged
from assets.recipes.video_onward import Stretch, onward
from assets.recipes.video_parts import WINDOW, Parts

if TYPE_CHECKING:
    from assets.recipes.video_latents import LatentPool

OWN = 0.5  # share of the steps behind the student's own pictures
PEAK = 3e-4


class StudentStage(ABC):
    """Student, its slow average for shipping, the frozen teacher and who else is asked."""

    name: str

    def __init__(
        self,
        teacher: Parts,
        pool: LatentPool,
        *,
        batch: int,
        openings: LatentPool | None = None,
        others: tuple[Parts, ...] = (),
    ) -> None:
        self.asked = (teacher, *others)
        self.student = Parts(teacher.vae, teacher.text, deepcopy(teacher.network))
        for parts in self.asked:
            parts.network.requires_grad_(False)
            parts.text.requires_grad_(False)
        self.supply = FlowStage("supply", teacher, pool, batch=batch, peak=0, openings=openings)
        self.average = deepcopy(self.student.network).requires_grad_(False)
        self._optimizer = torch.optim.AdamW(
            self.student.network.parameters(), lr=PEAK, betas=(0.9, 0.98), weight_decay=0.0
        )

    @abstractmethod
    def wanted(self, sample: Sample) -> Tensor:
        """What the student is to answer, (B, F, C, h, w)."""

    @abstractmethod
    def wanted_behind(self, part: Stretch) -> Tensor:
        """The same behind its own pictures, where those who are asked are calls 1 and on."""

    def keep(self) -> dict[str, Any]:
        return {
            "network": self.student.network,
            "network_average": self.average,
            "text_average": self.student.text,
            "optimizer": self._optimizer,
        }

    def step(self, index: int, total: int) -> float:
        self.supply.refresh(index)
        loss = self._onward() if falls(index, OWN) else self._answers()
        descend(self._optimizer, loss, rate(index, total, peak=PEAK, warm=20))
        follow(self.average, self.student.network, min(0.99, (index + 1) / (index + 10)))
        return loss.item()

    def _answers(self) -> Tensor:
        """How far the student is off in a batch."""
        sample = self.supply.drawn()
        with torch.no_grad():
            target = self.wanted(sample)
        v = self.supply.flow(sample, self.student)
        if sample.x0.shape[1] == WINDOW:
            self.supply.learn_errors(sample, v.detach())
        return judged(v, target, sample.counts)

    def _onward(self) -> Tensor:
        """How far it is off behind its own pictures."""
        gaps: list[Tensor] = []
        for part in onward(self.supply.film(), [self.student, *self.asked]):
            with torch.no_grad():
                target = self.wanted_behind(part)
            gaps.append(judged(part.flow(), target, part.counts))
        return torch.stack(gaps).mean()
