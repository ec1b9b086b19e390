"""How nodes and links fare, twice a second: errors and their reach, cost, rates, ages, drops."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.canvas.origins import queue_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from app.canvas.node_item import NodeItem
    from app.canvas.scene import CanvasScene
    from engine.probe import LinkStats, NodeStats
    from engine.stats import Stats

EVERY = 0.5  # seconds
OLD = 1.0  # seconds after which what a link carries is stale


@dataclass(frozen=True)
class Cost:
    """What a node, or the nodes of a subgraph, take."""

    milliseconds: float  # a call
    rate: float  # calls a second
    per_picture: float  # milliseconds of one picture on air
    share: float  # of the time that a picture may take


@dataclass(frozen=True)
class Traffic:
    """What passes a link."""

    rule: str
    rate: float  # packets a second
    age_ms: float
    waiting: int
    dropped: int


class Health:
    """Marks the items of a scene with the engine's figures; `heat` colours nodes by their cost."""

    def __init__(self, scene: CanvasScene, clock: Callable[[], float] = time.perf_counter) -> None:
        self._scene, self._clock = scene, clock
        self._at = 0.0
        self._received: dict[str, tuple[float, int]] = {}  # queue: when, how many by then
        self.heat = False
        self.costs: dict[str, Cost] = {}
        self.traffic: dict[str, Traffic] = {}  # by the text of the link

    def tick(self) -> None:
        """Looks again where it is time."""
        if self._clock() - self._at >= EVERY:
            self.look()

    def look(self) -> None:
        """Looks at the engine and marks every item."""
        self._at = self._clock()
        stats = self._scene.session.stats()
        by_node = _grouped(stats, self._scene.prefix)
        fps = float(self._scene.session.graph.stream.fps)
        self.costs = {key: _cost(group, fps) for key, group in by_node.items()}
        self._links(stats)
        self._nodes(by_node)
        self._frames()

    def _nodes(self, by_node: Mapping[str, list[NodeStats]]) -> None:
        errors = self._errors(by_node)
        troubled = _downstream(self._scene, errors)
        alone = (self._scene.session.solo or "").rpartition(".")[0]
        for key, item in self._scene.nodes.items():
            group = by_node.get(key, [])
            cost = self.costs.get(key)
            item.mark(
                error=errors.get(key, ""),
                trouble=troubled.get(key, "") if key not in errors else "",
                soloed=key == alone,
                loading=any(node.status == "loading" for node in group),
                driven=self._driven(group),
                heat=cost.share if self.heat and cost else None,
            )
            item.show_figures(*self._figures(item, cost))

    def _errors(self, by_node: Mapping[str, list[NodeStats]]) -> dict[str, str]:
        """The sentence of each node that does not run, and of subgraphs with such a node."""
        prefix = self._scene.prefix
        found: dict[str, str] = {}
        for problem in self._scene.session.problems:
            if problem.severity == "error" and problem.key.startswith(prefix):
                found.setdefault(_local(problem.key, prefix), str(problem.message))
        for key, group in by_node.items():
            for node in group:
                if node.status == "failed":
                    found.setdefault(key, node.message)
        return {key: text for key, text in found.items() if key in self._scene.nodes}

    def _driven(self, group: Iterable[NodeStats]) -> tuple[tuple[str, str], ...]:
        """Parameters that neither the document nor a link decides."""
        found = []
        for node in group:
            for name in node.driven:
                origin = self._scene.session.driven(node.key, name)
                if origin and origin != "link":
                    found.append((name, origin))
        return tuple(found)

    def _figures(self, item: NodeItem, cost: Cost | None) -> tuple[str, str]:
        if cost is None or cost.rate == 0.0:
            return "", ""
        right = f"{cost.milliseconds:.1f} ms" if cost.milliseconds >= 0.05 else "<0.1 ms"
        if self.heat:
            return f"{cost.share:.0%}", right
        if item.face.preview == "trace":
            return f"{item.trace[-1]:.3g}" if item.trace else "", right
        return f"{cost.rate:.1f}/s", right

    def _links(self, stats: Stats | None) -> None:
        queues = {link.name: link for link in stats.links} if stats else {}
        graph = self._scene.session.graph
        self.traffic = {}
        for text, item in self._scene.links.items():
            queue = queues.get(queue_name(graph, item.link)) if queues else None
            if queue is not None:
                self.traffic[text] = self._counted(queue)
            item.mark(stale=queue is not None and queue.age_ms > OLD * 1000)

    def _counted(self, queue: LinkStats) -> Traffic:
        then, before = self._received.get(queue.name, (self._at, queue.received))
        self._received[queue.name] = (self._at, queue.received)
        elapsed = self._at - then
        rate = max(0, queue.received - before) / elapsed if elapsed > 0 else 0.0
        return Traffic(queue.rule, rate, queue.age_ms, queue.waiting, queue.dropped)

    def _frames(self) -> None:
        for backdrop in self._scene.backdrops.values():
            rect = backdrop.rect
            inside = [
                self.costs[key].per_picture
                for key, item in self._scene.nodes.items()
                if key in self.costs and rect.contains(item.rect.center())
            ]
            backdrop.show_milliseconds(sum(inside) if inside else None)


def _grouped(stats: Stats | None, prefix: str) -> dict[str, list[NodeStats]]:
    """The figures by the node at this path that they belong to."""
    found: defaultdict[str, list[NodeStats]] = defaultdict(list)
    for node in stats.nodes if stats else ():
        if node.key.startswith(prefix):
            found[_local(node.key, prefix)].append(node)
    return found


def _local(key: str, prefix: str) -> str:
    """The node of this path that a key is, or lies in."""
    return prefix + key[len(prefix) :].partition("/")[0]


def _cost(group: list[NodeStats], fps: float) -> Cost:
    spent = sum(node.mean_ms * node.rate for node in group)  # milliseconds a second
    return Cost(
        sum(node.mean_ms for node in group),
        max(node.rate for node in group),
        spent / fps,
        spent / 1000,
    )


def _downstream(scene: CanvasScene, errors: Mapping[str, str]) -> dict[str, str]:
    """Nodes that what does not run would feed, with the name of what does not."""
    found: dict[str, str] = {}
    left = [(key, key) for key in errors]
    while left:
        key, cause = left.pop()
        for link in scene.nodes[key].links.values():
            reached = link.target.key
            if link.source.key == key and reached not in found and reached not in errors:
                found[reached] = f"{cause.rpartition('/')[2]} further up does not run"
                left.append((reached, cause))
    return found
