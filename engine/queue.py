"""The queue of one link: packets on their way, how many may wait, and how far time is known.

One producer appends and one consumer takes; both are single atomic deque operations, so there is no
lock. The watermark promises that no packet with a pts up to it is still to come: a producer appends
first and raises the watermark second, a consumer reads the watermark first and the packets second.
"""

from __future__ import annotations

import enum
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.packet import FOREVER, Packet, seconds

if TYPE_CHECKING:
    from collections.abc import Callable

IDLE = FOREVER - 1  # nothing will come before the consumer itself moves on: the read end of a Delay


class Kind(enum.Enum):
    """What a queue does when its consumer is late."""

    LATEST = "latest"  # keeps the newest alone
    QUEUE = "queue"  # keeps a span of time, drops the oldest
    LOSSLESS = "lossless"  # keeps everything


@dataclass(frozen=True)
class Rule:
    """A queue's policy; `span` in flicks bounds a QUEUE."""

    kind: Kind
    span: int = 0

    def __str__(self) -> str:
        return f"queue {seconds(self.span):g}" if self.kind is Kind.QUEUE else self.kind.value


class Queue:
    """Packets between an output port and an input, with the newest taken one kept for joins."""

    __slots__ = (
        "current",
        "dropped",
        "epoch",
        "fallback",
        "flushed",
        "items",
        "late",
        "lost",
        "name",
        "received",
        "rule",
        "seen",
        "wake",
        "watermark",
    )

    def __init__(self, name: str, rule: Rule, *, epoch: int = 0) -> None:
        self.name = name
        self.rule = rule
        self.items: deque[Packet[Any]] = deque()
        self.current: Packet[Any] | None = None
        self.watermark = -1
        self.epoch = epoch  # of the producer, as far as packets have told
        self.seen = epoch  # of the packet that the consumer took last
        self.received = 0
        self.dropped = 0  # the consumer was late
        self.lost = -1  # time of the packet that was dropped last
        self.flushed = 0  # an epoch ended
        self.late = 0  # a trunk went on without waiting longer for this link
        self.wake: Callable[[], None] | None = None  # the consumer's lane, where it is another
        self.fallback: Queue | None = None  # read until this link has delivered its first packet

    def put(self, packet: Packet[Any]) -> None:
        """Appends a packet by the rule and raises the watermark."""
        items = self.items
        if packet.epoch != self.epoch:
            self.flushed += len(items)
            items.clear()
            self.epoch = packet.epoch
        kind = self.rule.kind
        if kind is Kind.LATEST:
            self._drop(len(items))
        elif kind is Kind.QUEUE:
            self._drop_older(packet.pts - self.rule.span)
        items.append(packet)
        self.received += 1
        if packet.pts > self.watermark:
            self.watermark = packet.pts
        if self.wake is not None:
            self.wake()

    def mark(self, pts: int) -> None:
        """Promises that nothing up to `pts` is still to come."""
        if pts > self.watermark:
            self.watermark = pts
            if self.wake is not None:
                self.wake()

    def take(self) -> Packet[Any] | None:
        """Removes and returns the oldest packet; None where the producer has just dropped it."""
        try:
            self.current = packet = self.items.popleft()
        except IndexError:
            return None
        return packet

    def advance(self, pts: int) -> Packet[Any] | None:
        """The newest packet with a time up to `pts`; before the first such one, the first that
        came; where those of that time were dropped, the oldest that is left.
        """
        items = self.items
        try:
            while items and items[0].pts <= pts:
                self.current = items.popleft()
            if items and (self.current is None or self.lost > self.current.pts):
                self.current = items.popleft()
        except IndexError:  # dropped in between; what replaces it is on its way
            pass
        return self.current

    def collect(self, pts: int) -> list[Packet[Any]]:
        """Removes and returns every packet with a time up to `pts`."""
        found: list[Packet[Any]] = []
        try:
            while self.items and self.items[0].pts <= pts:
                found.append(self.items.popleft())
        except IndexError:  # dropped in between
            pass
        self.current = found[-1] if found else self.current
        return found

    @property
    def ended(self) -> bool:
        """Whether everything that will ever come has been taken."""
        return self.watermark == FOREVER and not self.items

    def age(self, now: int) -> int:
        """How old the newest content is, in flicks."""
        newest = self.items[-1] if self.items else self.current
        return 0 if newest is None else max(0, now - newest.pts)

    def _drop(self, count: int) -> None:
        try:
            for _ in range(count):
                self.lost = self.items.popleft().pts
                self.dropped += 1
        except IndexError:  # the consumer was quicker
            return

    def _drop_older(self, pts: int) -> None:
        try:
            while self.items and self.items[0].pts < pts:
                self.lost = self.items.popleft().pts
                self.dropped += 1
        except IndexError:  # the consumer was quicker
            return

    def __repr__(self) -> str:
        return (
            f"<Queue {self.name} {self.rule} {len(self.items)} waiting epoch {self.epoch} "
            f"dropped {self.dropped} flushed {self.flushed} late {self.late}>"
        )
