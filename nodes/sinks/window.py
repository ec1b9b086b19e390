"""The output sink: marks the picture that goes on air and keeps the newest for whoever shows it."""

from __future__ import annotations

from typing import NamedTuple

from engine.handoff import await_ready, ready_event
from engine.node import Node, Packet, Tick, resource
from engine.values import Frame


class Shown(NamedTuple):
    """A picture that was presented: when, in flicks, and the how-manieth it is, from 1."""

    frame: Frame
    pts: int
    serial: int


class OutputWindow(
    Node,
    id="sinks.window",
    title="Output",
    aliases=("window", "screen", "projector", "second display", "on air"),
):
    """Puts the picture on air: on the output window, the program monitor and the recording."""

    _newest: tuple[Packet[Frame], int] | None = resource()

    def process(self, frame: Frame, tick: Tick) -> None:
        serial = self._newest[1] + 1 if self._newest else 1
        self._newest = (Packet(frame, tick.pts, ready=ready_event(frame)), serial)

    @property
    def latest(self) -> Shown | None:
        """The newest picture, None before the first; any thread may ask.

        On CUDA the asking thread's stream waits for it, so that it may be copied at once.
        """
        newest = self._newest
        if newest is None:
            return None
        packet, serial = newest
        await_ready(packet)
        return Shown(packet.value, packet.pts, serial)

    def teardown(self) -> None:
        self._newest = None
