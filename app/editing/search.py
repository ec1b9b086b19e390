"""Finding: words in a graph, and the node types that a person would link to a loose end."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from app.editing.linking import Side, conversion, output, side_of, target_of
from app.editing.parents import prefix
from app.folders import PRESETS
from app.placement import backdrops, notes, place
from engine.parts import Link, fits, split_end
from engine.spec import Param, Policy
from engine.values import Prompt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from engine.document import Document
    from engine.graph import Graph
    from engine.spec import NodeSpec, Port

PLAIN, DRIVES, CONVERTS = 0, 1, 2  # what fits a port comes first, then parameters, then conversions


@dataclass(frozen=True)
class Hit:
    """Where words were found: a node's key, or a path with the id of a backdrop or note in it."""

    key: str
    where: str  # "key", "title", "type", "frame", "note", or the name of a parameter
    text: str
    box: str = ""


def find(document: Document, text: str) -> tuple[Hit, ...]:
    """Where all words of a text occur: in names, titles, types, texts and prompts of nodes, in
    backdrops and notes. One hit each; names come first.
    """
    words = text.lower().split()
    if not words:
        return ()
    found: dict[tuple[str, str], Hit] = {}
    for hit in _texts(document, document.graph, ""):
        if all(word in hit.text.lower() for word in words):
            found.setdefault((hit.key, hit.box), hit)
    return tuple(sorted(found.values(), key=lambda hit: (_rank(hit), hit.key, hit.box)))


def suggestions(
    document: Document,
    end: str,
    side: Side | None = None,
    weight: Callable[[str], float] = lambda _: 0.0,
) -> tuple[str, ...]:
    """The node types that can be linked to an end, the likeliest first.

    The presets say what is usual; `weight` adds what a person does, by node type. GraphError.
    """
    side = side or side_of(document, end)
    port = output(document.graph, end) if side == "out" else target_of(document.graph, end)
    own = document.graph.entry(split_end(end)[0]).type
    usual = _usual(PRESETS)
    ranks: dict[str, tuple[int, float]] = {}
    for spec in document.graph.types.specs():
        fit = _fit(document.graph, spec, port, side)
        if fit is not None:
            pair = (own, spec.id) if side == "out" else (spec.id, own)
            ranks[spec.id] = (fit, -usual[pair] - weight(spec.id))
    return tuple(sorted(ranks, key=lambda id: (*ranks[id], id)))


def _fit(graph: Graph, spec: NodeSpec, port: Port | Param, side: Side) -> int | None:
    """How a node type goes with an end, None where it does not."""
    if side == "in":
        if any(fits(found, port) for found in spec.outputs):
            return PLAIN
        return CONVERTS if any(conversion(graph, out, port) for out in spec.outputs) else None
    if isinstance(port, Param):
        return None
    if any(fits(port, found) for found in spec.inputs if _is_sought(found)):
        return PLAIN
    if any(param.exposable and fits(port, param) for param in spec.params):
        return DRIVES
    return CONVERTS if any(conversion(graph, port, found) for found in spec.inputs) else None


def _is_sought(port: Port) -> bool:
    return port.policy is not Policy.WIRED or not port.optional


@cache
def _usual(folder: Path) -> Counter[tuple[str, str]]:
    """How often the documents of a folder link one node type to another."""
    counts: Counter[tuple[str, str]] = Counter()
    for file in sorted(folder.rglob("*.json")):
        counts.update(_pairs(json.loads(file.read_text(encoding="utf-8"))))
    return counts


def _pairs(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    types = {key: entry["type"] for key, entry in data["nodes"].items()}
    for text in data["links"]:
        link = Link.parse(text)
        yield types[link.source_key], types[link.target_key]
    for entry in data["nodes"].values():
        if "nodes" in entry:
            yield from _pairs(entry)


def _texts(document: Document, graph: Graph, path: str) -> Iterator[Hit]:
    """Every text of a graph and of those in it; of a node, its names come first."""
    for box in backdrops(document, path):
        yield Hit(path, "frame", box.title, box.id)
    for note in notes(document, path):
        yield Hit(path, "note", note.text, note.id)
    for name, entry in graph.nodes.items():
        key, spec = prefix(path) + name, graph.spec(name)
        yield Hit(key, "key", name.replace("_", " "))
        yield Hit(key, "key", name)
        yield Hit(key, "title", place(document, key).title)
        yield Hit(key, "type", f"{spec.title} {spec.id}" if spec else entry.type)
        for param, value in entry.params.items():
            if text := _words(value):
                yield Hit(key, param, text)
        if entry.body is not None:
            yield from _texts(document, entry.body, key)


def _rank(hit: Hit) -> int:
    order = ("key", "title", "type", "frame", "note")
    return order.index(hit.where) if hit.where in order else len(order)


def _words(value: Any) -> str:
    if isinstance(value, Prompt):
        return " ".join(text for text, _ in value.pieces)
    return str(value) if isinstance(value, str) or hasattr(value, "as_posix") else ""
