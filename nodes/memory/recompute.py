"""A memory that reads the last pictures anew before each block."""

from __future__ import annotations

from engine.node import Node, param
from engine.values import Memory
from nodes.rollout.memory.policy import Live
from nodes.rollout.memory.recompute import Recompute


class RecomputeMemory(
    Node, id="memory.recompute", title="Recompute memory", aliases=("no cache", "krea", "refresh")
):
    """Keeps no memory but the last pictures, and reads them anew before each block.

    A new prompt or weight is obeyed at once and fully, for nothing older than these frames has a
    say; errors do not pile up in a memory, but what left the picture is forgotten within a second
    and the look wanders. Each block costs one more call of the network over these frames. Krea's
    realtime model is trained for it; others do well when it is as long as their window allows.
    """

    frames: int = param(
        default=6,
        doc="Newest latent frames that are read anew; a latent frame is 4 pictures",
        min=1,
        max=256,
        soft=(1, 21),
        unit="frames",
    )

    def process(self) -> Memory:
        return Live(self.policy)

    def policy(self) -> Recompute:
        """The memory of the knobs as they stand. ParamError where they do not go together."""
        return Recompute(self.frames)
