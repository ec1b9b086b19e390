"""Random fields for pictures: smooth noise by enlarging coarse random grids, one octave after
another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

T = TypeVar("T")


def fbm(
    n: int,
    height: int,
    width: int,
    rng: Generator,
    *,
    cells: tuple[float, float] = (4, 4),
    octaves: int = 5,
    gain: float = 0.5,
) -> Tensor:
    """Fractal noise (N, H, W), about zero mean and unit deviation; `cells` (rows, columns) of
    the coarsest octave."""
    total = torch.zeros(n, height, width)
    weight, power = 1.0, 0.0
    for octave in range(octaves):
        rows = max(2, round(cells[0] * 2**octave))
        columns = max(2, round(cells[1] * 2**octave))
        if octave and (rows > height or columns > width):
            break
        grid = torch.randn(n, 1, rows, columns, generator=rng)
        total += weight * _enlarge(grid, height, width)
        power += weight**2
        weight *= gain
    return total / (0.65 * power**0.5)


def profile(
    n: int, width: int, rng: Generator, *, cells: float, octaves: int = 6, gain: float = 0.5
) -> Tensor:
    """A line of hills (N, W), about zero mean and unit deviation."""
    total, weight, power = torch.zeros(n, width), 1.0, 0.0
    for octave in range(octaves):
        count = min(width, max(2, round(cells * 2**octave)))
        grid = torch.randn(n, 1, 1, count, generator=rng)
        total += weight * _enlarge(grid, 1, width)[:, 0]
        power += weight**2
        weight *= gain
    return total / (0.75 * power**0.5)


def ridges(n: int, width: int, rng: Generator, *, cells: float, octaves: int = 6) -> Tensor:
    """A line of sharp peaks (N, W) in about [-1, 1]: folded noise (Musgrave's ridged
    multifractal)."""
    total, weight = torch.zeros(n, width), 1.0
    for octave in range(octaves):
        count = min(width, max(2, round(cells * 2**octave)))
        grid = torch.rand(n, 1, count + 1, generator=rng) * 2 - 1
        line = F.interpolate(grid, size=width, mode="linear", align_corners=True)[:, 0]
        total += weight * (1 - 2 * line.abs())
        weight *= 0.5
    return total / 1.6


def steps(n: int, width: int, rng: Generator, *, count: int) -> Tensor:
    """A skyline (N, W) in [0, 1]: plateaus of uneven width, as buildings are."""
    heights = torch.rand(n, count, generator=rng)
    edges = (torch.rand(n, count, generator=rng) + 0.35).cumsum(1)
    edges = edges / edges[:, -1:]
    columns = torch.linspace(0, 1, width).expand(n, width).contiguous()
    return heights.gather(1, torch.searchsorted(edges.contiguous(), columns).clamp_max(count - 1))


def coordinates(n: int, height: int, width: int) -> tuple[Tensor, Tensor]:
    """Picture coordinates u, v (N, H, W); v runs 0 to 1 downwards, u at the same scale."""
    v = (torch.arange(height) + 0.5) / height
    u = (torch.arange(width) + 0.5) / height
    return u.expand(n, height, width), v[:, None].expand(n, height, width)


class Paper:
    """What a style draws once and is given again in the same order, so that every frame of a clip
    is painted on the same paper."""

    def __init__(self, rng: Generator) -> None:
        self._rng = rng
        self._kept: list[Any] = []
        self._at = 0

    def again(self) -> Paper:
        """The same paper for the next frame."""
        self._at = 0
        return self

    def noise(self, picture: Tensor, cells: float, octaves: int = 3) -> Tensor:
        """Fractal noise (M, 1, H, W) for pictures (M, C, H, W), as fine at every aspect."""
        m, _, height, width = picture.shape
        size = (cells, cells * width / height)
        return self.keep(
            lambda: fbm(m, height, width, self._rng, cells=size, octaves=octaves, gain=0.6)[:, None]
        )

    def rand(self, *shape: int) -> Tensor:
        """Uniform numbers in [0, 1)."""
        return torch.rand(*shape, generator=self._rng)

    def keep(self, make: Callable[[], T]) -> T:
        """What `make` gives for the first frame, again for each further one."""
        if self._at == len(self._kept):
            self._kept.append(make())
        self._at += 1
        return self._kept[self._at - 1]


class MixedPaper(Paper):
    """A paper on its way to another; for styles that take nothing but noise from it."""

    def __init__(self, here: Paper, there: Paper, share: float) -> None:
        self._two, self._share = (here, there), share

    def noise(self, picture: Tensor, cells: float, octaves: int = 3) -> Tensor:
        """Fractal noise (M, 1, H, W), the one paper's mixed with the other's."""
        here, there = (paper.noise(picture, cells, octaves) for paper in self._two)
        return torch.lerp(here, there, self._share)


def _enlarge(grid: Tensor, height: int, width: int) -> Tensor:
    if grid.shape[-2:] == (height, width):
        return grid[:, 0]
    return F.interpolate(grid, size=(height, width), mode="bicubic", align_corners=False)[:, 0]
