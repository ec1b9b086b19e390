"""The type a kernel counts in: float32 at least, so that a bfloat16 picture is rounded once, at the
end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

TINY = 1e-12  # a divisor no picture value reaches, in place of zero


def widen(picture: Tensor) -> Tensor:
    """The picture in float32 (float64 stays); nothing is copied where it already is.

    Raises TypeError for whole-number pictures, whose 0..255 would be taken for 0..1.
    """
    if not picture.is_floating_point():
        raise TypeError(
            f"a picture of {picture.dtype} is not in 0..1: convert it with picture.float() / 255"
        )
    return picture.float() if picture.dtype in (torch.float16, torch.bfloat16) else picture
