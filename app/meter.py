"""How the show goes, four times a second: rates, milliseconds a picture, latency, drops, memory.

A sample is taken from the engine's figures and kept for two minutes. It knows no Qt.
"""

from __future__ import annotations

import os
import time
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

import psutil
import torch

from app import routing

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.session import Session
    from engine.probe import NodeStats
    from engine.stats import Stats

EVERY = 0.25  # seconds between samples
RECENT = 10.0  # seconds that "lost" looks back on
KEPT = 480  # samples: two minutes


class Drops(NamedTuple):
    """Packets that went nowhere since the engine began, by cause."""

    overload: int = 0  # a consumer was late and took a newer one
    flushed: int = 0  # a cut, a reset or an edit ended what they belonged to
    late: int = 0  # they came after the picture they were meant for

    @property
    def total(self) -> int:
        return sum(self)


class Cost(NamedTuple):
    """What a node costs."""

    key: str
    status: str
    lane: str
    rate: float  # calls a second
    mean_ms: float
    p95_ms: float
    per_picture_ms: float  # of one picture on air
    share: float  # of the time that a picture may take
    errors: int
    message: str


class Sample(NamedTuple):
    """The figures of one moment."""

    time: float  # seconds, the machine's
    source_rate: float
    generated_rate: float  # 0 where nothing generates
    output_rate: float
    latency_ms: float
    budget_ms: float  # what a picture may take at the stream's rate
    costs: tuple[Cost, ...]
    ages_ms: tuple[tuple[str, float], ...]  # links, the oldest first
    drops: Drops
    memory: int  # bytes of this process
    device_memory: tuple[int, int]  # bytes in use and in all; (0, 0) without a graphics card
    cpu: float  # share of all cores that this process took

    @property
    def busiest(self) -> tuple[Cost, ...]:
        """Nodes by what they cost, the dearest first."""
        return tuple(sorted(self.costs, key=lambda cost: -cost.per_picture_ms))


class Meter:
    """Samples a session; `tick` is called often and looks seldom."""

    def __init__(self, session: Session, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._session = session
        self._clock = clock
        self._process = psutil.Process()
        self._worked = (clock(), time.process_time())  # when, and what the process had used
        self._at = 0.0
        self.taken = 0  # samples since the start
        self.samples: deque[Sample] = deque(maxlen=KEPT)

    @property
    def newest(self) -> Sample | None:
        return self.samples[-1] if self.samples else None

    def lost(self) -> Drops:
        """What was dropped within the last seconds; the causes as in a sample."""
        if not self.samples:
            return Drops()
        newest = self.samples[-1]
        since = next(s for s in self.samples if s.time >= newest.time - RECENT)
        pairs = zip(newest.drops, since.drops, strict=True)
        return Drops(*(max(0, now - then) for now, then in pairs))

    def tick(self) -> bool:
        """Takes a sample where one is due; whether it did."""
        now = self._clock()
        if now - self._at < EVERY:
            return False
        self._at = now
        stats = self._session.stats()
        if stats is None:
            return False
        self.samples.append(self._sample(now, stats))
        self.taken += 1
        return True

    def _sample(self, now: float, stats: Stats) -> Sample:
        graph, nodes = self._session.graph, {node.key: node for node in stats.nodes}
        fps = float(graph.stream.fps)
        source = nodes.get(routing.source(graph) or "")
        output = nodes.get(self._session.air.edited.output or "")
        flat = graph.flatten()
        made = [
            nodes[key].picture_rate
            for key, entry in flat.nodes.items()
            if key in nodes and routing.makes(entry.type)
        ]
        return Sample(
            time=now,
            source_rate=source.rate if source else 0.0,
            generated_rate=min(made, default=0.0),
            output_rate=output.rate if output else 0.0,
            latency_ms=output.latency_ms if output else 0.0,
            budget_ms=1000 / fps,
            costs=tuple(_cost(node, fps) for node in stats.nodes if node.key in flat.nodes),
            ages_ms=tuple(
                sorted(((link.name, link.age_ms) for link in stats.links), key=lambda a: -a[1])
            ),
            drops=_drops(stats),
            memory=self._process.memory_info().rss,
            device_memory=_device_memory(),
            cpu=self._busy(now),
        )

    def _busy(self, now: float) -> float:
        """Share of all cores since the sample before."""
        then, used_then = self._worked
        self._worked = now, time.process_time()
        spent = self._worked[1] - used_then
        return spent / max(now - then, EVERY) / (os.cpu_count() or 1)

    def __repr__(self) -> str:
        return f"<Meter {len(self.samples)} samples>"


def _cost(node: NodeStats, fps: float) -> Cost:
    per_picture = node.mean_ms * node.rate / fps
    return Cost(
        node.key,
        node.status,
        node.lane,
        node.rate,
        node.mean_ms,
        node.p95_ms,
        per_picture,
        per_picture * fps / 1000,
        node.errors,
        node.message,
    )


def _drops(stats: Stats) -> Drops:
    links = stats.links
    return Drops(
        sum(link.dropped for link in links),
        sum(link.flushed for link in links),
        sum(link.late for link in links),
    )


def _device_memory() -> tuple[int, int]:
    if not torch.cuda.is_available():
        return 0, 0
    free, total = torch.cuda.mem_get_info()
    return total - free, total
