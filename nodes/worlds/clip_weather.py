"""What falls in moving worlds: which words bring rain or snow, and the pictures of drops and
flakes that slide over the frame."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nodes.worlds.words import Words

SNOWFALL, RAINFALL = 0.25, 1.1  # picture heights a second
SLANT = 0.05  # sideways, as a share of the fall


def weathers(words: list[Words]) -> tuple[list[bool], list[bool]]:
    """In which worlds it snows and in which it rains."""
    snows = [w.scene == "snow" and w.time in ("dusk", "storm", "fog") for w in words]
    rains = [w.scene not in ("snow", "desert") and w.time == "storm" for w in words]
    return snows, rains


def weather_textures(n: int, side: int, rng: Generator) -> tuple[Tensor, Tensor]:
    """Flakes and drops, (N, 1, side, side) each; they repeat after one picture height."""
    spots = torch.rand(n, 1, side // 2, side // 2, generator=rng) ** 70
    drops = torch.rand(n, 1, side // 16, side // 2, generator=rng) ** 30
    size = (side, side)
    flakes = 2.0 * F.interpolate(spots, size=size, mode="bicubic").clamp(0, 1)
    return flakes, 0.5 * F.interpolate(drops, size=size, mode="bilinear")
