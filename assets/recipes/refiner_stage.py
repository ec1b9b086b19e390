"""Teaching the refiner: what it makes of two pictures is held against the picture that was there,
pixel by pixel and in the differences of neighbours, so that edges stay sharp; it is shown most what
the plain mix gets wrong."""

from __future__ import annotations

import math
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor

from assets.recipes.loop import descend, follow, rate
from assets.recipes.precision import mixed

if TYPE_CHECKING:
    from assets.recipes.refiner_data import Triplets
    from nodes.models.refiner import RefinerNetwork

EDGES_WEIGH = 0.5
NOISE_WEIGHS = 0.02  # of the logarithm of the mean square, beside distances of about 0.03
FAINT = 1e-5  # a mean square below which a picture is right
CELL = 8  # pixels of the cells that are drawn by how wrong the mix is there
ANYWHERE = 0.5  # share of pieces that are drawn from anywhere
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
        self._wrong = wrongness(triplets)
        self._drawn = self._wrong.flatten().double().cumsum(0)
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
        with mixed(device):
            made = self.network(first, second)
        loss = difference(made.float(), middle)
        descend(self._optimizer, loss, rate(index, total, peak=self._peak))
        follow(self.average, self.network, min(0.998, (index + 1) / (index + 10)))
        return loss.item()

    def sample(self) -> tuple[Tensor, Tensor, Tensor]:
        """First, second and middle (batch, 3, crop, crop): cut out, turned, mirrored, played
        backwards, brightened and their colours exchanged at random."""
        rows = torch.stack([self._one(*place) for place in self._places()]).float() / 255
        bright = torch.empty(self._batch, 1, 1, 1, 1).uniform_(DARKEST, BRIGHTEST)
        first, second, middle = (rows**bright).unbind(1)
        return first, second, middle

    def _places(self) -> list[tuple[int, int, int]]:
        """Triplets, and the line and column around which a piece of each is cut."""
        drawn = torch.rand(self._batch, dtype=torch.float64) * self._drawn[-1]
        cells = torch.searchsorted(self._drawn, drawn).clamp_max(self._wrong.numel() - 1)
        anywhere = torch.rand(self._batch) < ANYWHERE
        cells = torch.where(anywhere, torch.randint(self._wrong.numel(), cells.shape), cells)
        picks, lines, columns = torch.unravel_index(cells, self._wrong.shape)
        nudge = torch.randint(-self._crop // 4, self._crop // 4 + 1, (2, self._batch))
        lines, columns = lines * CELL + nudge[0], columns * CELL + nudge[1]
        return list(zip(picks.tolist(), lines.tolist(), columns.tolist(), strict=True))

    def _one(self, pick: int, line: int, column: int) -> Tensor:
        """(3, 3, crop, crop) uint8: a piece of one triplet, varied."""
        rows = torch.stack([part[pick] for part in self._triplets])
        y, x = (
            min(max(middle - self._crop // 2, 0), side - self._crop)
            for middle, side in zip((line, column), rows.shape[2:], strict=True)
        )
        rows = rows[..., y : y + self._crop, x : x + self._crop]
        chances = torch.rand(4) < 0.5
        rows = rows.flip(-1) if chances[0] else rows
        rows = rows.flip(-2) if chances[1] else rows
        rows = rows.mT if chances[2] else rows
        rows = rows[[1, 0, 2]] if chances[3] else rows
        return rows[:, torch.randperm(3)]


def wrongness(triplets: Triplets) -> Tensor:
    """(N, H / 8, W / 8): how wrong the plain mix of each triplet is in every cell."""
    found = []
    for first, second, middle in zip(*(part.split(64) for part in triplets), strict=True):
        mix = (first.float() + second.float()) / 2
        wrong = (mix - middle.float()).abs().mean(1, keepdim=True) / 255
        found.append(F.avg_pool2d(wrong, CELL)[:, 0])
    return torch.cat(found)


def difference(made: Tensor, true: Tensor) -> Tensor:
    """The mean distance of pictures (B, 3, H, W), that of the steps between neighbours in them, and
    how far each is in decibels, so that what is nearly right is still made better."""
    wrong = made - true
    edges = wrong.diff(dim=-1).abs().mean() + wrong.diff(dim=-2).abs().mean()
    noise = (wrong.square().mean((1, 2, 3)) + FAINT).log().mean() - math.log(FAINT)
    return wrong.abs().mean() + EDGES_WEIGH * edges + NOISE_WEIGHS * noise
