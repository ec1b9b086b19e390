"""Where the running engine has what the canvas shows: subgraphs are flattened there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from app.canvas.face import NUMBERS, PICTURES
from engine.errors import GraphError
from engine.parts import Link, split_end

if TYPE_CHECKING:
    from app.canvas.node_item import NodeItem
    from engine.graph import Graph


class Output(NamedTuple):
    """An output of a node that runs."""

    key: str
    port: str


def inner_output(graph: Graph, key: str, port: str) -> Output | None:
    """The output inside that a subgraph shows; of another node its own."""
    try:
        entry = graph.entry(key)
    except GraphError:
        return None
    while entry.body is not None:
        end = entry.border.outputs.get(port)
        if end is None:
            return None
        inner, port = split_end(end)
        key, entry = f"{key}/{inner}", entry.body.nodes[inner]
    return Output(key, port)


def shown_output(graph: Graph, item: NodeItem) -> Output | None:
    """The output whose values a node's preview shows: its first of that kind, else what it gets."""
    kinds = PICTURES if item.face.preview == "picture" else NUMBERS
    for pin in item.face.pins:
        if pin.is_output and pin.type in kinds:
            return inner_output(graph, item.key, pin.name)
    for link in item.links.values():
        if link.target is item and link.carries in kinds:
            return inner_output(graph, link.link.source_key, link.link.source_port)
    return None


def queue_name(graph: Graph, link: Link) -> str:
    """The name under which the engine counts what passes a link; "" where nothing does."""
    source = inner_output(graph, link.source_key, link.source_port)
    try:
        targets = graph.resolve(link.target)
    except GraphError:
        return ""
    return f"{source.key}.{source.port} -> {targets[0]}" if source and targets else ""
