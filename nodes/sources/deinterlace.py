"""Interlaced pictures as whole ones, by a filter that is built when the first of them comes by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from av.error import BlockingIOError as NotYet
from av.error import EOFError as Ended
from av.filter import Graph

if TYPE_CHECKING:
    from collections.abc import Iterator

BWDIF = "mode=send_frame:parity=auto:deint=interlaced"  # progressive pictures pass


class Deinterlacer:
    """Passes av.VideoFrames through, woven from their fields by bwdif where they are interlaced."""

    def __init__(self) -> None:
        self._graph: Graph | None = None
        self._shape: tuple[Any, ...] = ()

    def push(self, frame: Any) -> Iterator[Any]:
        """The frames that are ready after this one; None ends the stream."""
        if frame is not None and self._shape_changed(frame):
            yield from self._finish()
            self._begin(frame)
        if self._graph is None:
            yield from () if frame is None else (frame,)
            return
        self._graph.push(frame)
        yield from self._ready()
        if frame is None:
            self._graph = None

    def _shape_changed(self, frame: Any) -> bool:
        wanted = self._graph is not None or frame.interlaced_frame
        return wanted and self._shape != _shape(frame)

    def _finish(self) -> Iterator[Any]:
        if self._graph is not None:
            self._graph.push(None)
            yield from self._ready()

    def _begin(self, frame: Any) -> None:
        graph = Graph()
        width, height, form, base = self._shape = _shape(frame)
        entry = graph.add_buffer(width=width, height=height, format=form, time_base=base)
        graph.link_nodes(entry, graph.add("bwdif", BWDIF), graph.add("buffersink"))
        graph.configure()
        self._graph = graph

    def _ready(self) -> Iterator[Any]:
        graph = self._graph
        while graph is not None:
            try:
                yield graph.pull()
            except (NotYet, Ended):
                return


def _shape(frame: Any) -> tuple[Any, ...]:
    return frame.width, frame.height, frame.format, frame.time_base
