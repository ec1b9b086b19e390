"""Two pictures carried to the moment midway between them: motion is searched once, smoothed, and
each picture goes half of it.

Steps 2 and 3 of ANVIL (arXiv 2603.26835), on a dense inverse search in place of a codec's vectors.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor

from kernels.color import luma
from kernels.resize import resize
from kernels.warp import backward_warp

LEAST_SIDE = 16  # pixels; the search works on patches of 8 and asserts that they fit
FINEST = 1  # the search ends at half the size; a whole one costs four times as much, for 0.1 dB
OUTLIERS, SMOOTH = 5, 1.0  # pixels of a median, deviation of a Gaussian
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
    """(1, 2, H, W): for each pixel of the first picture (1, 3, H, W), how far it lies in the
    second; found on pictures whose longer side is at most `size`."""
    height, width = first.shape[2:]
    vectors = search.calc(_grey(first, size), _grey(second, size), None)  # (h, w, 2)
    planes = [cv2.medianBlur(np.ascontiguousarray(vectors[..., at]), OUTLIERS) for at in (0, 1)]
    smooth = np.stack([cv2.GaussianBlur(plane, (0, 0), SMOOTH) for plane in planes])
    return fitted_motion(torch.from_numpy(smooth)[None].to(first.device), height, width)


def fitted_motion(motion: Tensor, height: int, width: int) -> Tensor:
    """Motion (1, 2, h, w) in pixels of a picture of another size."""
    small = motion.shape[2:]
    if tuple(small) == (height, width):
        return motion
    scale = motion.new_tensor([width / small[1], height / small[0]]).view(1, 2, 1, 1)
    return resize(motion * scale, height=height, width=width).contiguous()


def midway(first: Tensor, second: Tensor, motion: Tensor) -> Midway:
    """Carries two pictures (1, C, H, W) to the moment between them, by the motion (1, 2, H, W) from
    the first to the second, of the first's pixels."""
    half = backward_warp(motion, motion * -0.5)[0] * 0.5
    return Midway(backward_warp(first, -half)[0], backward_warp(second, half)[0], half * 2)


def misfit(first: Tensor, second: Tensor) -> float:
    """How far two pictures (1, 3, H, W) are apart on average, beside what is in them: 0 where they
    are alike, about 1 where they have nothing to do with each other."""
    small = [resize(x.float(), height=LOOK, width=LOOK, filter="area") for x in (first, second)]
    apart = (small[0] - small[1]).abs().mean()
    within = sum((x - x.mean((2, 3), keepdim=True)).abs().mean() for x in small) / 2
    return float(apart / (within + FLAT))


def _grey(picture: Tensor, size: int) -> np.ndarray:
    """(h, w) uint8: the luma, its longer side at most `size`, none too small for the search."""
    height, width = picture.shape[2:]
    shrink = min(1.0, size / max(height, width))
    high, wide = (max(round(side * shrink), LEAST_SIDE) for side in (height, width))
    grey = resize(luma(picture.float()), height=high, width=wide)
    return (grey[0, 0].clamp(0, 1) * 255).round().to(torch.uint8).cpu().numpy()
