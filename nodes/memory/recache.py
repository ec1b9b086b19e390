"""A memory that is read anew when the prompt changes."""

from __future__ import annotations

from typing import Literal

from engine.node import Node, param
from engine.values import Memory
from nodes.memory.budget import first_frames, frames_seen
from nodes.rollout.memory.policy import Live
from nodes.rollout.memory.recache import Recache


class RecacheMemory(
    Node, id="memory.recache", title="Recache memory", aliases=("longlive", "prompt switch")
):
    """Remembers the newest frames and the first, and reads them anew when the prompt changes.

    The way to change a prompt without a cut (LongLive): the last pictures are read once more as if
    they had been made under the new prompt, so movement goes on while the scene turns into what is
    asked for. With a window memory the old prompt lingers in what is remembered; with none there is
    a break. Keeping the first frames holds the look across prompts; letting them be read anew, too,
    lets a new prompt change everything. It has its say where the stream's `recache` is on memory.
    """

    frames: int = frames_seen()
    sink: int = first_frames(3)
    mask: Literal["full", "block_causal"] = param(
        default="full",
        doc="What the frames see of each other as they are read anew: all, as LongLive was tuned, "
        "or what came before, as they were made",
    )
    keep_sink: bool = param(
        default=True, doc="First frames keep the prompt that they were made under"
    )

    def process(self) -> Memory:
        return Live(self.policy)

    def policy(self) -> Recache:
        """The memory of the knobs as they stand. ParamError where they do not go together."""
        return Recache(self.frames, self.sink, self.mask, self.keep_sink)
