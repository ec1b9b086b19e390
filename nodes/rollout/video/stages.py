"""Encoding, denoising and decoding one beside the other: a stream of the device for each.

The pictures of one block are decoded while the next block is denoised, and are handed on one call
later, when they are there: waiting for them at once would line the streams up again. Where a device
has no streams each stage runs where it is called and nothing comes later.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

T = TypeVar("T")
Stage = Literal["encode", "denoise", "decode"]
STAGES: tuple[Stage, ...] = ("encode", "denoise", "decode")
Late = tuple["Tensor", Any]  # pictures, and the event after which they are there


class Stages:
    """Runs each stage on a stream of its own, behind what the calling stream and the stages before
    it have been told.

    `seconds` counts the host's time of each stage, which is the stage's own where there are no
    streams.
    """

    def __init__(self, device: torch.device, *, overlap: bool = False) -> None:
        self._streams: dict[Stage, Any] = {}
        if overlap and device.type == "cuda":
            self._streams = {stage: torch.cuda.Stream(device) for stage in STAGES}
        self.seconds: dict[Stage, float] = dict.fromkeys(STAGES, 0.0)

    @property
    def overlap(self) -> bool:
        """Whether what is decoded comes one call later."""
        return bool(self._streams)

    def run(self, stage: Stage, work: Callable[[], T], *given: Tensor) -> T:
        """What `work` returns; `given` are tensors of other streams that it reads."""
        began = time.perf_counter()
        found = self._beside(stage, work, given) if self._streams else work()
        self.seconds[stage] += time.perf_counter() - began
        return found

    def late(self, pictures: Tensor) -> Late:
        """Pictures that the last stage is at work on."""
        return pictures, self._streams["decode"].record_event()

    def there(self, late: Late) -> Tensor:
        """The pictures, which the calling stream may read from now on."""
        pictures, event = late
        here = torch.cuda.current_stream(pictures.device)
        here.wait_event(event)
        pictures.record_stream(here)
        return pictures

    def _beside(self, stage: Stage, work: Callable[[], T], given: tuple[Tensor, ...]) -> T:
        own = self._streams[stage]
        before = [self._streams[each] for each in STAGES[: STAGES.index(stage)]]
        for stream in (torch.cuda.current_stream(own.device), *before):
            own.wait_stream(stream)
        for tensor in given:
            tensor.record_stream(own)
        with torch.cuda.stream(own):
            return work()

    def __repr__(self) -> str:
        spent = ", ".join(f"{stage} {self.seconds[stage]:.2f} s" for stage in STAGES)
        return f"<Stages {'side by side' if self.overlap else 'in line'}: {spent}>"
