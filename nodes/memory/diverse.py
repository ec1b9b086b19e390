"""A memory of what differs most."""

from __future__ import annotations

from typing import Literal

from engine.node import Node, param
from engine.values import Memory
from nodes.memory.budget import first_frames, frames_seen
from nodes.rollout.memory.diverse import Diverse
from nodes.rollout.memory.diverse_tokens import DiverseTokens
from nodes.rollout.memory.policy import Live


class DiverseMemory(
    Node, id="memory.diverse", title="Diverse memory", aliases=("infinitevggt", "long memory")
):
    """Remembers the newest frames, the first, and of the rest those that differ most.

    What repeats is forgotten first and what was seen once stays, so a slow journey is remembered in
    a few telling frames and comes back truer when the camera returns, at the cost of a window of
    the same length. By frames whole pictures stay or go. By tokens each part of the network keeps
    single patches of many pictures: a wider memory of the same size that smooths over more. No
    checkpoint is trained for it; it works without, best where the window is as long as trained.
    """

    frames: int = frames_seen()
    sink: int = first_frames(1)
    recent: int = param(
        default=2,
        doc="Newest frames that are always kept: movement goes on through them",
        min=1,
        max=64,
        soft=(1, 9),
        unit="frames",
    )
    floor: float = param(
        default=0.1,
        doc="What is fainter than this share of the usual is forgotten first, as noise",
        min=0,
        max=0.99,
    )
    by: Literal["frames", "tokens"] = param(
        default="frames", doc="What stays or goes: whole frames, or patches of them"
    )

    def process(self) -> Memory:
        return Live(self.policy)

    def policy(self) -> Diverse | DiverseTokens:
        """The memory of the knobs as they stand. ParamError where they do not go together."""
        return KINDS[self.by](self.frames, self.sink, self.recent, self.floor)


KINDS = {"frames": Diverse, "tokens": DiverseTokens}
