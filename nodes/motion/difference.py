"""What has changed since the frame before, as a mask and as one number."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from engine.node import Node, param, state
from engine.values import Frame, Mask


class Change(NamedTuple):
    mask: Mask
    amount: float


class FrameDifference(Node, id="motion.difference", aliases=("movement", "motion detector")):
    """Shows where the picture changes: white where something moves, black where all is still.

    `amount` is how much of the picture changes, 0 to 1: link it to any parameter, or through a
    threshold to a trigger. The first frame has not changed.
    """

    threshold: float = param(default=0.08, doc="Smallest change that counts", min=0, max=1)
    softness: float = param(
        default=0.08, doc="From the smallest change to fully white", min=0, max=1
    )
    follow: float = param(
        default=1.0, min=0.001, max=1, log=True,
        doc="How fast the picture compared with follows: 1 is the frame before, "
        "less a slowly learnt background",
    )  # fmt: skip
    _past: Tensor | None = state()

    def process(self, frame: Frame) -> Change:
        # a NaN let into a slowly learnt background would never leave again
        picture = frame.tensor.float().nan_to_num()
        past = self._past
        if past is None or past.shape != picture.shape:
            past = picture
        self._past = picture if self.follow >= 1 else past.lerp(picture, self.follow)
        changed = (picture - past).abs().amax(1, keepdim=True)
        span = max(self.softness, 1e-6)
        mask = ((changed - self.threshold) / span).clamp(0, 1)
        return Change(Mask(mask), float(mask.mean()))
