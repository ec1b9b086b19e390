"""The engine's figures at a moment, and a look at what a port has sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.errors import GraphError, did_you_mean
from engine.packet import seconds
from engine.playout import Playout
from engine.probe import LinkStats, NodeStats

if TYPE_CHECKING:
    from engine.packet import Packet
    from engine.port import OutPort
    from engine.queue import Queue
    from engine.runner import Runner
    from engine.validate import Problem


@dataclass(frozen=True)
class Stats:
    """The whole engine's figures at a moment."""

    now: float  # stream time in seconds
    nodes: tuple[NodeStats, ...]
    links: tuple[LinkStats, ...]
    problems: tuple[Problem, ...]
    rungs: tuple[tuple[str, int], ...]  # nodes on the governor's ladder
    passes: int | None = None  # of the light lane, which live passes at least once a tick

    def node(self, key: str) -> NodeStats:
        """The figures of one node; GraphError where it is not running."""
        for stats in self.nodes:
            if stats.key == key:
                return stats
        raise GraphError(
            f"no node {key!r} is running{did_you_mean(key, [n.key for n in self.nodes])}"
        )


class Tap:
    """Looks at an output port without being a consumer."""

    def __init__(self, out: OutPort) -> None:
        self._out = out

    def newest(self) -> Packet[Any] | None:
        """The newest packet that the port has sent."""
        return self._out.last

    def __repr__(self) -> str:
        return f"<Tap {self._out!r}>"


def node_stats(runner: Runner, lane: str) -> NodeStats:
    """One runner's figures."""
    if isinstance(runner.node, Playout):
        runner.probe.latency = runner.node.latency
    names = (param.name for param in runner.spec.params)
    return runner.probe.stats(
        runner.key,
        status=runner.state,
        message=runner.message,
        lane=lane,
        driven=tuple(name for name in names if runner.cells[name].driven),
        pictures=pictures_a_call(runner),
    )


def pictures_a_call(runner: Runner) -> float:
    """Packets that a call sends on average, a clip counted by its pictures; 1 before the first."""
    made = max((_pictures(out) for out in runner.outs), default=0)
    return made / max(1, runner.probe.calls) if made else 1.0


def _pictures(out: OutPort) -> int:
    clip = out.last.value if out.clips and out.last is not None else None
    return out.sent * (clip.tensor.shape[0] if clip is not None else 1)


def link_stats(queue: Queue, now: int) -> LinkStats:
    """One queue's figures."""
    return LinkStats(
        name=queue.name,
        rule=str(queue.rule),
        waiting=len(queue.items),
        age_ms=seconds(queue.age(now)) * 1000,
        received=queue.received,
        dropped=queue.dropped,
        flushed=queue.flushed,
        late=queue.late,
    )
