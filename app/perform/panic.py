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
    """A switch that a tapped key leaves on and a held one leaves off; anything else toggles it.

    It is told which key goes down and up, as menus and controllers throw the switch too.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._key: int | None = None
        self._since: float | None = None  # the switch was thrown by that key

    def down(self, key: int) -> None:
        """A key goes down, which may be the one that throws the switch."""
        self._key, self._since = key, None

    def throw(self) -> bool:
        """Whether the switch is to be thrown: not again by a key that repeats."""
        if self._key is None:
            return True
        if self._since is not None:
            return False
        self._since = self._clock()
        return True

    def up(self, key: int) -> bool:
        """A key goes up; whether the switch is to be turned back."""
        if key != self._key:
            return False
        since, self._key, self._since = self._since, None, None
        return since is not None and self._clock() - since >= HELD
