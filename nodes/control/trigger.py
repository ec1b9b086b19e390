"""A number that becomes an event when it passes a threshold upwards."""

from __future__ import annotations

from engine.node import Node, Tick, param, state
from engine.packet import seconds
from engine.spec import CONVERTERS
from engine.values import Trigger


class TriggerOnThreshold(Node, id="control.trigger", title="Trigger on threshold"):
    """Fires each time a number rises past the threshold: loudness or movement sets things off.

    It fires again only after the number has fallen to `threshold - hysteresis`, and not within
    `pause`. A number that is above from the start does not fire until it has been below.
    """

    threshold: float = param(default=0.5, doc="Fires when the number reaches it", soft=(0, 1))
    hysteresis: float = param(
        default=0.05,
        doc="How far below the threshold it must fall first",
        min=0,
        max=1e6,
        soft=(0, 0.5),
    )
    pause: float = param(
        default=0.0, doc="Least time between two events", min=0, max=600, soft=(0, 2), unit="s"
    )
    _armed: bool = state(False)
    _count: int = state(0)
    _fired: int | None = state()

    def process(self, tick: Tick, value: float) -> Trigger:
        if self._armed and value >= self.threshold and self._rested(tick.pts):
            self._armed, self._count, self._fired = False, self._count + 1, tick.pts
        elif value < self.threshold and value <= self.threshold - self.hysteresis:
            self._armed = True
        return Trigger(self._count)

    def _rested(self, pts: int) -> bool:
        return self._fired is None or seconds(pts - self._fired) >= self.pause


CONVERTERS[float, Trigger] = TriggerOnThreshold.spec.id
