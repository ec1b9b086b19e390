"""A subgraph taken apart where it lies: the inverse of a collapse.

Its nodes take the places of the ends that it showed, so what ran under `look/blur` is `blur`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.parts import Border, Link, NodeEntry, sorted_links, split_end
from engine.subgraph import body_of, free_name, with_body, with_parent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engine.graph import Graph


@dataclass(frozen=True)
class Moved:
    """Where things are found after a subgraph was taken apart, all as paths from the root.

    `keys`: `look/blur` is `blur`. `ends`: what was shown as `look.radius` is `blur.radius`.
    """

    keys: Mapping[str, str]
    ends: Mapping[str, str]


def ungroup(graph: Graph, key: str) -> tuple[Graph, Moved]:
    """The graph with the nodes of a subgraph in its place; flags and link policies are kept.

    Keys that others have are numbered. GraphError where the node is no subgraph.
    """
    parent, _, last = key.rpartition("/")
    if not parent:
        after, names = _taken_apart(graph, last)
    else:
        outer = graph.entry(parent)
        body, names = _taken_apart(body_of(parent, outer), last)
        border = _through(outer.border, last, graph.entry(key).border, names)
        after = graph.at(parent, lambda g, name: with_body(g, name, body, border))
    return after, _moved(graph.entry(key).border, key, parent, names)


def _taken_apart(graph: Graph, key: str) -> tuple[Graph, Mapping[str, str]]:
    """The graph without the subgraph, and by inner key the new ones."""
    entry = graph.entry(key)
    body = body_of(key, entry)
    rest = {name: kept for name, kept in graph.nodes.items() if name != key}
    names: dict[str, str] = {}
    for name in body.nodes:
        names[name] = free_name(name, {**rest, **dict.fromkeys(names.values())})
    inside = {names[name]: _flagged(inner, name, entry) for name, inner in body.nodes.items()}
    within = [(str(with_parent(link, f"{key}/")), link.renamed(names)) for link in body.links]
    across = [
        (str(link), found)
        for link in graph.links
        for found in _rejoined(link, key, entry.border, names)
    ]
    links = _one_each([link for _, link in sorted([*within, *across], key=lambda pair: pair[0])])
    return replace(graph, nodes={**rest, **inside}, links=sorted_links(links)), names


def _flagged(inner: NodeEntry, name: str, outer: NodeEntry) -> NodeEntry:
    """A node that left a subgraph keeps the flags that it had there and what was shown of it."""
    ends = [outer.border.params[shown] for shown in outer.expose if shown in outer.border.params]
    shown = {split_end(end)[1] for end in ends if split_end(end)[0] == name}
    expose = inner.expose if shown <= set(inner.expose) else tuple(sorted(shown | {*inner.expose}))
    return replace(inner, flags=inner.flags | outer.flags, expose=expose)


def _rejoined(link: Link, key: str, border: Border, names: Mapping[str, str]) -> list[Link]:
    """A link of the outer graph as it is without the subgraph: none, one, or one for each end."""
    starts, ends = [(link.source_key, link.source_port)], [(link.target_key, link.target_port)]
    if link.source_key == key:
        starts = _inner(names, filter(None, [border.outputs.get(link.source_port)]))
    if link.target_key == key:
        ends = _inner(names, _shown(border, link.target_port))
    return [Link(*start, *end, link.policy) for start in starts for end in ends]


def _shown(border: Border, name: str) -> tuple[str, ...]:
    param = border.params.get(name)
    return border.inputs.get(name, (param,) if param else ())


def _inner(names: Mapping[str, str], ends: Iterable[str]) -> list[tuple[str, str]]:
    return [(names.get(key, key), port) for key, port in map(split_end, ends)]


def _one_each(links: list[Link]) -> list[Link]:
    """The first link at each input: the one that carried."""
    first: dict[str, Link] = {}
    for link in links:
        first.setdefault(link.target, link)
    return list(first.values())


def _through(outer: Border, key: str, inner: Border, names: Mapping[str, str]) -> Border:
    """A border that showed ends of the subgraph shows the ends inside instead."""

    def ends(end: str, shown: Iterable[str]) -> list[str]:
        if split_end(end)[0] != key:
            return [end]
        return [f"{at}.{port}" for at, port in _inner(names, shown)]

    def entered(end: str) -> list[str]:
        return ends(end, _shown(inner, split_end(end)[1]))

    def left(end: str) -> list[str]:
        return ends(end, filter(None, [inner.outputs.get(split_end(end)[1])]))

    return Border(
        {
            name: tuple(e for end in many for e in entered(end))
            for name, many in outer.inputs.items()
        },
        {name: found[0] for name, end in outer.outputs.items() if (found := left(end))},
        {name: found[0] for name, end in outer.params.items() if (found := entered(end))},
    )


def _moved(border: Border, key: str, parent: str, names: Mapping[str, str]) -> Moved:
    before = f"{parent}/" if parent else ""
    keys = {f"{key}/{old}": before + new for old, new in names.items()}
    ends = {
        f"{key}.{shown}": f"{before}{names.get(inner, inner)}.{name}"
        for shown, (inner, name) in ((s, split_end(end)) for s, end in border.params.items())
    }
    return Moved(keys, ends)
