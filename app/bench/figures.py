"""What this machine reaches: the engine's own cost, the generator, every preset."""

from __future__ import annotations

import time
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from app.bench.numbers import chain
from app.documents import presets
from app.folders import CLIPS
from app.routing import without_devices
from engine.document import Document, load
from engine.graph import Graph
from engine.node import Stream
from engine.player import Player

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.program import Program

WARM = 4  # ticks before the clock starts: first calls of a shape are slow
CHAIN = 100  # nodes
STEPS = (1, 2, 4)
SIZES = (256, 512)


@dataclass(frozen=True)
class Figure:
    """One measured number."""

    name: str
    value: float
    unit: str


def engine() -> Iterator[Figure]:
    """What a light node and packet cost, and a graph of a hundred of them at 60 Hz."""
    player = Player(live=False)
    player.apply(chain(CHAIN))
    spent = _ticks(player, count=200, clock=time.process_time)
    player.stop()
    yield Figure(f"a light node and packet, chain of {CHAIN}", 1e6 * spent / CHAIN, "µs of CPU")
    yield Figure(f"a graph of {CHAIN} light nodes at 60 Hz", 100 * spent * 60, "% of a core")


def generator(program: Program, frames: int = 12) -> Iterator[Figure]:
    """The image stream that comes along, on moving pictures that are at hand."""
    for size in SIZES:
        for steps in STEPS:
            graph = Graph(program.registry, Stream(size, size, Fraction(30)))
            graph = graph.add("sources.noise", "clouds").add("sinks.null", "end")
            graph = graph.add("generate.image_stream", "paint", steps=steps)
            graph = graph.connect("clouds.out", "paint.frame").connect("paint.out", "end.frame")
            name = f"image stream {size}x{size}, {steps} steps"
            yield Figure(name, _rate(program, graph, frames), "frames/s")


def every_preset(program: Program, frames: int = 12) -> Iterator[Figure]:
    """Each preset at its own size, without a file to write."""
    for name, path in presets().items():
        document, _ = load(path, program.registry)
        graph = without_devices(document.graph, CLIPS / "demo.mp4").graph
        size = f"{graph.stream.width}x{graph.stream.height}"
        yield Figure(f"{name} {size}", _rate(program, graph, frames), "frames/s")


def _rate(program: Program, graph: Graph, frames: int) -> float:
    """Frames a second of a graph that is stepped as a render does."""
    show = program.show(Document(graph), live=False)
    show.apply(graph)
    spent = _ticks(show.player, count=frames, clock=time.perf_counter)
    show.player.stop()
    return 1 / spent


def _ticks(player: Player, *, count: int, clock: Callable[[], float]) -> float:
    """Seconds a tick, the first ones left out."""
    dt = player.stream.dt
    for index in range(WARM):
        player.tick(index * dt)
    began = clock()
    for index in range(WARM, WARM + count):
        player.tick(index * dt)
    return (clock() - began) / count
