"""Two pictures carried to the moment midway between them: motion is searched both ways, smoothed,
the better fit taken, and each picture goes half of it.

Steps 2 and 3 of ANVIL (arXiv 2603.26835), on a dense inverse search in place of a codec's vectors.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np
from torch import Tensor

from kernels.resize import resize
from kernels.warp import backward_warp
from nodes.motion.dense_search import fitted_motion, grey, vectors

FINEST = 1  # the search ends at half the size; a whole one costs four times as much, for 0.1 dB
OUTLIERS, SMOOTH = 5, 1.0  # pixels of a median, deviation of a Gaussian
AROUND = 5  # pixels of the square that a motion has to fit in
LOOK = 64  # rows and columns that pictures are compared on
FLAT = 0.05  # what pictures of one colour have in them, so that noise on them is no cut


class Midway(NamedTuple):
    """Both pictures (1, C, H, W) carried to the middle, and the motion there (1, 2, H, W) that led
    from the one to the other."""

    first: Tensor
    second: Tensor
    motion: Tensor


def searcher() -> Any:
    """What `searched` looks with; used by one thread at a time.

    Without variational refinement, which a median replaces at a third of the time.
    """
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    search.setFinestScale(FINEST)
    search.setVariationalRefinementIterations(0)
    return search


def searched(first: Tensor, second: Tensor, search: Any, *, size: int) -> Tensor:
    """(1, 2, H, W): for each pixel of the moment between, how far what it shows goes from the first
    picture (1, 3, H, W) to the second; found on pictures whose longer side is at most `size`.

    It is searched both ways and each pixel takes the way that fits both pictures better: what one
    picture hides beside a thing in front, the other shows.
    """
    before, after = grey(first, size), grey(second, size)
    there = _smoothed(search.calc(before, after, None))
    back = -_smoothed(search.calc(after, before, None))
    there, back = _read(there, there * -0.5), _read(back, back * 0.5)  # as of the middle's pixels
    fits = _misfits(before, after, there) <= _misfits(before, after, back)
    found = vectors(np.where(fits[..., None], there, back))
    return fitted_motion(found.to(first.device), *first.shape[2:])


def at_middle(motion: Tensor) -> Tensor:
    """Motion (1, 2, H, W) of the first picture's pixels as that of the moment between's."""
    return backward_warp(motion, motion * -0.5)[0]


def midway(first: Tensor, second: Tensor, motion: Tensor) -> Midway:
    """Carries two pictures (1, C, H, W) to the moment between them, by the motion (1, 2, H, W) of
    that moment's pixels from the first to the second."""
    half = motion / 2
    return Midway(backward_warp(first, -half)[0], backward_warp(second, half)[0], motion)


def misfit(first: Tensor, second: Tensor) -> float:
    """How far two pictures (1, 3, H, W) are apart on average, beside what is in them: 0 where they
    are alike, about 1 where they have nothing to do with each other."""
    small = [resize(x.float(), height=LOOK, width=LOOK, filter="area") for x in (first, second)]
    apart = (small[0] - small[1]).abs().mean()
    within = sum((x - x.mean((2, 3), keepdim=True)).abs().mean() for x in small) / 2
    return float(apart / (within + FLAT))


def _smoothed(vectors: np.ndarray) -> np.ndarray:
    """(h, w, 2) without outliers."""
    planes = [cv2.medianBlur(np.ascontiguousarray(vectors[..., at]), OUTLIERS) for at in (0, 1)]
    return cv2.GaussianBlur(np.dstack(planes), (0, 0), SMOOTH)


def _misfits(first: np.ndarray, second: np.ndarray, motion: np.ndarray) -> np.ndarray:
    """(h, w) uint8: how far two grey pictures are apart around each pixel of the middle."""
    apart = cv2.absdiff(_read(first, motion * -0.5), _read(second, motion * 0.5))
    return cv2.blur(apart, (AROUND, AROUND))


def _read(picture: np.ndarray, motion: np.ndarray) -> np.ndarray:
    """(h, w) or (h, w, 2) read at p + motion (h, w, 2); small pictures, where torch is slower."""
    height, width = picture.shape[:2]
    x = motion[..., 0] + np.arange(width, dtype=np.float32)
    y = motion[..., 1] + np.arange(height, dtype=np.float32)[:, None]
    return cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
