"""Renders a graph frame by frame: every tick runs to quiescence before the next, nothing is
dropped.

The range of ticks is what the sinks receive; ticks before it run too, because feedback and
generators remember.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.lane import all_ended
from engine.runner import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.eventlog import Event
    from engine.player import Player


def length(player: Player) -> int | None:
    """How many ticks the longest source lasts, None where no source has an end."""
    durations = [
        found
        for runner in player.runners
        if runner.node is not None and (found := runner.node.duration()) is not None
    ]
    return -(-max(durations) // player.stream.dt) if durations else None


def render(
    player: Player,
    *,
    start: int = 0,
    stop: int | None = None,
    events: list[Event] | None = None,
    replay: Callable[[Event], None] | None = None,
    progress: Callable[[int], bool] | None = None,
) -> int:
    """Runs ticks until `stop` or the end of the material, then drains; the count of ticks.

    `progress` is told each finished tick and returns False to end early; `replay` is told each
    event whose time has come. Raises NodeFailure where a node raises.
    """
    dt = player.stream.dt
    for runner in (runner for runner in player.runners if not runner.spec.outputs):
        runner.span = (start * dt, stop * dt if stop is not None else 1 << 62)
    pending = list(events or ())
    tick = 0
    while stop is None or tick < stop:
        while pending and replay is not None and pending[0].pts <= tick * dt:
            replay(pending.pop(0))
        player.tick(tick * dt)
        tick += 1
        if progress is not None and not progress(tick):
            break
        if material_over(player):
            break
    drain(player)
    return tick


def material_over(player: Player) -> bool:
    """Whether every sink, or every source that has an end, has come to it.

    Of a source that does not know how long it lasts, the end is known when it is there.
    """
    if all_ended(player.runners):
        return True
    finite = [
        runner.status
        for runner in player.runners
        if runner.node is not None
        and runner.wants_ticks
        and (runner.status is Status.ENDED or runner.node.duration() is not None)
    ]
    return bool(finite) and all(status is Status.ENDED for status in finite)


def drain(player: Player) -> None:
    """Ends every source and lets what is under way come out."""
    while True:
        before = [runner.status for runner in player.runners]
        for runner in player.runners:
            runner.finish()
        if not player.step() and before == [runner.status for runner in player.runners]:
            return
