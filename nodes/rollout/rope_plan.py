"""Where each frame stands on RoPE's time axis when a block reads its past.

Attention sees only differences of positions, so a plan may move all of them together: every plan
moves the newest frame back onto the table, which ends at 1024, and a past that is farther away than
the table is long stands at its beginning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from engine.errors import ParamError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nodes.rollout.kv_cache import PageTag

TABLE = 1024  # temporal positions of Wan's RoPE tables


class Positions(NamedTuple):
    """Positions in latent frames, 0 <= p < 1024, and phases in radians added to temporal angles."""

    past: tuple[float, ...]
    block: tuple[float, ...]
    past_phase: tuple[float, ...] | None = None
    block_phase: tuple[float, ...] | None = None


class RopePlan(Protocol):
    """Gives the frames that are read and the frames that read them their positions."""

    def positions(self, past: Sequence[PageTag], block: Sequence[PageTag]) -> Positions: ...


@dataclass(frozen=True)
class Absolute:
    """Each frame where the stream made it, as Self-Forcing, CausVid and ShotStream are trained.

    Beyond `limit` all positions move back together, so distances inside the window stay exact for
    ever; only those to frames more than `limit` away stop growing. A small limit is what
    StreamDiffusionV2's RoPE refresh (sheet, section 5) is for, without its keys from the future.
    """

    limit: int = TABLE

    def __post_init__(self) -> None:
        _expect_limit(self.limit)

    def positions(self, past: Sequence[PageTag], block: Sequence[PageTag]) -> Positions:
        return _fit([tag.frame for tag in past], [tag.frame for tag in block], self.limit)


@dataclass(frozen=True)
class Slot:
    """Positions 0, 1, 2, ... in reading order, the block behind its past, whatever was forgotten.

    LongLive's "infinity" variant, Krea's recompute and StreamingVLM's "shrink" mode. While nothing
    is forgotten it is `Absolute`.
    """

    limit: int = TABLE

    def __post_init__(self) -> None:
        _expect_limit(self.limit)

    def positions(self, past: Sequence[PageTag], block: Sequence[PageTag]) -> Positions:
        count = len(past)
        return _fit(range(count), range(count, count + len(block)), self.limit)


@dataclass(frozen=True)
class Shots:
    """Marks cuts: each shot stands `offset` frames behind the one before, or `phase` radians away.

    LongLive 2.0's multi-shot RoPE has offset 8, ShotStream's discontinuity indicator phase 1/6 in
    every temporal pair. With both 0 the shots are one.
    """

    plan: RopePlan
    offset: float = 0.0
    phase: float = 0.0
    limit: int = TABLE

    def __post_init__(self) -> None:
        _expect_limit(self.limit)

    def positions(self, past: Sequence[PageTag], block: Sequence[PageTag]) -> Positions:
        plain = self.plan.positions(past, block)
        if not block:
            return plain
        here = block[0].shot  # distances in shots, so that numbers stay small for ever
        far, near = [tag.shot - here for tag in past], [tag.shot - here for tag in block]
        moved = _fit(
            _shifted(plain.past, far, self.offset),
            _shifted(plain.block, near, self.offset),
            self.limit,
        )
        if not self.phase:
            return moved
        phases = tuple(self.phase * shot for shot in far), tuple(self.phase * shot for shot in near)
        return Positions(moved.past, moved.block, *phases)


def _shifted(places: Sequence[float], shots: Sequence[int], offset: float) -> list[float]:
    return [place + offset * shot for place, shot in zip(places, shots, strict=True)]


def _fit(past: Sequence[float], block: Sequence[float], limit: int) -> Positions:
    """The places moved together: the newest on the table, then the oldest too if both can be."""
    if len(block) > limit:
        raise ParamError(
            f"a block of {len(block)} frames is longer than the {limit} positions that it may have"
        )
    places = [*past, *block]
    newest, oldest = max(places, default=0), min(places, default=0)
    shift = max(newest + 1 - limit, min(oldest, 0))
    return Positions(_moved(past, shift), _moved(block, shift))


def _moved(places: Sequence[float], shift: float) -> tuple[float, ...]:
    return tuple(max(0.0, float(place - shift)) for place in places)


def _expect_limit(limit: int) -> None:
    if not 1 <= limit <= TABLE:
        raise ParamError(f"a limit of {limit} positions is not in 1..{TABLE}, the table's length")
