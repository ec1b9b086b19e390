"""Measures as it runs: milliseconds per node, and latency from content to presentation.

A probe adds two clock reads and three stores to a call; percentiles are computed when somebody
asks.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.packet import seconds

RING = 128  # calls that percentiles look back on


@dataclass(frozen=True)
class NodeStats:
    """One node's figures at a moment; times in milliseconds."""

    key: str
    status: str
    message: str
    lane: str
    calls: int
    errors: int
    last_ms: float
    mean_ms: float
    p95_ms: float
    rate: float  # calls a second over the last ones
    latency_ms: float  # content to presentation, at sinks
    driven: tuple[str, ...] = ()
    pictures: float = 1.0  # that a call makes on average

    @property
    def picture_rate(self) -> float:
        """Pictures a second over the last calls."""
        return self.rate * self.pictures


@dataclass(frozen=True)
class LinkStats:
    """One link's figures at a moment."""

    name: str
    rule: str
    waiting: int
    age_ms: float
    received: int
    dropped: int  # the consumer was late
    flushed: int  # an epoch ended
    late: int  # the trunk went on without it


class Probe:
    """A node's clockwork."""

    __slots__ = ("_at", "_ring", "_times", "calls", "errors", "last_ns", "latency", "repeats")

    def __init__(self) -> None:
        self._ring = [0] * RING  # nanoseconds a call took
        self._times = [0] * RING  # when it ended
        self._at = 0
        self.calls = 0
        self.errors = 0
        self.last_ns = 0
        self.latency = 0  # flicks
        self.repeats = 0  # presentations of a picture that was presented before

    def add(self, began: int, ended: int) -> None:
        """A call, in nanoseconds of the machine's clock."""
        at = self._at
        self._ring[at] = self.last_ns = ended - began
        self._times[at] = ended
        self._at = (at + 1) % RING
        self.calls += 1

    @property
    def filled(self) -> int:
        return min(self.calls, RING)

    def percentile(self, share: float) -> int:
        """Nanoseconds that a share of the last calls stayed under."""
        taken = sorted(self._ring[: self.filled])
        return taken[min(len(taken) - 1, int(share * len(taken)))] if taken else 0

    def mean(self) -> float:
        """Nanoseconds a call, over the last ones."""
        return sum(self._ring[: self.filled]) / max(1, self.filled)

    def recent(self) -> float:
        """Nanoseconds a call, over the last eight."""
        count = min(8, self.filled)
        return sum(self._ring[(self._at - 1 - i) % RING] for i in range(count)) / max(1, count)

    def rate(self) -> float:
        """Calls a second over the last ones."""
        if self.calls < 2:
            return 0.0
        newest = self._times[(self._at - 1) % RING]
        oldest = self._times[self._at % RING] if self.calls >= RING else self._times[0]
        return (self.filled - 1) * 1e9 / max(1, newest - oldest)

    def stats(
        self,
        key: str,
        *,
        status: str,
        message: str,
        lane: str,
        driven: tuple[str, ...],
        pictures: float = 1.0,
    ) -> NodeStats:
        """The figures at this moment."""
        return NodeStats(
            key=key,
            status=status,
            message=message,
            lane=lane,
            calls=self.calls,
            errors=self.errors,
            last_ms=self.last_ns / 1e6,
            mean_ms=self.mean() / 1e6,
            p95_ms=self.percentile(0.95) / 1e6,
            rate=self.rate(),
            latency_ms=seconds(self.latency) * 1000,
            driven=driven,
            pictures=pictures,
        )

    def __repr__(self) -> str:
        return f"<Probe {self.calls} calls mean {self.mean() / 1e6:.2f} ms errors {self.errors}>"
