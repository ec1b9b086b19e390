"""Holds a target rate by a visible ladder: each rung caps one parameter that costs time; comfort
climbs back.

A node type lists its rungs from the mildest to the harshest as `ladder = (("steps", 2), ("steps",
1))`. Two thresholds and two patiences make the hysteresis: down after `DOWN_AFTER` seconds below
the target, up after `UP_AFTER` seconds with room to spare, and a rung that failed when climbed is
not tried again for a while.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from engine.stats import pictures_a_call

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.runner import Runner

SHORT = 0.92  # of the target: too slow
SPARE = 1.5  # of the target: room to climb
DOWN_AFTER = 2.0  # seconds
UP_AFTER = 8.0
FORGIVE_AFTER = 60.0


@dataclass
class Rung:
    """Where one node stands on its ladder."""

    step: int = 0  # rungs taken
    below: float = 0.0  # seconds too slow in a row
    above: float = 0.0  # seconds with room in a row
    barred_until: float = 0.0  # after a climb that failed


class Governor:
    """Caps what costs time while nodes are too slow for the target."""

    def __init__(self, target: float | None = None) -> None:
        self.target = target  # pictures a second; None only steps down when memory runs out
        self._rungs: WeakKeyDictionary[Runner, Rung] = WeakKeyDictionary()

    def consider(self, runners: Sequence[Runner], elapsed: float, now: float) -> None:
        """Looks at every node that has a ladder; `elapsed` seconds since the last look."""
        if self.target is None:
            return
        for runner in runners:
            if _ladder(runner):
                self._weigh(runner, elapsed, now, self.target)

    def step_down(self, runner: Runner) -> bool:
        """One rung down; whether there was one."""
        rung = self._rungs.setdefault(runner, Rung())
        ladder = _ladder(runner)
        if rung.step >= len(ladder):
            return False
        name, cap = ladder[rung.step]
        runner.cells.cap(name, cap)
        rung.step += 1
        rung.below = rung.above = 0.0
        return True

    def step_up(self, runner: Runner) -> bool:
        """One rung up; whether there was one."""
        rung = self._rungs.setdefault(runner, Rung())
        if not rung.step:
            return False
        rung.step -= 1
        name = _ladder(runner)[rung.step][0]
        below = [cap for other, cap in _ladder(runner)[: rung.step] if other == name]
        runner.cells.cap(name, below[-1] if below else None)
        rung.below = rung.above = 0.0
        return True

    def taken(self, runner: Runner) -> int:
        """How many rungs down a node is."""
        return self._rungs[runner].step if runner in self._rungs else 0

    def _weigh(self, runner: Runner, elapsed: float, now: float, target: float) -> None:
        rung = self._rungs.setdefault(runner, Rung())
        pace = pictures_a_call(runner) * 1e9 / max(1.0, runner.probe.recent())
        rung.below = rung.below + elapsed if pace < target * SHORT else 0.0
        rung.above = rung.above + elapsed if pace > target * SPARE else 0.0
        if rung.below >= DOWN_AFTER:
            rung.barred_until = now + FORGIVE_AFTER
            self.step_down(runner)
        elif rung.above >= UP_AFTER and now >= rung.barred_until:
            self.step_up(runner)

    def __repr__(self) -> str:
        target = "no target" if self.target is None else f"target {self.target:g} a second"
        down = {runner.key: rung.step for runner, rung in self._rungs.items() if rung.step}
        return f"<Governor {target} down {down}>"


def _ladder(runner: Runner) -> tuple[tuple[str, float], ...]:
    return runner.spec.cls.ladder
