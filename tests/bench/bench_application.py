"""What the application costs over a raw loop of the same model.

    python -m tests.bench.bench_application [--size 256] [--frames 60] [--rounds 5]

Both run the embedded model over the same frames, headless against calling the node itself, in turn,
round by round; the ratio is of each pair.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import time
from fractions import Fraction
from typing import TYPE_CHECKING

import torch

from app.program import Program
from engine.device import compute_dtype
from engine.graph import Graph
from engine.node import Context, Node, Packet, Stream, Tick
from engine.player import Player
from engine.values import Frame
from nodes.generate.image_stream import ImageStream

if TYPE_CHECKING:
    from collections.abc import Callable

REEL: list[Frame] = []


class Reel(Node, id="bench.reel"):
    """Gives the prepared pictures one after another."""

    def process(self, tick: Tick) -> Frame:
        return REEL[tick.index % len(REEL)]


class Nowhere(Node, id="bench.nowhere"):
    """Takes pictures."""

    def process(self, frame: Packet[Frame]) -> None:
        pass


def pictures(count: int, size: int) -> list[Frame]:
    """A bright square that moves over a gradient."""
    ramp = torch.linspace(0, 1, size).expand(3, size, size)
    frames: list[Frame] = []
    for i in range(count):
        picture, at = ramp.clone(), i * 2 % (size - size // 4)
        picture[:, at : at + size // 4, at : at + size // 4] = 1 - picture[:, :1, :1]
        frames.append(Frame(picture[None]))
    return frames


def raw_loop(program: Program, stream: Stream) -> Callable[[], None]:
    """The node's own process, called in a plain loop."""
    node = ImageStream()
    dtype = compute_dtype(program.device)
    node.ctx = Context(stream=stream, device=program.device, dtype=dtype, weights=program.weights)
    node.setup(node.ctx)

    def run() -> None:
        with torch.no_grad():
            for i, frame in enumerate(REEL):
                pts = i * stream.dt
                list(node.process(Tick(pts, stream.dt, i), (Packet(frame, pts),)))

    return run


def application(program: Program, stream: Stream) -> Callable[[], None]:
    """reel -> image stream -> nowhere, ticked offline by a player."""
    types = program.registry
    for cls in (Reel, Nowhere):
        types.add(cls.spec)
    graph = Graph(types, stream).add("bench.reel", "reel").add(ImageStream.spec.id, "paint")
    graph = graph.add("bench.nowhere", "end")
    graph = graph.connect("reel.out", "paint.frame").connect("paint.out", "end.frame")
    player = Player(live=False, device=program.device, weights=program.weights)
    player.apply(graph)

    ticks = itertools.count()

    def run() -> None:
        for _ in REEL:
            player.tick(next(ticks) * stream.dt)

    return run


def seconds(action: Callable[[], None]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    REEL[:] = pictures(chosen.frames, chosen.size)
    stream = Stream(chosen.size, chosen.size, Fraction(30))
    with Program() as program:
        raw, app = raw_loop(program, stream), application(program, stream)
        raw(), app()
        pairs = [(seconds(raw), seconds(app)) for _ in range(chosen.rounds)]
    print(f"raw loop     {chosen.frames / statistics.median(a for a, _ in pairs):8.2f} frames/s")
    print(f"application  {chosen.frames / statistics.median(b for _, b in pairs):8.2f} frames/s")
    print(
        f"application / raw loop, median of pairs: {statistics.median(a / b for a, b in pairs):.3f}"
    )


if __name__ == "__main__":
    main()
