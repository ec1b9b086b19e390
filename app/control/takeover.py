"""How a control that stands elsewhere takes a parameter over without a jump.

The words and what they mean are Ableton Live's (manual, "MIDI and Key Remote Control"): *none*
jumps at once; *pick-up* does nothing until control and parameter meet, then follows 1:1; *value
scaling* moves the parameter by its own share of the way that is left, so that both arrive together.
All positions are in [0, 1] of the control's way.
"""

from __future__ import annotations

from typing import Protocol


class Takeover(Protocol):
    """Where the parameter goes when the control moves."""

    def moved(self, before: float | None, to: float, at: float, near: float) -> float | None:
        """A control went from `before` (None: not known) to `to`, the parameter is at `at`.

        The result is where the parameter goes, None to leave it; `near` counts as met.
        """
        ...


class Jump:
    """The parameter is where the control is."""

    def moved(self, before: float | None, to: float, at: float, near: float) -> float | None:
        return to


class PickUp:
    """Nothing until they meet or pass each other."""

    def moved(self, before: float | None, to: float, at: float, near: float) -> float | None:
        if abs(to - at) <= near:
            return to
        crossed = before is not None and (before - at) * (to - at) < 0
        return to if crossed else None


class Scale:
    """The parameter covers the same share of its remaining way as the control of its own.

    Upwards 1 - v' = (1 - v) (1 - p') / (1 - p), downwards v' = v p' / p: the gap never grows and
    never changes its sign.
    """

    def moved(self, before: float | None, to: float, at: float, near: float) -> float | None:
        if before is None or before == to:
            return to if abs(to - at) <= near else None
        meets = abs(to - at) <= near and (to - at) * (to - before) >= 0
        if meets:  # in the direction of the hand, so that no step goes against it
            return to
        if to > before:
            return 1 - (1 - at) * (1 - to) / (1 - before)
        return at * to / before


TAKEOVERS: dict[str, Takeover] = {"none": Jump(), "pickup": PickUp(), "scale": Scale()}
