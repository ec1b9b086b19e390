"""Nodes that do next to nothing, to weigh the engine by: a count, a pass, an end."""

from __future__ import annotations

from fractions import Fraction

from engine.graph import Graph
from engine.node import Node, Packet, Stream, Tick
from engine.registry import Registry


class Count(Node, id="weigh.count"):
    """Counts ticks."""

    def process(self, tick: Tick) -> int:
        return tick.index


class Pass(Node, id="weigh.pass"):
    """Passes a number on."""

    def process(self, value: int) -> int:
        return value


class End(Node, id="weigh.end"):
    """Takes a number."""

    def process(self, value: Packet[int]) -> None:
        pass


def chain(count: int) -> Graph:
    """count -> pass -> pass -> … -> end, at 60 ticks a second."""
    types = Registry()
    for cls in (Count, Pass, End):
        types.add(cls.spec)
    graph = Graph(types, Stream(64, 64, Fraction(60))).add("weigh.count", "source")
    last = "source.out"
    for index in range(count):
        graph = graph.add("weigh.pass", f"p{index}").connect(last, f"p{index}.value")
        last = f"p{index}.out"
    return graph.add("weigh.end", "end").connect(last, "end.value")
