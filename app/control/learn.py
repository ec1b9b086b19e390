"""Which control was moved, and of what kind it is: told from the stream of its values.

A knob or fader sends values that walk; a button sends its ends; an endless encoder sends the same
small steps again and again: 1 and 127 (two's complement), 1 and 65 (sign bit) or 65 and 63 (offset
from 64). The MIDI message is the same for all, so a few of them are needed.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from app.control.binding import Encoder, Mode
from app.control.source import Source

if TYPE_CHECKING:
    from app.control.source import Touch

ENOUGH = 6  # messages of one control
REST = 0.4  # seconds without a message, after which what was seen must do
STEP = 8  # the largest step that an encoder is believed to make
LEAP = 40  # between two values, which no knob does


class Learned(NamedTuple):
    """A control and how it is to be taken."""

    source: Source
    mode: Mode = "continuous"
    encoder: Encoder = "twos"
    resolution: int = 7


class Learner:
    """Listens until one control has said enough."""

    def __init__(self) -> None:
        self._seen: dict[Source, list[int]] = {}
        self._last = 0.0

    def offer(self, touch: Touch, now: float) -> Learned | None:
        """One more touch; what was learned, once it is clear."""
        source = touch.source
        if source.is_button:
            mode = "trigger" if source.control == "program" else "toggle"
            return Learned(source, mode) if touch.on else None
        self._last = now
        values = self._seen.setdefault(source, [])
        values.append(touch.raw)
        if source.control in ("cc14", "nrpn14"):
            return self._fine(source)
        if source.kind != "midi" or source.control != "cc":
            return Learned(source) if len(values) >= 2 else None
        if len(values) >= ENOUGH and not self._pairs(source):
            return _told(source, values)
        return None

    def settled(self, now: float) -> Learned | None:
        """What can be said of the control that was moved most, once it rests."""
        if not self._seen or now - self._last < REST:
            return None
        source = max(self._seen, key=lambda each: len(self._seen[each]))
        values = self._seen[source]
        return _told(source, values) if source.control == "cc" else Learned(source)

    def _fine(self, source: Source) -> Learned | None:
        """A pair of fourteen bits counts once it moved and its lower half did."""
        values = self._seen[source]
        if len(values) < 3 or len({value & 127 for value in values}) < 2:
            return None
        return Learned(source._replace(control=source.control.removesuffix("14")), resolution=14)

    def _pairs(self, source: Source) -> bool:
        """Whether the other half of a pair moves along: then the pair decides."""
        fine = source._replace(control="cc14", number=source.number % 32)
        return fine in self._seen and source.number < 64


def _told(source: Source, values: list[int]) -> Learned:
    if encoder := _encoder(values):
        return Learned(source, "relative", encoder)
    if set(values) <= {0, 127}:
        return Learned(source, "toggle")
    return Learned(source)


def _encoder(values: list[int]) -> Encoder | None:
    """How an encoder counts, None where the values are no encoder's."""
    kinds = set(values)
    stays_or_leaps = any(a == b or abs(a - b) > LEAP for a, b in pairwise(values))
    if len(values) < 3 or not stays_or_leaps or 0 in kinds or 64 in kinds:
        return None
    up = {value for value in kinds if 1 <= value <= STEP}
    around = {value for value in kinds if 64 - STEP <= value <= 63}
    above = {value for value in kinds if 65 <= value <= 64 + STEP}
    down = {value for value in kinds if 128 - STEP <= value <= 127}
    if kinds == up | down:
        return "twos"
    if kinds == up | above and up:
        return "signed"
    if kinds == around | above:
        return "offset"
    return None
