"""Whether a dragged thing is shaken: its direction turns often, far enough and fast enough."""

from __future__ import annotations

TURNS = 4
SWING = 20.0  # pixels between two turns that count
WITHIN = 900  # milliseconds for all of them


class Shake:
    """Fed with the pointer's way across; `add` tells the moment at which it has been shaken."""

    def __init__(self) -> None:
        self._extreme: float | None = None
        self._direction = 0
        self._turns: list[int] = []  # times

    def add(self, x: float, time: int) -> bool:
        """Another place of the pointer, in pixels and milliseconds."""
        if self._extreme is None:
            self._extreme = x
        away = x - self._extreme
        if away * self._direction > 0:
            self._extreme = x
        elif abs(away) >= SWING:
            if self._direction:
                self._turns = [*(t for t in self._turns if time - t <= WITHIN), time]
            self._direction = 1 if away > 0 else -1
            self._extreme = x
        return len(self._turns) >= TURNS
