"""Presses that mean something only in time: Esc twice, a key that is held. Knows no Qt."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

TWICE = 0.6  # seconds between two presses that belong together
HELD = 0.4  # seconds from which a press counts as held


class TwicePressed:
    """Whether a press is the second of two."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: float | None = None

    def press(self) -> bool:
        """True for the second; a third begins anew."""
        now, last = self._clock(), self._last
        is_second = last is not None and now - last <= TWICE
        self._last = None if is_second else now
        return is_second


class Momentary:
    """A switch that a tap leaves on and a longer press leaves off."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: float | None = None

    def press(self) -> bool:
        """Whether this press is a first one: a key that repeats presses again."""
        if self._since is not None:
            return False
        self._since = self._clock()
        return True

    def release(self) -> bool:
        """Whether the switch is to be turned back."""
        since, self._since = self._since, None
        return since is not None and self._clock() - since >= HELD
