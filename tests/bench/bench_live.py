"""How the live engine behaves under load: overload, a slider during slow blocks, a storm of edits,
faults.

    python -m tests.bench.bench_live [overload slider storm faults] [--minutes M] [--edits N]
"""

from __future__ import annotations

import argparse
import gc
import itertools
import random
import statistics
import time
from fractions import Fraction

import psutil

from engine.graph import Graph
from engine.history import History
from engine.node import Stream
from engine.player import Player
from engine.registry import Registry
from tests.bench.live_nodes import AGES, NODES, READ, SHOWN, Painter

FPS = 30


def show(cost: float) -> Graph:
    """camera -> painter -> mix(camera, painter) -> screen"""
    types = Registry()
    for cls in NODES:
        types.add(cls.spec)
    graph = Graph(types, Stream(64, 48, Fraction(FPS)))
    graph = graph.add("bench.camera", "camera").add("bench.painter", "painter", cost=cost)
    graph = graph.add("bench.mix", "mix").add("bench.screen", "screen")
    for link in (("camera.out", "painter.frame"), ("camera.out", "mix.frame")):
        graph = graph.connect(*link)
    return graph.connect("painter.out", "mix.other").connect("mix.out", "screen.frame")


def begin(graph: Graph) -> Player:
    for list_ in (AGES, SHOWN, READ):
        list_.clear()
    player = Player(live=True)
    Painter.clock = staticmethod(player.clock.now)
    player.apply(graph)
    player.start()
    return player


def late_frames() -> int:
    """Presentations that came more than a tick after the one before."""
    times = [shown for shown, _ in SHOWN]
    return sum(1 for a, b in itertools.pairwise(times) if b - a > 1.5 / FPS)


def overload(seconds: float = 6.0) -> dict[str, float]:
    """A generator five times too slow: the age of its newest input, and the rate of the output."""
    player = begin(show(cost=5 / FPS))
    time.sleep(seconds)
    player.stop()
    ages = AGES[3:]
    return {
        "source period ms": 1000 / FPS,
        "newest-input age ms, median": 1000 * statistics.median(ages),
        "newest-input age ms, worst": 1000 * max(ages),
        "output frames/s": len(SHOWN) / seconds,
        "late output frames": late_frames(),
    }


def slider(seconds: float = 6.0) -> dict[str, float]:
    """A slider moved at 60 Hz while blocks take 200 ms: what each block read."""
    player = begin(show(cost=0.2))
    sent: list[tuple[float, int]] = []
    stop = time.monotonic() + seconds
    while time.monotonic() < stop:
        player.set("painter", "slider", len(sent))
        sent.append((time.monotonic(), len(sent)))
        time.sleep(1 / 60)
    time.sleep(0.6)
    last, read = len(sent) - 1, list(READ)
    player.stop()
    gaps = [b - a for a, b in itertools.pairwise(read) if b > a]
    return {
        "values sent": len(sent),
        "last value applied": float(read[-1] == last),
        "values from block to block": statistics.median(gaps),
        "expected at 60 Hz": 0.2 * 60,
    }


def storm(edits: int = 10_000, seed: int = 1) -> dict[str, float]:
    """Random edits while running: late frames, milliseconds an edit, what undo-all gives."""
    first = show(cost=0.05)
    history, player, rng = History(first, cap=edits + 1), begin(first), random.Random(seed)
    graph, spent = first, []
    for count in range(edits):
        graph = random_edit(graph, rng)
        history.push(f"edit {count}", graph)
        began = time.perf_counter()
        player.apply(graph)
        spent.append(time.perf_counter() - began)
        time.sleep(0.002)
    frames, late = len(SHOWN), late_frames()
    undone = graph
    while history.undo_label:
        undone = history.undo()
    player.apply(undone)
    time.sleep(0.3)
    alive = len(SHOWN) > frames
    player.stop()
    return {
        "edits": edits,
        "output frames": frames,
        "late output frames": late,
        "apply ms, median": 1000 * statistics.median(spent),
        "apply ms, 99th": 1000 * sorted(spent)[int(0.99 * edits)],
        "undo-all returns the same object": float(undone is first),
        "still playing": float(alive),
    }


def random_edit(graph: Graph, rng: random.Random) -> Graph:
    """One edit that never takes the screen away."""
    extra = [key for key in graph.nodes if key.startswith("mix_")]
    choice = rng.randrange(6)
    if choice == 0 and len(extra) < 12:
        key = graph.free_key("bench.mix")
        return graph.add("bench.mix", key).connect("camera.out", f"{key}.frame")
    if choice == 1 and extra:
        return graph.remove(rng.choice(extra), heal=True)
    if choice == 2 and extra:
        return graph.connect(f"{rng.choice(extra)}.out", "mix.other")
    if choice == 3:
        return graph.connect("painter.out", "mix.other")
    if choice == 4 and extra:
        return graph.flag(rng.choice(extra), "bypass", rng.random() < 0.5)
    return graph.set("mix", amount=rng.random())


def faults(minutes: float = 10.0) -> dict[str, float]:
    """Minutes live with faults injected: resident memory at the first and last tenth."""
    graph = show(cost=0.02).set("painter", fault=0.1)
    player, process = begin(graph), psutil.Process()
    stop, sizes = time.monotonic() + 60 * minutes, []
    while time.monotonic() < stop:
        time.sleep(0.5)
        for list_ in (AGES, READ):
            list_.clear()
        sizes.append(process.memory_info().rss / 2**20)
    errors = player.stats().node("painter").errors
    player.stop()
    gc.collect()
    tenth = max(1, len(sizes) // 10)
    settled = sizes[tenth : 2 * tenth]
    return {
        "minutes": minutes,
        "faults": errors,
        "output frames": len(SHOWN),
        "late output frames": late_frames(),
        "MB after the start": statistics.mean(settled or sizes),
        "MB at the end": statistics.mean(sizes[-tenth:]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", nargs="*", default=["overload", "slider", "storm", "faults"])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--edits", type=int, default=10_000)
    chosen = parser.parse_args()
    runs = {
        "overload": overload,
        "slider": slider,
        "storm": lambda: storm(chosen.edits),
        "faults": lambda: faults(chosen.minutes),
    }
    for name in chosen.which:
        print(name)
        for what, value in runs[name]().items():
            print(f"    {what:40} {value:10.2f}")


if __name__ == "__main__":
    main()
