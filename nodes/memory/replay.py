"""A window memory of half the size."""

from __future__ import annotations

from engine.node import Node, param
from engine.values import Memory
from nodes.memory.budget import first_frames, frames_seen
from nodes.rollout.memory.policy import Live
from nodes.rollout.memory.replay import Replay


class ReplayMemory(
    Node, id="memory.replay", title="Replay memory", aliases=("kv-direct", "half memory", "lora")
):
    """A window memory that takes half the room, for a little more work in each block.

    The picture is the same to the last bit as with a window memory of these frames. Older frames
    are kept as what their keys are made from and made again at each block, with the weights of that
    moment: fade a LoRA in and the past takes on its style too, where a window memory would hold the
    old one. Use it for long windows of large models. Checkpoints are trained for it where they are
    for a window.
    """

    frames: int = frames_seen()
    sink: int = first_frames(3)
    recent: int = param(
        default=3,
        doc="Newest frames that are kept ready; more is faster and takes more room",
        min=0,
        max=64,
        soft=(0, 9),
        unit="frames",
    )

    def process(self) -> Memory:
        return Live(self.policy)

    def policy(self) -> Replay:
        """The memory of the knobs as they stand. ParamError where they do not go together."""
        return Replay(self.frames, self.sink, self.recent)
