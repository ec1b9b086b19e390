"""Teaching the refiner: what it makes of two pictures is held against the picture that was there,
pixel by pixel and in the differences of neighbours, so that edges stay sharp."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from assets.recipes.loop import descend, follow, rate

if TYPE_CHECKING:
    from assets.recipes.refiner_data import Triplets
    from nodes.models.refiner import RefinerNetwork

EDGES_WEIGH = 0.5
DARKEST, BRIGHTEST = 0.6, 1.5  # exponents that pictures are made brighter or darker by


class RefinerStage:
    """Trains the refiner; keeps an exponential average for shipping."""

    name = "refiner"

    def __init__(
        self, network: RefinerNetwork, triplets: Triplets, *, batch: int, crop: int, peak: float
    ) -> None:
        self.network = network.to(memory_format=torch.channels_last).train()
        self.average = deepcopy(network).requires_grad_(False)
        self._triplets, self._batch, self._crop, self._peak = triplets, batch, crop, peak
        self._optimizer = torch.optim.AdamW(
            network.parameters(), lr=peak, betas=(0.9, 0.98), weight_decay=0.01
        )

    def keep(self) -> dict[str, Any]:
        return {"network": self.network, "average": self.average, "optimizer": self._optimizer}

    def step(self, index: int, total: int) -> float:
        device = next(self.network.parameters()).device
        first, second, middle = (
            part.to(device, memory_format=torch.channels_last) for part in self.sample()
        )
        with torch.autocast(device.type, dtype=torch.bfloat16):
            made = self.network(first, second)
        loss = difference(made.float(), middle)
        descend(self._optimizer, loss, rate(index, total, peak=self._peak))
        follow(self.average, self.network, min(0.998, (index + 1) / (index + 10)))
        return loss.item()

    def sample(self) -> tuple[Tensor, Tensor, Tensor]:
        """First, second and middle (batch, 3, crop, crop): cut out, turned, mirrored, played
        backwards, brightened and their colours exchanged at random."""
        picks = torch.randint(len(self._triplets), (self._batch,)).tolist()
        rows = torch.stack([self._one(pick) for pick in picks]).float() / 255  # (B, 3, 3, c, c)
        bright = torch.empty(self._batch, 1, 1, 1, 1).uniform_(DARKEST, BRIGHTEST)
        first, second, middle = (rows**bright).unbind(1)
        return first, second, middle

    def _one(self, pick: int) -> Tensor:
        """(3, 3, crop, crop) uint8: one triplet, varied."""
        rows = torch.stack([part[pick] for part in self._triplets])
        y, x = (int(torch.randint(side - self._crop + 1, ())) for side in rows.shape[2:])
        rows = rows[..., y : y + self._crop, x : x + self._crop]
        chances = torch.rand(4) < 0.5
        rows = rows.flip(-1) if chances[0] else rows
        rows = rows.flip(-2) if chances[1] else rows
        rows = rows.mT if chances[2] else rows
        rows = rows[[1, 0, 2]] if chances[3] else rows
        return rows[:, torch.randperm(3)]


def difference(made: Tensor, true: Tensor) -> Tensor:
    """The mean distance of pictures (B, 3, H, W), and of the steps between neighbours in them."""
    wrong = made - true
    edges = wrong.diff(dim=-1).abs().mean() + wrong.diff(dim=-2).abs().mean()
    return wrong.abs().mean() + EDGES_WEIGH * edges
