"""Figures of a refiner: how near the picture between two comes to the one that was there, beside
simpler ways to get one, and how long it takes."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from assets.recipes.refiner_data import ALIKE, SEARCH
from nodes.motion.midway import midway, misfit, searched, searcher

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nodes.models.refiner import RefinerModel

WAYS = ("copy", "blend", "warped", "refined")  # the first of the two pictures, their mix, and so on
CELL = 8  # pixels of the cells that move or do not
MOVES = 0.02  # how far apart a cell is in both pictures, on average, to be one that moves
BEST = 1e-6  # the mean square at which pictures are as good as equal: 60 dB
ROUNDS = 8  # pictures of which the quickest tells the time


class Nearness(NamedTuple):
    """Decibels of the whole picture and of the cells that move, the mean over pictures; and how
    many pictures that are."""

    whole: float
    moving: float
    pictures: int


def threes(clip: Tensor, step: int) -> Iterator[Tensor]:
    """Pictures (3, 3, H, W) in [0, 1] of a clip (T, 3, H, W), `step` frames apart, one after
    another; the middle one is what is to be found."""
    for start in range(0, len(clip) - 2 * step, 2 * step):
        yield clip[start : start + 2 * step + 1 : step]


def middles(model: RefinerModel, first: Tensor, second: Tensor) -> dict[str, Tensor]:
    """Every way to a picture between two (1, 3, H, W); none across a cut."""
    found = midway(first, second, searched(first, second, searcher(), size=SEARCH))
    if misfit(found.first, found.second) >= ALIKE:
        return {}
    return {
        "copy": first,
        "blend": (first + second) / 2,
        "warped": (found.first + found.second) / 2,
        "refined": model.middle(found.first, found.second),
    }


def nearness(model: RefinerModel, many: Iterable[Tensor]) -> dict[str, Nearness]:
    """How near each way comes, over pictures (3, 3, H, W); those across a cut do not count."""
    whole: dict[str, list[float]] = {way: [] for way in WAYS}
    moving: dict[str, list[float]] = {way: [] for way in WAYS}
    for three in many:
        first, true, second = three.split(1)
        moves = _cells((first - second).abs()) > MOVES
        for way, made in middles(model, first, second).items():
            error = _cells((made - true).square())
            whole[way].append(_decibels(error.mean()))
            if moves.any():
                moving[way].append(_decibels(error[moves].mean()))
    return {way: Nearness(_mean(whole[way]), _mean(moving[way]), len(whole[way])) for way in WAYS}


def _cells(picture: Tensor) -> Tensor:
    return F.avg_pool2d(picture.mean(1, keepdim=True), CELL)


def _decibels(error: Tensor) -> float:
    return float(-10 * error.clamp_min(BEST).log10())


def _mean(figures: list[float]) -> float:
    return sum(figures) / max(1, len(figures))


def milliseconds(model: RefinerModel, side: int) -> dict[str, float]:
    """What one picture between two of a size takes this process, the quickest of several: the
    search, carrying both, and refining."""
    pictures = torch.rand(2, 3, 12, 12)
    first, second = F.interpolate(pictures, (side, side), mode="bicubic").clamp(0, 1).split(1)
    search, times = searcher(), list[tuple[float, ...]]()
    for _ in range(ROUNDS):
        marks = [time.perf_counter()]
        motion = searched(first, second, search, size=SEARCH)
        marks.append(time.perf_counter())
        carried = midway(first, second, motion)
        marks.append(time.perf_counter())
        model.middle(carried.first, carried.second)
        marks.append(time.perf_counter())
        times.append(tuple(after - before for before, after in pairwise(marks)))
    least = (1000 * min(row) for row in zip(*times, strict=True))
    return dict(zip(("search", "carry", "refine"), least, strict=True))
