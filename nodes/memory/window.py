"""A memory of the newest frames and the first."""

from __future__ import annotations

from engine.node import Node
from engine.values import Memory
from nodes.memory.budget import first_frames, frames_seen
from nodes.rollout.memory.policy import Live
from nodes.rollout.memory.window import Window


class WindowMemory(
    Node, id="memory.window", title="Window memory", aliases=("kv cache", "sink", "sliding window")
):
    """Remembers the newest frames and never forgets the first.

    A longer window keeps what leaves the picture for longer and costs time in each block. The first
    frames keep colours and scene from drifting for hours, but they also hold an old scene fast when
    the prompt asks for a new one: with a sink of 0 the picture follows freely and drifts. What fell
    between the first frames and the window is gone for good. Nearly every checkpoint is trained for
    this memory; more frames than it was trained with are shown as a warning.
    """

    frames: int = frames_seen()
    sink: int = first_frames(3)

    def process(self) -> Memory:
        return Live(self.policy)

    def policy(self) -> Window:
        """The memory of the knobs as they stand. ParamError where they do not go together."""
        return Window(self.frames, self.sink)
