"""The stochastic similarity filter: decides, frame by frame, whether the last picture may stand for
a new one.

StreamDiffusion (Kodaira et al. 2023), section 3.5. The more a frame resembles the one that was last
processed, the likelier it is a repeat; nothing sleeps, the caller is told. Luck comes in as a
number that belongs to the frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

EPSILON = 1e-6  # least norm a picture is divided by


def skip_probability(similarity: float, threshold: float) -> float:
    """How likely a frame of that cosine similarity is a repeat: 0 at the threshold, 1 at
    likeness.
    """
    if threshold >= 1:
        return 0.0
    return max(0.0, (similarity - threshold) / (1 - threshold))


def cosine(one: Tensor, other: Tensor) -> Tensor:
    """How alike two pictures in [0, 1] are as directions from middle grey; a scalar in [-1, 1]."""
    return torch.cosine_similarity((one * 2 - 1).flatten(), (other * 2 - 1).flatten(), 0, EPSILON)


@dataclass(frozen=True, eq=False)
class Reading:
    """A similarity on its way from the device: `value` may be read once `ready` has passed."""

    value: Tensor
    ready: torch.cuda.Event | None = None

    def arrived(self) -> bool:
        return self.ready is None or self.ready.query()


@dataclass(frozen=True, eq=False)
class Similarity:
    """What the filter remembers: the last processed picture, repeats since, the newest known
    likeness.

    Replaced by each decision, never written into.
    """

    reference: Tensor | None = None
    repeats: int = 0
    known: float = -1.0
    reading: Reading | None = None


def judge(
    memory: Similarity,
    picture: Tensor,
    *,
    threshold: float,
    longest: int,
    luck: float,
) -> tuple[bool, Similarity]:
    """Whether `picture` (1, 3, H, W) is a repeat of the last processed one, and what to remember.

    `luck` in [0, 1) is the frame's own. After `longest` repeats and one more, one frame is
    processed by force. On a CPU the decision uses this frame's similarity; on an accelerator the
    newest that has arrived, normally that of the frame before, so that nothing waits for the
    device.
    """
    reference = memory.reference
    if reference is None or reference.shape != picture.shape:
        return False, Similarity(reference=picture)
    known, reading = _measured(memory, reference, picture)
    repeat = luck < skip_probability(known, threshold) and memory.repeats <= longest
    if not repeat:
        return False, Similarity(reference=picture, known=known, reading=reading)
    return True, Similarity(reference, memory.repeats + 1, known, reading)


def _measured(
    memory: Similarity, reference: Tensor, picture: Tensor
) -> tuple[float, Reading | None]:
    if picture.device.type == "cpu":
        return float(cosine(reference, picture)), None
    waiting = memory.reading
    if waiting is None:
        return memory.known, _asked(cosine(reference, picture))
    if not waiting.arrived():
        return memory.known, waiting
    return float(waiting.value), _asked(cosine(reference, picture))


def _asked(value: Tensor) -> Reading:
    if value.device.type != "cuda":
        return Reading(value.cpu())
    host = torch.empty((), dtype=torch.float32, pin_memory=True)
    host.copy_(value.float(), non_blocking=True)
    ready = torch.cuda.Event()
    ready.record()
    return Reading(host, ready)
