"""One of several pictures."""

from __future__ import annotations

from typing import Literal

from engine.node import Node, param
from engine.values import Frame


class Switch(Node, id="compose.switch", aliases=("select", "choose", "router")):
    """Shows one of up to four pictures; a number that is linked to `choose` counts them from 0.

    Where nothing is linked to the chosen input, the first picture is shown. Pictures keep their own
    sizes; the rate is that of the first.
    """

    choose: Literal["a", "b", "c", "d"] = param(default="a", doc="The picture that is shown")

    def process(
        self, a: Frame, b: Frame | None = None, c: Frame | None = None, d: Frame | None = None
    ) -> Frame:
        return {"a": a, "b": b, "c": c, "d": d}[self.choose] or a
