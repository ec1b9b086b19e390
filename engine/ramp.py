"""A cue's fade as a function of stream time: numbers, colours and prompts move, the rest switches.

A fade that begins later leaves the one that runs alone until then, so that neither its launch nor
its reversal makes a value jump.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from engine.errors import ParamError, did_you_mean
from engine.values import Color, Prompt

if TYPE_CHECKING:
    from collections.abc import Callable

LINEAR = "linear"
CURVES: dict[str, Callable[[float], float]] = {  # share of the time -> share of the way
    LINEAR: lambda t: t,
    "s": lambda t: t * t * (3 - 2 * t),
    "square": lambda t: t * t,  # slow first
    "inverse": lambda t: 1 - (1 - t) * (1 - t),  # slow last
}


@dataclass(frozen=True)
class Ramp:
    """A fade from one value to another between two times in flicks; `before` rules until then."""

    start: int
    end: int
    origin: Any
    target: Any
    curve: str = LINEAR
    before: Ramp | None = None

    def at(self, pts: int) -> Any:
        """The value at a time."""
        if pts < self.start:
            return self.before.at(pts) if self.before is not None else self.origin
        if pts >= self.end:
            return self.target
        return between(self.origin, self.target, CURVES[self.curve](self.share(pts)))

    def share(self, pts: int) -> float:
        """How much of the time has passed, 0 to 1."""
        if pts >= self.end:
            return 1.0
        return max(0, pts - self.start) / (self.end - self.start)

    def after(self, old: Ramp | None) -> Ramp:
        """The ramp with one that it takes over from; of a row of later ones the last stays."""
        if old is not None and old.start >= self.start:
            old = old.before
        return replace(self, before=replace(old, before=None) if old is not None else None)


def between(origin: Any, target: Any, share: float) -> Any:
    """The value at a share of the way, 0 to 1; what cannot move is at its target at once."""
    mix = MIXES.get(target.__class__)
    if mix is None or origin.__class__ not in MIXES or share >= 1:
        return target
    return mix(origin, target, share) if share > 0 else origin


def checked(curve: str, fade: float) -> None:
    """ParamError for a curve that is not known and for a fade that is no length of time."""
    if curve not in CURVES:
        hint = did_you_mean(curve, CURVES)
        raise ParamError(f"a fade has the curve {', '.join(CURVES)}, not {curve!r}{hint}")
    if not (math.isfinite(fade) and fade >= 0):
        raise ParamError(f"a fade takes 0 seconds or more, not {fade!r}")


def _number(origin: float, target: float, share: float) -> float:
    return origin + (target - origin) * share


def _color(origin: Color, target: Color, share: float) -> Color:
    pairs = zip(origin.rgb, target.rgb, strict=True)
    levels = (round(255 * _number(low, high, share)) for low, high in pairs)
    return Color("#" + "".join(f"{level:02x}" for level in levels))


def _prompt(origin: Prompt, target: Prompt, share: float) -> Prompt:
    """Both texts, the new one's weight rising as the old one's falls; a text of both counts once.

    Weights are shares, so that a prompt written with weights of 5 does not outshine one of 1.
    """
    weights: dict[str, float] = {}
    for prompt, amount in ((origin, 1 - share), (target, share)):
        for text, weight in _shares(prompt):
            weights[text] = weights.get(text, 0.0) + weight * amount
    return Prompt(tuple(weights.items()), target.blend)


def _shares(prompt: Prompt) -> list[tuple[str, float]]:
    """The pieces with weights that sum to 1; equal ones where they sum to nothing."""
    pieces = prompt.pieces or (("", 1.0),)
    total = sum(weight for _, weight in pieces)
    if not (math.isfinite(total) and total > 0):
        return [(text, 1 / len(pieces)) for text, _ in pieces]
    return [(text, weight / total) for text, weight in pieces]


MIXES: dict[type, Callable[[Any, Any, float], Any]] = {
    int: _number,
    float: _number,
    Color: _color,
    Prompt: _prompt,
}
