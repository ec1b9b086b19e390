"""What the output shows at a moment: fades, freeze, the safe look and the watchdog, without Qt.

Pictures come in by `feed`, orders by `blackout`, `freeze` and `safe`; `scene` says what is to be
painted. Nothing here waits for a picture: with none for long the last one stays.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.output.ring import Picture

HELD_AFTER = 1.0  # seconds without a new picture
ASIDE_EVERY = 1.0  # seconds between pictures that are kept for the safe look
ASIDE = 3  # of them; the safe look is the oldest, from before things went wrong
FLAT = 12  # a picture whose darkest and brightest sample are nearer than this is no good one


class Scene(NamedTuple):
    """What to paint: a picture (None: the slate) under a share of black."""

    picture: np.ndarray | None  # (H, W, 3) RGB uint8
    serial: int
    dark: float  # 0 clear to 1 black
    held: bool  # no new picture for over a second


class Fade:
    """A value that moves to 0 or 1 at an even pace."""

    def __init__(self) -> None:
        self.on = False
        self._from = 0.0
        self._began = 0.0
        self._seconds = 0.0

    def turn(self, on: bool, now: float, seconds: float) -> None:
        """Begins to move from wherever it is."""
        self._from, self.on = self.level(now), on
        self._began, self._seconds = now, seconds

    def level(self, now: float) -> float:
        target = 1.0 if self.on else 0.0
        gone = now - self._began
        if gone >= self._seconds:
            return target
        return self._from + (target - self._from) * max(0.0, gone) / self._seconds

    def moving(self, now: float) -> bool:
        return now - self._began < self._seconds


class Look:
    """The output's state of mind."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._fade = Fade()
        self._newest: Picture | None = None
        self._frozen: Picture | None = None
        self._aside: deque[Picture] = deque(maxlen=ASIDE)
        self._kept_at = -ASIDE_EVERY
        self._came_at = clock()
        self._safe: np.ndarray | None = None
        self.frozen = False
        self.is_safe = False
        self.logo: np.ndarray | None = None  # the safe look where a file was chosen

    @property
    def dark(self) -> bool:
        """Whether the output is black or on its way."""
        return self._fade.on

    def feed(self, picture: Picture) -> None:
        """Takes a new picture."""
        self._newest, self._came_at = picture, self._clock()
        if self._came_at - self._kept_at >= ASIDE_EVERY and _has_content(picture.pixels):
            self._aside.append(picture)
            self._kept_at = self._came_at

    def blackout(self, on: bool, seconds: float = 0.0) -> None:
        """Fades to black or back within `seconds`; another turn begins where this one is."""
        self._fade.turn(on, self._clock(), seconds)

    def freeze(self, on: bool) -> None:
        """Keeps what is shown now, or follows the newest again."""
        self._frozen = self._newest if on else None
        self.frozen = on

    def safe(self, on: bool) -> None:
        """Shows the logo, or the last good picture, or follows the newest again."""
        self.is_safe = on
        good = self._aside[0] if self._aside else self._newest
        self._safe = good.pixels if on and good is not None else None

    @property
    def held(self) -> bool:
        """Whether there were pictures, and none has come for over a second."""
        return self._newest is not None and self._clock() - self._came_at > HELD_AFTER

    @property
    def moving(self) -> bool:
        """Whether the scene changes without a new picture."""
        return self._fade.moving(self._clock())

    def scene(self) -> Scene:
        """What is to be painted now."""
        picture = self._frozen if self._frozen is not None else self._newest
        pixels = picture.pixels if picture is not None else None
        if self.is_safe:
            pixels = self.logo if self.logo is not None else self._safe
        serial = picture.serial if picture is not None else 0
        return Scene(pixels, serial, self._fade.level(self._clock()), self.held)

    def __repr__(self) -> str:
        states = [name for name in ("dark", "frozen", "is_safe", "held") if getattr(self, name)]
        return f"<Look {' '.join(states) or 'clear'}>"


def _has_content(pixels: np.ndarray) -> bool:
    """Whether a coarse sample of the picture holds dark and bright: not black, not one colour."""
    sample = pixels[:: max(1, len(pixels) // 16), :: max(1, pixels.shape[1] // 16)]
    return int(sample.max()) - int(sample.min()) >= FLAT
