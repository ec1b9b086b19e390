"""A number that is looked at now and then and held between."""

from __future__ import annotations

from engine.node import Held, Node, Tick, param, state
from engine.packet import seconds
from engine.values import Trigger
from nodes.control.cycle import rises


class SampleHold(Node, id="control.sample_hold"):
    """Keeps a moving number between certain moments, so that the picture moves in steps.

    The moments are `take`, the gate rising above 0.5, and with `rate` above 0 that many times a
    second. The first number is always taken.
    """

    take: Trigger = param(default=Trigger(0), doc="Takes the number now")
    rate: float = param(
        default=0.0,
        doc="Times a second; 0 for never by itself",
        min=0,
        max=1000,
        soft=(0, 10),
        unit="Hz",
    )
    _held: float | None = state()
    _seen: int | None = state()
    _open: bool = state(False)
    _turn: int | None = state()

    def process(self, tick: Tick, value: float, gate: Held[float | None] = None) -> float:
        opened = gate is not None and gate > 0.5
        turn = int(seconds(tick.pts) * self.rate)
        asked = rises(self._seen, self.take) or (opened and not self._open)
        if self._held is None or asked or (self.rate > 0 and turn != self._turn):
            self._held = value
        self._seen, self._open, self._turn = self.take, opened, turn
        return self._held
