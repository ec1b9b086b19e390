"""The null sink: takes pictures and keeps none."""

from __future__ import annotations

from engine.node import Node, resource
from engine.values import Frame


class Null(Node, id="sinks.null", aliases=("nothing", "drain", "bench")):
    """Swallows what it gets, so that a graph without an output runs and can be measured."""

    _received: int = resource(default=0)

    def process(self, frame: Frame) -> None:
        del frame
        self._received += 1

    @property
    def received(self) -> int:
        """Frames that came."""
        return self._received
