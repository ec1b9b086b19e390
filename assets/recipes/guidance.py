"""What both families are guided away from: themselves when they were young."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def learnt(now: Tensor, young: Tensor) -> Tensor:
    """What an answer (..., h, w) has beyond that of its younger self, but for the mean of each row:
    light and colour of sky and ground are learnt first and only grow stronger, and pictures that
    are taken further that way are too bright or too dark (autoguidance, Karras et al. 2024)."""
    gap = now - young
    return gap - gap.mean(-1, keepdim=True)
