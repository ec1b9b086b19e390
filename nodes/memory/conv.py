"""A memory that folds what lies back."""

from __future__ import annotations

from engine.node import Node, param
from engine.values import Memory
from nodes.memory.budget import first_frames
from nodes.rollout.memory.conv import ConvKV
from nodes.rollout.memory.policy import Live


class ConvMemory(
    Node, id="memory.conv", title="Folding memory", aliases=("convkv", "soulx", "compress")
):
    """Folds older frames five into one, again and again, and never grows.

    Nothing is dropped outright: the far past stays as an ever softer impression behind the first
    frames and the newest, which keeps light, colour and place steady for hours while details of
    long ago fade. SoulX-LiveAct is trained for it, with kernels that fold; without them the mean
    does, which works and remembers a little more blurred.
    """

    sink: int = first_frames(2)
    slots: int = param(
        default=1,
        doc="Folded frames; each stands for five, and in time for many more",
        min=1,
        max=32,
        soft=(1, 4),
        unit="frames",
    )
    recent: int = param(
        default=1,
        doc="Newest frames that are not folded yet when the others are",
        min=0,
        max=64,
        soft=(0, 8),
        unit="frames",
    )

    def process(self) -> Memory:
        return Live(self.policy)

    def policy(self) -> ConvKV:
        """The memory of the knobs as they stand. ParamError where they do not go together."""
        return ConvKV(self.sink, self.slots, self.recent)
