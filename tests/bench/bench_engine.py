"""What the engine itself costs: microseconds per light node and packet, the share of a core at 60
Hz, edits.

    python -m tests.bench.bench_engine          a table; every figure is CPU time of this process
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from engine.clock import SetClock
from engine.graph import Graph
from engine.node import Node, Packet, Stream, Tick
from engine.player import Player
from engine.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable

SHAPES = ("chain", "fan", "diamond")
SIZES = (10, 100, 500)
WARM_TICKS = 20


class Count(Node, id="bench.count"):
    """Counts ticks."""

    def process(self, tick: Tick) -> int:
        return tick.index


class Pass(Node, id="bench.pass"):
    """Passes a number, added to another."""

    def process(self, value: int, other: int | None = None) -> int:
        return value if other is None else value + other


class End(Node, id="bench.end"):
    """Takes a number."""

    def process(self, value: Packet[int]) -> None:
        pass


@dataclass(frozen=True)
class Figure:
    """One row of the table."""

    name: str
    value: float
    unit: str


def empty() -> Graph:
    types = Registry()
    for cls in (Count, Pass, End):
        types.add(cls.spec)
    return Graph(types, Stream(64, 64, Fraction(60)))


def chain(count: int) -> Graph:
    """count -> pass -> pass -> ... -> end"""
    graph, last = empty().add("bench.count", "source"), "source.out"
    for i in range(count):
        graph = graph.add("bench.pass", f"p{i}").connect(last, f"p{i}.value")
        last = f"p{i}.out"
    return graph.add("bench.end", "end").connect(last, "end.value")


def fan(count: int) -> Graph:
    """One source, `count` nodes beside each other."""
    graph = empty().add("bench.count", "source").add("bench.end", "end")
    for i in range(count):
        graph = graph.add("bench.pass", f"p{i}").connect("source.out", f"p{i}.value")
    return graph.connect("p0.out", "end.value")


def diamond(count: int) -> Graph:
    """A chain of splits and joins: every second node joins two branches."""
    graph, last = empty().add("bench.count", "source"), "source.out"
    for i in range(count // 2):
        graph = graph.add("bench.pass", f"a{i}").connect(last, f"a{i}.value")
        graph = graph.add("bench.pass", f"b{i}").connect(f"a{i}.out", f"b{i}.value")
        graph = graph.connect(last, f"b{i}.other")
        last = f"b{i}.out"
    return graph.add("bench.end", "end").connect(last, "end.value")


def per_node(shape: str, count: int) -> Figure:
    """Microseconds of CPU per node and packet, offline lane, numbers for packets."""
    graph = {"chain": chain, "fan": fan, "diamond": diamond}[shape](count)
    player = Player(live=False)
    player.apply(graph)
    dt, ticks = graph.stream.dt, max(30, 30_000 // count)
    for i in range(WARM_TICKS):
        player.tick(i * dt)
    spent = cpu_time(lambda: [player.tick(i * dt) for i in range(WARM_TICKS, WARM_TICKS + ticks)])
    nodes = len(player.runners)
    player.stop()
    return Figure(f"{shape} of {count}", spent / ticks / nodes * 1e6, "us per node and packet")


def share_of_a_core(count: int = 100, seconds: float = 4.0) -> Figure:
    """CPU share of a live graph at 60 Hz on its own threads."""
    player = Player(live=True)
    player.apply(chain(count))
    player.start()
    time.sleep(0.5)
    spent = cpu_time(lambda: time.sleep(seconds))
    player.stop()
    return Figure(f"live chain of {count} at 60 Hz", 100 * spent / seconds, "% of a core")


def edits(count: int = 200) -> list[Figure]:
    """Milliseconds that `apply` takes for a value and for a structural edit."""
    graph = chain(count)
    player = Player(live=True, clock=SetClock())
    player.apply(graph)
    longer = graph.add("bench.pass", "more").connect("p0.out", "more.value")
    undo = partial(player.apply, graph)
    value = graph.flag("p1", "bypass", True)
    figures = [
        Figure(f"{what} of {count} nodes", best(partial(player.apply, other), undo), "ms")
        for what, other in (("flag edit", value), ("structural edit", longer))
    ]
    player.stop()
    return figures


def best(action: Callable[[], object], undo: Callable[[], object], rounds: int = 15) -> float:
    """Median CPU milliseconds of an action that is undone in between."""
    times: list[float] = []
    for _ in range(rounds):
        times.append(cpu_time(action) * 1000)
        undo()
    return sorted(times)[rounds // 2]


def cpu_time(action: Callable[[], object]) -> float:
    """Seconds of CPU that this process spent."""
    began = time.process_time()
    action()
    return time.process_time() - began


def main() -> None:
    figures = [per_node(shape, size) for shape in SHAPES for size in SIZES]
    figures += [share_of_a_core(), *edits()]
    for figure in figures:
        print(f"{figure.name:32} {figure.value:8.2f} {figure.unit}")


if __name__ == "__main__":
    main()
