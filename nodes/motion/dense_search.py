"""What every dense inverse search begins and ends with: grey pictures of a bounded size, and motion
carried back to the size of the picture."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from kernels.color import luma
from kernels.resize import resize

LEAST_SIDE = 16  # pixels; the search works on patches of 8 and asserts that they fit


def grey(picture: Tensor, size: int) -> np.ndarray:
    """(h, w) uint8: the luma of (1, 3, H, W), its longer side at most `size`, none too small for
    the search."""
    height, width = picture.shape[2:]
    shrink = min(1.0, size / max(height, width))
    high, wide = (max(round(side * shrink), LEAST_SIDE) for side in (height, width))
    small = resize(luma(picture.float()), height=high, width=wide)
    return (small[0, 0].clamp(0, 1) * 255).round().to(torch.uint8).cpu().numpy()


def vectors(field: np.ndarray) -> Tensor:
    """What a search found, (h, w, 2), as (1, 2, h, w)."""
    return torch.from_numpy(field).permute(2, 0, 1)[None].contiguous()


def fitted_motion(motion: Tensor, height: int, width: int) -> Tensor:
    """Motion (1, 2, h, w) in pixels of a picture of another size."""
    small = motion.shape[2:]
    if tuple(small) == (height, width):
        return motion
    scale = motion.new_tensor([width / small[1], height / small[0]]).view(1, 2, 1, 1)
    return resize(motion * scale, height=height, width=width).contiguous()
