"""Where nodes lie side by side: the root, or the inside of a subgraph at the end of a path.

A path is "" for the root and `look` inside the subgraph of that key; keys inside are `look/blur`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.placement import place, placed, waypoints, with_waypoints
from engine.errors import GraphError
from engine.reader import DEEPEST
from engine.subgraph import graph_at, with_parent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from engine.document import Document
    from engine.graph import Graph, Link
    from engine.parts import NodeEntry


def prefix(path: str) -> str:
    """What stands in front of the keys at a path: `look/`, or nothing at the root."""
    return f"{path}/" if path else ""


def parent(key: str) -> str:
    """The path that a node lies at."""
    return key.rpartition("/")[0]


def body(graph: Graph, path: str) -> Graph:
    """The graph at a path; GraphError where none is."""
    return graph_at(graph, prefix(path))


def within(graph: Graph, path: str, change: Callable[[Graph], Graph]) -> Graph:
    """The graph with that at a path changed."""
    return graph.at(f"{prefix(path)}x", lambda inner, _: change(inner))


def checked(graph: Graph, keys: Iterable[str]) -> list[str]:
    """The keys, each once; GraphError where one is not there."""
    wanted = list(dict.fromkeys(keys))
    for key in wanted:
        graph.entry(key)
    return wanted


def side_by_side(graph: Graph, keys: Iterable[str]) -> tuple[str, list[str]]:
    """The path that nodes share, and their keys there in the order of the graph. GraphError."""
    wanted = list(dict.fromkeys(keys))
    paths = {parent(key) for key in wanted}
    if len(paths) != 1:
        said = "lie side by side" if paths else "are selected"
        raise GraphError(f"this needs one or more nodes that {said}")
    checked(graph, wanted)
    path = paths.pop()
    return path, [name for name in body(graph, path).nodes if prefix(path) + name in wanted]


def keys_at(graph: Graph, path: str) -> list[str]:
    """The path keys of the nodes at a path."""
    return [prefix(path) + name for name in body(graph, path).nodes]


def links_at(graph: Graph, path: str) -> list[Link]:
    """The links at a path, with path keys at both ends."""
    return [with_parent(link, prefix(path)) for link in body(graph, path).links]


def links_into(graph: Graph, key: str) -> list[Link]:
    """The links that arrive at a node."""
    path, _, last = key.rpartition("/")
    found = (link for link in body(graph, path).links if link.target_key == last)
    return [with_parent(link, prefix(path)) for link in found]


def links_out_of(graph: Graph, key: str) -> list[Link]:
    """The links that begin at a node."""
    path, _, last = key.rpartition("/")
    found = (link for link in body(graph, path).links if link.source_key == last)
    return [with_parent(link, prefix(path)) for link in found]


def pinned(document: Document, path: str) -> Document:
    """The document with a place of its own for each node at a path, so that none of them moves."""
    keys = [key for key in keys_at(document.graph, path) if key not in document.view]
    loose = {key: place(document, key) for key in keys}
    return placed(document, loose) if loose else document


def edited(document: Document, graph: Graph) -> Document:
    """The document with another graph; the waypoints of links that are no more go."""
    return document if graph is document.graph else tidied(document.with_graph(graph))


def tidied(document: Document) -> Document:
    """The document without the waypoints of links that are no more."""
    dots = waypoints(document)
    return with_waypoints(document, dots) if dots else document


def depth(entry: NodeEntry) -> int:
    """How many subgraphs lie in each other: 0 for a plain node."""
    if entry.body is None:
        return 0
    return 1 + max((depth(inner) for inner in entry.body.nodes.values()), default=0)


def refuse_depth(path: str, entries: Iterable[NodeEntry]) -> None:
    """GraphError where nodes at a path would lie deeper than a file can hold."""
    deepest = prefix(path).count("/") + max(map(depth, entries), default=0)
    if deepest > DEEPEST:
        raise GraphError(
            f"subgraphs would lie {deepest} deep and a document holds {DEEPEST}; "
            "ungroup some of them first"
        )
