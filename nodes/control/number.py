"""A number to turn by hand: one knob that may drive many parameters."""

from __future__ import annotations

from engine.node import Node, param


class Number(Node, id="control.number"):
    """Sends one number, so that one knob moves several parameters of the picture together."""

    value: float = param(default=0.5, doc="The number that is sent", soft=(0, 1), step=0.01)

    def process(self) -> float:
        return self.value
