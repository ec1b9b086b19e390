"""Subgraphs taken apart before anything runs: nodes get path keys, so state survives edits around.

Mute and hold pass to the nodes inside; a bypassed subgraph is wired through from input to output.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.parts import Link, NodeEntry, sorted_links, split_end
from engine.spec import Policy
from engine.subgraph import with_parent

if TYPE_CHECKING:
    from engine.graph import Graph


def flatten(graph: Graph) -> Graph:
    """The graph without subgraphs; the graph itself where it has none."""
    if not any(entry.body for entry in graph.nodes.values()):
        return graph
    nodes: dict[str, NodeEntry] = {}
    links: list[Link] = []
    for key, entry in graph.nodes.items():
        if entry.body is None:
            nodes[key] = entry
        elif "bypass" not in entry.flags:
            flat = entry.body.flatten()
            nodes.update(
                {f"{key}/{inner}": _flagged(e, entry.flags) for inner, e in flat.nodes.items()}
            )
            links.extend(with_parent(link, f"{key}/") for link in flat.links)
    links.extend(flat for link in graph.links for flat in _flat_links(graph, link))
    return replace(graph, nodes=nodes, links=sorted_links(links))


def resolve(graph: Graph, target: str) -> tuple[str, ...]:
    """Where a target such as `look.radius` lies in the flattened graph: `look/blur.radius`."""
    return tuple(f"{key}.{name}" for key, name in _targets(graph, *split_end(target)))


def _flagged(entry: NodeEntry, flags: frozenset[str]) -> NodeEntry:
    return replace(entry, flags=entry.flags | flags) if flags - entry.flags else entry


def _flat_links(graph: Graph, link: Link) -> list[Link]:
    source = _origin(graph, link.source_key, link.source_port, frozenset())
    if source is None:
        return []
    ends = _targets(graph, link.target_key, link.target_port)
    return [
        link if _is_flat(link, source, end) else Link(*source, *end, link.policy) for end in ends
    ]


def _is_flat(link: Link, source: tuple[str, str], end: tuple[str, str]) -> bool:
    return (link.source_key, link.source_port, link.target_key, link.target_port) == (*source, *end)


def _origin(graph: Graph, key: str, port: str, seen: frozenset[str]) -> tuple[str, str] | None:
    """The node in the flattened graph whose output a link of this graph begins at."""
    entry = graph.nodes.get(key)
    if entry is None or entry.body is None:
        return key, port
    if "bypass" in entry.flags:
        return None if key in seen else _past(graph, key, port, seen | {key})
    end = entry.border.outputs.get(port)
    inner = _origin(entry.body, *split_end(end), frozenset()) if end else None
    return (f"{key}/{inner[0]}", inner[1]) if inner else None


def _past(graph: Graph, key: str, port: str, seen: frozenset[str]) -> tuple[str, str] | None:
    output = graph.output(key, port)
    same = (
        p
        for p in graph.inputs(key)
        if output and p.type is output.type and p.policy is not Policy.WIRED
    )
    enter = next(same, None)
    feeds = (k for k in graph.links if enter and (k.target_key, k.target_port) == (key, enter.name))
    feed = next(feeds, None)
    return _origin(graph, feed.source_key, feed.source_port, seen) if feed else None


def _targets(graph: Graph, key: str, port: str) -> list[tuple[str, str]]:
    """The inputs and parameters in the flattened graph that a link of this graph ends at."""
    head, _, rest = key.partition("/")
    entry = graph.nodes.get(head)
    if entry is None or entry.body is None:
        return [(key, port)]
    if "bypass" in entry.flags:
        return []
    ends = [(rest, port)] if rest else [split_end(end) for end in _shown_ends(entry, port)]
    inner = [found for end in ends for found in _targets(entry.body, *end)]
    return [(f"{head}/{inside}", name) for inside, name in inner]


def _shown_ends(entry: NodeEntry, port: str) -> tuple[str, ...]:
    param = entry.border.params.get(port)
    return entry.border.inputs.get(port, (param,) if param else ())
