"""Stage 3 of slipstream-video: where things go, learnt by itself. What moves the last finished
frame on is a small part of the network and never sees noise, so it can learn from far more clips
than a step of the denoiser can pay for, openings of many more worlds among them."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import torch

from assets.recipes.loop import descend, follow, rate
from assets.recipes.video_flow import FlowStage, Sample, strayed
from nodes.models.video_card import LAST, STEERING
from nodes.rollout.steering import last_planes

if TYPE_CHECKING:
    from assets.recipes.video_latents import LatentPool
    from assets.recipes.video_parts import Parts

PEAK = 1e-3
MANY = 4  # times as many clips as in a batch of the denoiser


class AdvectionStage:
    """Trains the advection of finished networks; everything else of them stays."""

    name = "advection"

    def __init__(
        self, parts: Parts, pool: LatentPool, *, batch: int, openings: LatentPool | None = None
    ) -> None:
        self.parts, self._many = parts, MANY * batch
        self._supply = FlowStage("supply", parts, pool, batch=batch, peak=0, openings=openings)
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
        self._supply.refresh(index)
        loss = strayed(self.parts, self._windows() if index % 2 else self._openings())
        descend(self._optimizer, loss, rate(index, total, peak=PEAK))
        follow(
            self.average.advect, self.parts.network.advect, min(0.99, (index + 1) / (index + 10))
        )
        return loss.item()

    def _windows(self) -> Sample:
        return self._supply.sample(taught=True, batch=self._many)

    def _openings(self) -> Sample:
        """Openings, each frame told the one before it."""
        sample = self._supply.opening(2 * self._many)
        x0, steered = sample.x0, sample.control[:, :, : -STEERING[LAST]]
        last, earlier = x0[:, [0, 0, 1]], x0[:, [0, 0, 0]]
        told = last_planes(last, earlier, torch.tensor([[0, 1, 1]]).expand(len(x0), -1))
        return sample._replace(control=torch.cat([steered, told], 2))
