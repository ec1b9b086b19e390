"""A cue on its way, one that waits, and what a pad shows of either."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from app.cues.cue import Cue


@dataclass(frozen=True)
class Desk:
    """How cues go that do not say so themselves; `beats` counts before `fade` seconds."""

    fade: float = 2.0
    beats: float | None = None
    curve: str = "s"
    quantize: int = 0


@dataclass(frozen=True)
class Launch:
    """A cue on its way from one time to another, in flicks, and the values before it."""

    cue: Cue
    start: int
    end: int
    before: dict[tuple[str, str], Any]
    curve: str
    shares: tuple[float, float] = (0.0, 1.0)  # of its way, at start and end

    def share(self, now: int) -> float:
        """How far it is, 0 to 1."""
        low, high = self.shares
        if now < self.start:
            return low
        if now >= self.end:
            return high
        return low + (high - low) * (now - self.start) / (self.end - self.start)

    @property
    def is_back(self) -> bool:
        return self.shares[1] == 0.0


@dataclass(frozen=True)
class Waiting:
    """A cue that waits for a beat, or where that is None for a time in flicks."""

    cue: Cue
    pts: int
    beat: float | None = None


class Light(NamedTuple):
    """What a pad shows of its cue."""

    waits: bool
    progress: float | None  # while it is on its way
    is_current: bool  # launched last of its row
    stands_by: bool
