"""Small real nodes over whole numbers, and three ways to run them: alone, offline, live by hand."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

from engine.clock import SetClock
from engine.errors import EndOfStream
from engine.graph import Graph
from engine.node import Held, Lane, Node, Packet, Stream, Tick, Window, param, state
from engine.offline import render
from engine.packet import FLICKS_PER_SECOND
from engine.player import Player
from engine.registry import Registry

FPS = 10
TICK = FLICKS_PER_SECOND // FPS
MATERIAL: dict[str, list[Any]] = {}  # what a Feed gives, by name
SEEN: dict[str, list[Any]] = {}  # what a Collect took, by name


class Feed(Node, id="test.feed"):
    """Gives the numbers of a list, one every `every` ticks, then ends."""

    name: str = param(default="in", doc="Which list")
    every: int = param(default=1, doc="Ticks from one to the next", min=1)
    _at: int = state(0)

    def process(self, tick: Tick) -> Iterator[Packet[int]]:
        material = MATERIAL[self.name]
        while self._at < len(material):
            pts = self._at * self.every * tick.dt
            if pts > tick.pts:
                return
            value = material[self._at]
            self._at += 1
            if isinstance(value, Exception):
                raise value
            cut = isinstance(value, tuple)
            yield Packet(value[0] if cut else value, pts, cut=cut)
        raise EndOfStream

    def duration(self) -> int | None:
        return len(MATERIAL[self.name]) * self.every * TICK


class Counter(Node, id="test.counter"):
    """Counts ticks for ever."""

    def process(self, tick: Tick) -> int:
        return tick.pts // tick.dt


class Add(Node, id="test.add"):
    """Adds a joined number and an amount."""

    amount: int = param(default=0, doc="What is added")

    def process(self, value: int, other: int | None = None) -> int:
        return value + self.amount + (other or 0)


class HeldAdd(Node, id="test.held_add"):
    """Adds the newest other number."""

    def process(self, value: int, other: Held[int]) -> int:
        return value + other


class Slow(Node, id="test.slow", lane=Lane.SLOW):
    """Passes numbers on the slow lane."""

    def process(self, value: int) -> int:
        return value


class Odd(Node, id="test.odd"):
    """Skips what is even."""

    def process(self, value: int) -> int | None:
        return value if value % 2 else None


class Late(Node, id="test.late"):
    """Keeps one number back, as a generator with two steps in flight does."""

    _kept: Packet[int] | None = state()

    def process(self, value: Packet[int]) -> Packet[int] | None:
        kept, self._kept = self._kept, value
        return kept

    def drain(self) -> Iterator[Packet[int]]:
        if self._kept is not None:
            yield self._kept


class Sum(Node, id="test.sum"):
    """Adds up all that it has seen."""

    _total: int = state(0)

    def process(self, value: int) -> int:
        self._total += value
        return self._total


class Pairs(Node, id="test.pairs"):
    """Doubles each number of a window of three."""

    def process(self, values: Window[int]) -> Iterator[int]:
        for value in values:
            yield 2 * value

    def window(self, port: str) -> int | None:
        return 3


class Fragile(Node, id="test.fragile"):
    """Raises at negative numbers, after it has spoilt its state."""

    _total: int = state(0)

    def process(self, value: int) -> int:
        self._total += value
        if value < 0:
            raise ValueError("negative")
        return self._total


class Both(NamedTuple):
    whole: int
    half: int | None


class Split(Node, id="test.split"):
    """Gives a number, and its half where there is one."""

    def process(self, value: int) -> Both:
        return Both(value, None if value % 2 else value // 2)


class Delay(Node, id="test.delay", delays=True):
    """Gives what it got a number of packets ago."""

    frames: int = param(default=1, doc="How long ago", min=1, max=99)
    _past: tuple[int, ...] = state(())

    def write(self, value: int) -> None:
        self._past = (*self._past, value)[-self.frames - 1 :]

    def read_ahead(self) -> int | None:
        return self._past[-self.frames] if len(self._past) >= self.frames else None

    def start(self, ctx: Any) -> int:
        del ctx
        return 0

    def process(self, value: int) -> int:
        self.write(value)
        return self._past[0]


class Collect(Node, id="test.collect"):
    """Keeps all it gets."""

    name: str = param(default="out", doc="Under which name")

    def process(self, tick: Tick, value: Packet[int]) -> None:
        SEEN.setdefault(self.name, []).append((value.value, value.pts, tick.pts))


NODES = (Feed, Counter, Add, HeldAdd, Slow, Odd, Late, Sum, Pairs, Fragile, Split, Delay, Collect)


def registry(*more: type[Node]) -> Registry:
    found = Registry()
    for cls in (*NODES, *more):
        found.add(cls.spec)
    return found


def graph(*more: type[Node]) -> Graph:
    return Graph(registry(*more), Stream(64, 48, Fraction(FPS), seed=7))


def wired(text: str, *more: type[Node], **params: dict[str, Any]) -> Graph:
    """A graph from lines like "a:feed.out -> b:add.value"; `key:type` introduces a node."""
    found = graph(*more)
    for line in text.strip().splitlines():
        ends = []
        for end in line.strip().split(" -> "):
            name, _, port = end.rpartition(".")
            key, _, kind = name.partition(":")
            if kind:
                found = found.add(f"test.{kind}", key, **params.get(key, {}))
            ends.append(f"{key}.{port}")
        found = found.connect(*ends)
    return found


def offline(built: Graph, *, ticks: int | None = None, **material: list[Any]) -> list[Any]:
    """The numbers that arrive at the sink named "out", rendered offline."""
    MATERIAL.clear()
    MATERIAL.update(material)
    SEEN.clear()
    player = Player(live=False)
    player.apply(built)
    try:
        render(player, stop=ticks)
    finally:
        player.stop()
    return [value for value, _, _ in SEEN.get("out", [])]


def run(node: Node, values: list[Any]) -> list[Any]:
    """What one node gives for a list of numbers, offline."""
    cls = type(node)
    params = {p.name: getattr(node, p.name) for p in cls.spec.params}
    found = graph(*(() if cls in NODES else (cls,)))
    found = found.add("test.feed", "feed").add("test.collect", "sink")
    found = found.add(cls.spec.id, "node", **params)
    port = cls.spec.inputs[0].name
    found = found.connect("feed.out", f"node.{port}").connect("node.out", "sink.value")
    return offline(found, **{"in": values})


class Hand:
    """A live player whose clock and lanes are moved by hand."""

    def __init__(self, built: Graph, **material: list[Any]) -> None:
        MATERIAL.clear()
        MATERIAL.update(material)
        SEEN.clear()
        self.clock = SetClock()
        self.player = Player(live=True, clock=self.clock)
        self.player.apply(built)
        self.at = -1

    def tick(self, count: int = 1) -> None:
        """Lets ticks pass, each run to quiescence."""
        for _ in range(count):
            self.at += 1
            self.player.tick(self.at * TICK)
            self.player.step()

    def seen(self, name: str = "out") -> list[Any]:
        return [value for value, _, _ in SEEN.get(name, [])]
