"""How much memory a video model will take before it is loaded, and what would fit instead."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from engine.errors import WeightsError
from nodes.models.causal_wan import CausalWan
from nodes.models.video_card import PER_LEVEL, RolloutCard
from nodes.models.wan_config import WanConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

GIGA = 1e9
SPACE = 8  # pixels of a latent's side, for every autoencoder here
WORKING = 3000  # estimate: bytes that an autoencoder works in for each pixel of a picture
TOKEN_WIDTHS = 12  # estimate: widths of a token that are alive at once in a layer
SMALLER = (1.0, 0.75, 0.5, 0.375, 0.25)  # of the picture's sides


@dataclass(frozen=True)
class MemoryPlan:
    """Bytes of a rollout by what they are for; `past` is keys and values."""

    weights: int
    past: int
    working: int
    size: tuple[int, int]  # pixels
    window: int  # latent frames

    @property
    def total(self) -> int:
        return self.weights + self.past + self.working

    def __str__(self) -> str:
        return (
            f"{self.total / GIGA:.1f} GB at {self.size[0]}x{self.size[1]} (weights "
            f"{self.weights / GIGA:.1f}, {self.window} frames of past {self.past / GIGA:.1f}, "
            f"working {self.working / GIGA:.1f})"
        )


@dataclass(frozen=True)
class Needs:
    """What decides how much memory a rollout takes; `beside` are the bytes of the autoencoder and
    the text encoder.
    """

    config: WanConfig
    card: RolloutCard
    dtype: torch.dtype
    beside: int = 0

    def plan(self, size: tuple[int, int] | None = None, window: int | None = None) -> MemoryPlan:
        """The bytes at a picture's size in pixels and a window; the card's where none is given.

        Keys and values are there twice, as pages and rotated for the block that reads them; pages
        once more for each step where a memory is kept for each noise level.
        """
        size, window = size or self.card.size, window or self.card.window
        config, each = self.config, self.dtype.itemsize
        tokens = self._tokens(size)
        page = 2 * config.layers * tokens * config.dim * each  # of one latent frame
        levels = len(self.card.steps) if PER_LEVEL in self.card.rows else 1
        widths = TOKEN_WIDTHS * config.dim + config.ffn
        return MemoryPlan(
            weights=parameters(config) * each + self.beside,
            past=page * window * (levels + 1),
            working=self.card.block * tokens * widths * each + size[0] * size[1] * WORKING,
            size=size,
            window=window,
        )

    def largest(self, free: int) -> MemoryPlan | None:
        """The plan nearest to the card's that fits in `free` bytes: as large a picture with fewer
        frames to see, then smaller pictures. None where not even the smallest does.
        """
        plans = (self.plan(size, window) for size in self._sizes() for window in self._windows())
        return next((plan for plan in plans if plan.total <= free), None)

    def _tokens(self, size: tuple[int, int]) -> int:
        _, rows, columns = self.config.patch
        return (size[0] // SPACE // rows) * (size[1] // SPACE // columns)

    def _sizes(self) -> Iterator[tuple[int, int]]:
        for share in SMALLER:
            height, width = (
                self._divisible(side * share, i) for i, side in enumerate(self.card.size)
            )
            yield height, width

    def _divisible(self, side: float, axis: int) -> int:
        unit = SPACE * self.config.patch[1 + axis]
        return max(unit, round(side / unit) * unit)

    def _windows(self) -> range:
        card = self.card
        return range(card.window, card.sink + card.block - 1, -card.block)


@functools.cache
def parameters(config: WanConfig) -> int:
    """How many numbers a network has, counted without making them."""
    with torch.device("meta"):
        return sum(parameter.numel() for parameter in CausalWan(config).parameters())


def fitting_plan(needs: Needs, free: int, name: str) -> tuple[MemoryPlan, str]:
    """The plan to run with where `free` bytes are left, and a sentence where it is not the card's.

    WeightsError where the model cannot run in them at all.
    """
    wanted, found = needs.plan(), needs.largest(free)
    if found is None:
        raise WeightsError(
            f"{name} needs {wanted} and {free / GIGA:.1f} GB are free; even the smallest picture "
            "with the shortest past does not fit: take a smaller model or another device"
        )
    if found == wanted:
        return wanted, ""
    return found, (
        f"{name} needs {wanted} and {free / GIGA:.1f} GB are free; it runs at "
        f"{found.size[0]}x{found.size[1]} with {found.window} frames of past"
    )
