"""An attack, decay, sustain, release envelope: a function of the time since it was fired."""

from __future__ import annotations

from typing import Literal

from engine.node import Held, Node, Tick, param, state
from engine.packet import FLICKS_PER_SECOND, seconds
from engine.values import Trigger
from nodes.control.cycle import rises

CURVES = {
    "linear": lambda x: x,
    "exponential": lambda x: 1 - (1 - x) ** 3,
}


class Envelope(Node, id="control.envelope", aliases=("adsr", "hit")):
    """Gives one push each time it is fired: a flash on the drum, a zoom kick, a slow swell.

    It rises in `attack`, falls to `sustain` in `decay`, stays while the gate is above 0.5 (or for
    `hold` after a trigger) and falls to zero in `release`. Fired again, it rises from where it is.
    """

    fire: Trigger = param(default=Trigger(0), doc="Fires it; stays for `hold`, then lets go")
    attack: float = param(default=0.02, doc="Time to rise", min=0, max=60, soft=(0, 2), unit="s")
    decay: float = param(
        default=0.2, doc="Time to fall to `sustain`", min=0, max=60, soft=(0, 2), unit="s"
    )
    sustain: float = param(default=0.5, doc="Level while it is held", min=0, max=1)
    hold: float = param(
        default=0.1, doc="Time at `sustain` after a trigger", min=0, max=600, soft=(0, 4), unit="s"
    )
    release: float = param(
        default=0.6, doc="Time to fall to zero", min=0, max=60, soft=(0, 4), unit="s"
    )
    curve: Literal["linear", "exponential"] = param(
        default="exponential", doc="Even movement, or fast first and then slower"
    )
    peak: float = param(default=1.0, doc="Height of the push", soft=(0, 1))
    _seen: int | None = state()
    _open: bool = state(False)
    _fired: int | None = state()
    _risen_from: float = state(0.0)
    _let_go: int | None = state()

    def process(self, tick: Tick, gate: Held[float | None] = None) -> float:
        opened = gate is not None and gate > 0.5
        if rises(self._seen, self.fire) or (opened and not self._open):
            self._risen_from, self._fired = self._level(tick.pts), tick.pts
            self._let_go = None if opened else tick.pts + self._flicks_until_release()
        elif self._open and not opened:
            self._let_go = tick.pts
        self._seen, self._open = self.fire, opened
        return self.peak * self._level(tick.pts)

    def _flicks_until_release(self) -> int:
        return round((self.attack + self.decay + self.hold) * FLICKS_PER_SECOND)

    def _level(self, pts: int) -> float:
        if self._fired is None:
            return 0.0
        if self._let_go is None or pts < self._let_go:
            return self._held_level(seconds(pts - self._fired))
        at_release = self._held_level(seconds(self._let_go - self._fired))
        return at_release * (1 - self._along(seconds(pts - self._let_go), self.release))

    def _held_level(self, since: float) -> float:
        if since < self.attack:
            return self._risen_from + (1 - self._risen_from) * self._along(since, self.attack)
        return 1 + (self.sustain - 1) * self._along(since - self.attack, self.decay)

    def _along(self, since: float, duration: float) -> float:
        return CURVES[self.curve](min(since / duration, 1.0)) if duration > 0 else 1.0
