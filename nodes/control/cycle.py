"""A count of cycles that runs at a rate: exact in time, and continuous where the rate changes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.packet import seconds


@dataclass(frozen=True)
class Cycle:
    """`cycles` had passed at `pts` (flicks) and `rate` more pass each second."""

    rate: float
    pts: int = 0
    cycles: float = 0.0

    def at(self, pts: int) -> float:
        """How many cycles have passed at a time in flicks."""
        return self.cycles + self.rate * seconds(pts - self.pts)

    def with_rate(self, rate: float, pts: int) -> Cycle:
        """The same count at `pts` and another rate from there on."""
        return self if rate == self.rate else Cycle(rate, pts, self.at(pts))

    def shifted(self, cycles: float) -> Cycle:
        """The count moved by some cycles."""
        return replace(self, cycles=self.cycles + cycles)


def rises(seen: int | None, count: int) -> int:
    """How many events a Trigger counter brings; the first value seen (None before it) is no event.

    So a saved document with a counter of 7 does not fire when it opens, and a producer that starts
    again at 0 does not fire either.
    """
    return max(count - seen, 0) if seen is not None else 0
