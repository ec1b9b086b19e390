"""A runner's place in the plan: its queues, how each input is read, and what makes it fire."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.spec import NodeSpec, Policy, Port
from engine.values import Generator, Memory, Scorer, TextEncoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.plan import Plan, PlannedLink
    from engine.queue import Queue
    from engine.runner import Runner

HANDLES = frozenset({Generator, Memory, Scorer, TextEncoder})


class Firing(enum.IntEnum):
    """What makes a runner call its node."""

    TRUNK = 0  # each packet of the first plain input
    WINDOW = 1  # enough packets of a Window input
    TICK = 2  # the stream's tick
    SAMPLED = 3  # a live sink: once a tick with the newest packet
    DELAY = 4  # the write end of a delay in a cycle
    HANDLE = 5  # provides a handle, is never called by packets


@dataclass(frozen=True)
class Take:
    """How one input is read at a call."""

    name: str
    queue: Queue
    policy: Policy
    packets: bool
    required: bool


@dataclass(frozen=True)
class Wiring:
    """A runner's place in the plan; replaced whole by an edit."""

    firing: Firing = Firing.TICK
    trunk: Take | None = None
    takes: tuple[Take, ...] = ()  # every packet input but the trunk
    drives: tuple[tuple[str, Queue], ...] = ()  # parameters that links drive
    wired: tuple[tuple[str, Runner], ...] = ()
    flags: frozenset[str] = frozenset()
    paced: bool = False  # a delay whose cycle nothing else drives: turns once a tick
    promises: bool = True  # after a call at a tick no output up to its time is still to come
    fillers: dict[str, Any] = field(default_factory=dict[str, Any])  # unlinked optional inputs


def wire(
    plan: Plan, key: str, queues: Mapping[str, Queue], runners: Mapping[str, Runner], *, live: bool
) -> Wiring:
    """The wiring of one node; `queues` by the text of their link's two ends."""
    spec = plan.specs[key]
    linked = {planned.link.target_port: planned for planned in plan.into.get(key, ())}
    trunk, firing = _trunk(plan, spec, key, linked, live)
    takes = tuple(
        _take(port, queues[linked[port.name].name])
        for port in spec.inputs
        if port.name in linked and port is not trunk and port.policy is not Policy.WIRED
    )
    return Wiring(
        firing=firing,
        paced=firing is Firing.DELAY and not _is_driven(plan, key, live),
        promises=firing is Firing.TICK and (live or key in plan.loops or not _retimes(spec, takes)),
        trunk=_take(trunk, queues[linked[trunk.name].name]) if trunk else None,
        takes=takes,
        drives=tuple(
            (name, queues[planned.name]) for name, planned in linked.items() if planned.port is None
        ),
        wired=tuple(
            (port.name, runners[linked[port.name].link.source_key])
            for port in spec.inputs
            if port.policy is Policy.WIRED and port.name in linked
        ),
        flags=plan.entries[key].flags,
        fillers={port.name: _filler(port) for port in spec.inputs if port.name not in linked},
    )


def _trunk(
    plan: Plan, spec: NodeSpec, key: str, linked: Mapping[str, PlannedLink], live: bool
) -> tuple[Port | None, Firing]:
    if any(port.type in HANDLES for port in spec.outputs):
        return None, Firing.HANDLE
    inputs = [port for port in spec.inputs if port.name in linked]
    if key in plan.loops and key not in plan.delays:  # what comes from outside drives a cycle
        inputs.sort(key=lambda port: linked[port.name].link.source_key in plan.loops[key])
    for port in inputs:
        if port.policy is Policy.JOIN:
            if key in plan.delays:
                return port, Firing.DELAY
            return port, Firing.SAMPLED if live and not spec.outputs else Firing.TRUNK
    for port in inputs:
        if port.policy is Policy.WINDOW and spec.cls().window(port.name) is not None:
            return port, Firing.WINDOW
    return None, Firing.TICK


def _is_driven(plan: Plan, key: str, live: bool) -> bool:
    """Whether packets or ticks from outside enter the cycle of a delay."""
    loop = plan.loops[key]
    for inner in loop - plan.delays:
        linked = {planned.link.target_port: planned for planned in plan.into.get(inner, ())}
        trunk, _ = _trunk(plan, plan.specs[inner], inner, linked, live)
        if trunk is None or linked[trunk.name].link.source_key not in loop:
            return True
    return False


def _retimes(spec: NodeSpec, takes: tuple[Take, ...]) -> bool:
    """Whether what a node gives at a tick may belong to an earlier time: that of its inputs."""
    return bool(takes) and any(port.packets for port in spec.outputs)


def _take(port: Port, queue: Queue) -> Take:
    return Take(port.name, queue, port.policy, port.packets, not port.optional and _waits(port))


def _waits(port: Port) -> bool:
    """Whether a call needs a value: a window may be empty."""
    return port.policy is not Policy.WINDOW


def _filler(port: Port) -> Any:
    return () if port.policy is Policy.WINDOW else None
