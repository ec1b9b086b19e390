"""Numbers from numbers by a line of arithmetic."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from engine.node import Held, Node, Tick, param, resource, state
from engine.packet import seconds
from nodes.control.expression import FUNCTIONS, Function, Term, parse
from nodes.control.wander import wander

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = ("a", "b", "c", "d", "t", "beat")


class MathExpression(Node, id="control.math", title="Math", aliases=("expression", "formula")):
    """Drives the picture by a formula of up to four numbers, the time and the beat.

    `a` to `d` are the linked numbers (0 where nothing is linked), `t` the seconds since the start,
    `beat` the linked beat. It knows + - * / % **, < <= > >= == !=, and or not, `x if c else y`,
    `c ? x : y`, pi tau e, and abs ceil clamp cos exp floor fract log max min mix noise pow round
    sign sin smoothstep sqrt step tan. `noise(x)` wanders smoothly in 0..1 as x grows.

    Where a sum has no answer (1 / 0, sqrt(-1), too large) the last good number stays, at first 0.
    """

    expression: str = param(
        default="0.5 + 0.5 * sin(tau * t / 4)", doc="The formula; up to 500 characters"
    )
    _good: float = state(0.0)
    _parsed: tuple[str, Term | None] = resource(("", None))

    def process(
        self,
        tick: Tick,
        a: Held[float | None] = None,
        b: Held[float | None] = None,
        c: Held[float | None] = None,
        d: Held[float | None] = None,
        beat: Held[float | None] = None,
    ) -> float:
        given = (a, b, c, d, seconds(tick.pts), beat)
        values = {name: float(value or 0.0) for name, value in zip(NAMES, given, strict=True)}
        self._good = _finite(self._term(), values, self._good)
        return self._good

    def _term(self) -> Term:
        text, term = self._parsed
        if term is None or text != self.expression:
            noise = Function(lambda x: wander(self.ctx.rng, x), 1, 1)
            term = parse(self.expression, NAMES, {**FUNCTIONS, "noise": noise})
            self._parsed = (self.expression, term)
        return term


def _finite(term: Term, values: Mapping[str, float], otherwise: float) -> float:
    try:
        result = float(term(values))
    except (ArithmeticError, ValueError):
        return otherwise
    return result if math.isfinite(result) else otherwise
