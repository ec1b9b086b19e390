"""A memory of the newest frames and of first ones that are renewed."""

from __future__ import annotations

from engine.node import Node, param
from engine.values import Memory
from nodes.memory.budget import frames_seen
from nodes.rollout.memory.policy import Live
from nodes.rollout.memory.ring import Ring


class RingMemory(
    Node, id="memory.ring", title="Ring memory", aliases=("kv cache", "sink refresh", "live video")
):
    """Remembers the newest frames, and first frames that give way when the scene has changed.

    For live video (StreamDiffusionV2): while the camera stays, the first frames hold the look as in
    a window memory; after a cut or a pan to somewhere else they no longer resemble the picture and
    are replaced, one with each frame, so the old place does not bleed into the new. A higher
    threshold lets go sooner and holds the look less; -1 never lets go.
    """

    frames: int = frames_seen()
    sink: int = param(
        default=3,
        doc="Frames that hold the look together until they are renewed",
        min=0,
        max=64,
        soft=(0, 9),
        unit="frames",
    )
    threshold: float = param(
        default=0.2,
        doc="How alike a first frame and the newest must be for it to stay; -1 always stays",
        min=-1,
        max=1,
    )

    def process(self) -> Memory:
        return Live(self.policy)

    def policy(self) -> Ring:
        """The memory of the knobs as they stand. ParamError where they do not go together."""
        return Ring(self.frames, self.sink, self.threshold)
