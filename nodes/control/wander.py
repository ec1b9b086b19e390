"""Random numbers along a line: the same place always has the same number."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from kernels.noise import WORD, philox

if TYPE_CHECKING:
    from engine.node import Rng


@lru_cache(maxsize=4096)
def draw(rng: Rng, index: int) -> float:
    """A number in [0, 1) for each whole index, one after another unrelated."""
    key = (rng.seed & WORD, rng.seed >> 32 & WORD)
    words = philox((index & WORD, 0, 0, rng.stream & WORD), key)
    return cast("int", words[0]) / (WORD + 1)


def wander(rng: Rng, x: float) -> float:
    """A smooth curve in [0, 1) through the draws at whole x: value noise, level at its points.

    Raises ValueError or OverflowError where x is not finite.
    """
    at = math.floor(x)
    share = x - at
    share = share * share * (3 - 2 * share)
    return draw(rng, at) * (1 - share) + draw(rng, at + 1) * share
