"""An output port while it runs: stamps values with time and epoch and hands them to every link.

Fan-out does not copy: all links carry the same packet. The newest packet stays here for taps and
for `hold`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from engine.handoff import ready_event
from engine.packet import FLICKS_PER_SECOND, FOREVER, Packet
from engine.values import Clip

if TYPE_CHECKING:
    from engine.queue import Queue
    from engine.spec import Port


class OutPort:
    """One output of a runner."""

    __slots__ = (
        "clips",
        "epoch",
        "last",
        "length",
        "packets",
        "port",
        "queues",
        "sent",
        "stamped",
        "watermark",
    )

    def __init__(self, port: Port) -> None:
        self.port = port
        self.queues: tuple[Queue, ...] = ()
        self.last: Packet[Any] | None = None
        self.epoch = 0
        self.watermark = -1
        self.sent = 0
        self.length = 0  # of the newest clip in flicks
        self.packets = port.packets  # the node sets its own times
        self.clips = port.type is Clip
        self.stamped = False  # values live on a device with streams

    def send(self, value: Any, pts: int) -> None:
        """Sends a value at `pts`; None is a skipped call, a Packet brings its own time."""
        if value is None:
            if not self.packets:
                self.mark(pts)
            return
        packet = (
            self._timed(cast("Packet[Any]", value))
            if type(value) is Packet
            else Packet(value, pts, epoch=self.epoch)
        )
        if self.stamped:
            packet.ready = ready_event(packet.value)
        self.last = packet
        self.sent += 1
        if packet.pts > self.watermark:
            self.watermark = packet.pts
        for queue in self.queues:
            queue.put(packet)

    def _timed(self, packet: Packet[Any]) -> Packet[Any]:
        """A packet that the node timed itself, in this port's epoch."""
        if packet.cut:
            self.epoch += 1
        return Packet(packet.value, packet.pts, cut=packet.cut, epoch=self.epoch)

    def mark(self, pts: int) -> None:
        """Promises that nothing up to `pts` is still to come."""
        if pts > self.watermark:
            self.watermark = pts
            for queue in self.queues:
                queue.mark(pts)

    def end(self) -> None:
        """Nothing more will come."""
        self.mark(FOREVER)

    def __repr__(self) -> str:
        links = len(self.queues)
        return f"<OutPort {self.port.name} sent {self.sent} epoch {self.epoch} {links} links>"


def length_of(value: Any) -> int:
    """How long a clip, or a packet of one, plays, in flicks."""
    clip = cast("Packet[Clip]", value).value if isinstance(value, Packet) else cast("Clip", value)
    return round(clip.tensor.shape[0] * FLICKS_PER_SECOND / clip.rate)
