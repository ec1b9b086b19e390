"""Edits as a person may ask for them, possible or not, for the tests that make thousands."""

from __future__ import annotations

import random

from engine.errors import GraphError, ParamError
from engine.graph import Graph, LinkPolicy

TYPES = [
    "sources.camera",
    "control.lfo",
    "compose.mix",
    "compose.blur",
    "motion.delay",
    "generate.video",
]


def any_key(graph: Graph, chance: random.Random) -> str:
    flat = [key for key in graph.flatten().nodes if chance.random() < 0.5]
    return chance.choice([*graph.nodes, *flat, "nothing"])


def random_edit(graph: Graph, chance: random.Random) -> Graph:
    """One edit of any kind, as a person may ask for it, possible or not."""
    one, two = any_key(graph, chance), any_key(graph, chance)
    outs = [f"{one}.{name}" for name in ("out", "shape", "colour")]
    ins = [
        f"{two}.{name}"
        for name in ("frame", "a", "b", "guide", "past", "amount", "radius", "frames")
    ]
    edits = [
        lambda: graph.add(chance.choice([*TYPES, "sinks.window", "compose.split"])),
        lambda: graph.add(chance.choice(TYPES), f"{one}/"),
        *[lambda: graph.remove(one, heal=chance.random() < 0.5)]
        * (len(graph.flatten().nodes) // 6),
        lambda: graph.rename(one, chance.choice(["x", "y", "mix", "left"])),
        lambda: graph.set(
            one, **{chance.choice(["amount", "radius", "level", "steps"]): chance.random()}
        ),
        lambda: graph.set(one, mode=chance.choice(["add", "normal", 2])),
        lambda: graph.connect(chance.choice(outs), chance.choice(ins)),
        lambda: graph.connect("camera.out", chance.choice(ins), LinkPolicy("queue", 0.5)),
        lambda: graph.connect_with_delay(chance.choice(outs), chance.choice(ins)),
        lambda: graph.disconnect(chance.choice(ins)),
        lambda: graph.flag(one, chance.choice(["bypass", "mute", "hold"]), chance.random() < 0.5),
        lambda: graph.expose(one, chance.choice(["amount", "radius"]), chance.random() < 0.5),
        lambda: graph.with_stream(seed=chance.randrange(5)),
        lambda: (
            graph.insert_on_link("compose.blur", chance.choice(graph.links))
            if graph.links
            else graph
        ),
        lambda: graph.collapse(list({one, two}), "group") if chance.random() < 0.3 else graph,
    ]
    try:
        return chance.choice(edits)()
    except (GraphError, ParamError):
        return graph
