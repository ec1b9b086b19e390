"""A picture as it was some frames ago; also what makes a feedback loop of pictures legal."""

from __future__ import annotations

from typing import Literal

import torch

from engine.node import Context, Node, param, state
from engine.values import Frame


class Delay(Node, id="compose.delay", title="Delay", delays=True, aliases=("echo",)):
    """Shows the picture that came some frames ago.

    Until that many have come it shows the first one, or black. In a loop the smallest delay, one
    frame, closes the circle, and the loop begins with black.
    """

    frames: int = param(default=1, doc="How many frames later", min=1, max=600, soft=(1, 60))
    initial: Literal["first", "black"] = param(
        default="first", doc="What is shown before the first picture is due"
    )
    _past: tuple[Frame, ...] = state(())

    def write(self, value: Frame) -> None:
        """Takes the picture of this step."""
        self._past = (*self._past, value)[-(self.frames + 1) :]

    def read(self) -> Frame | None:
        """The picture written `frames` writes before the newest; None while there is none."""
        return self._past[-1 - self.frames] if len(self._past) > self.frames else None

    def read_ahead(self) -> Frame | None:
        """What `read` will give after the next write: for the step to come."""
        return self._past[-self.frames] if len(self._past) >= self.frames else None

    def start(self, ctx: Context) -> Frame:
        """What a loop begins with: black of the stream's size."""
        return Frame(torch.zeros(1, 3, ctx.stream.height, ctx.stream.width, device=ctx.device))

    def process(self, frame: Frame) -> Frame:
        self.write(frame)
        due = self.read()
        if due is not None:
            return due
        first = self._past[0]
        return first if self.initial == "first" else Frame(torch.zeros_like(first.tensor))
