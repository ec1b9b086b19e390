"""Whether things may move by themselves: those whom motion makes ill can say no."""

from __future__ import annotations

LONGEST = 150  # milliseconds; nothing in the studio takes longer to arrive
_reduced: list[bool] = [False]


def reduce(on: bool) -> None:
    """From now on nothing moves that need not, or everything may again."""
    _reduced[:] = [on]


def is_reduced() -> bool:
    """Whether motion is to be avoided."""
    return _reduced[0]


def duration(milliseconds: int = LONGEST) -> int:
    """How long a movement may take: 150 ms at most, 0 where motion is reduced."""
    return 0 if _reduced[0] else min(milliseconds, LONGEST)
