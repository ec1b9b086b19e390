"""A long memory from which a block asks for what it needs."""

from __future__ import annotations

from engine.node import Node, param
from engine.values import Memory
from nodes.memory.budget import first_frames, frames_seen
from nodes.rollout.memory.policy import Live
from nodes.rollout.memory.retrieve import Retrieve


class RetrieveMemory(
    Node, id="memory.retrieve", title="Retrieve memory", aliases=("callback", "v-rex", "recall")
):
    """Keeps a long past in main memory and shows each block the frames that it asks for.

    Turn the camera back and the old room returns: frames from minutes ago are found by what the
    picture looks like now, and join the newest and the first. More mass brings more of them and
    steadies what returns; too many at once make the picture slow and hold it back. The archive
    costs main memory, the frames that a block sees cost time. No checkpoint is trained for it; it
    works without where a block sees no more frames than the checkpoint was trained with.
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
    mass: float = param(
        default=0.9,
        doc="Share of the attention on the past that must be there; 1 takes all there is room for",
        min=0.01,
        max=1,
    )
    archive: int = param(
        default=128,
        doc="Frames of the past that are kept in main memory: each takes 0.6 MB with the embedded "
        "model at 256x256, and 290 MB with Wan 1.3B at 832x480",
        min=0,
        max=100_000,
        soft=(0, 2000),
        unit="frames",
    )
    bits: int = param(
        default=32, doc="How finely pictures are told apart when they are filed", min=4, max=256
    )
    radius: int = param(
        default=7,
        doc="In how many bits patches may differ and still be filed as one; below the bits",
        min=0,
        max=255,
    )

    def process(self) -> Memory:
        return Live(self.policy)

    def policy(self) -> Retrieve:
        """The memory of the knobs as they stand. ParamError where they do not go together."""
        return Retrieve(
            self.frames,
            self.sink,
            self.recent,
            self.mass,
            self.bits,
            self.radius,
            self.archive,
        )
