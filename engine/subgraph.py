"""Graphs inside graphs: making them, editing in them, and what they show outside.

A subgraph's values live in the nodes inside it; its border only names those that are shown.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.errors import GraphError, did_you_mean
from engine.node import Stream
from engine.parts import SUBGRAPH, Border, Link, NodeEntry, checked_key, sorted_links, split_end
from engine.spec import Param, Port

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from engine.graph import Graph


def body_of(key: str, entry: NodeEntry) -> Graph:
    """The graph inside a node; GraphError where the node has none."""
    if entry.body is None:
        raise GraphError(f"{key} is {entry.type}, not a subgraph")
    return entry.body


def graph_at(graph: Graph, parent: str) -> Graph:
    """The graph at the end of a path such as `look/`; of "" the graph itself."""
    for key in parent.split("/")[:-1]:
        graph = body_of(key, graph.entry(key))
    return graph


def inputs(entry: NodeEntry) -> tuple[Port, ...]:
    """The inputs of a subgraph; one that feeds several nodes is required where one requires it."""
    found = ((name, _ports_inside(entry, ends)) for name, ends in entry.border.inputs.items())
    return tuple(
        replace(ports[0], name=name, optional=all(port.optional for port in ports))
        for name, ports in found
        if ports
    )


def outputs(entry: NodeEntry) -> tuple[Port, ...]:
    """The outputs of a subgraph."""
    body = entry.body
    found = (
        {name: body.output(*split_end(end)) for name, end in entry.border.outputs.items()}
        if body
        else {}
    )
    return tuple(replace(port, name=name) for name, port in found.items() if port)


def params(entry: NodeEntry) -> tuple[Param, ...]:
    """The parameters that a subgraph shows."""
    found = ((name, _param_inside(entry, end)) for name, end in entry.border.params.items())
    return tuple(replace(param, name=name) for name, param in found if param)


def inner_param(entry: NodeEntry, name: str) -> tuple[str, str] | None:
    """The node inside and its parameter that a subgraph shows by this name."""
    end = entry.border.params.get(name) if entry.body else None
    return split_end(end) if end else None


def _ports_inside(entry: NodeEntry, ends: Iterable[str]) -> list[Port]:
    targets = [entry.body.target(*split_end(end)) for end in ends] if entry.body else []
    return [port for port in targets if isinstance(port, Port)]


def _param_inside(entry: NodeEntry, end: str) -> Param | None:
    key, name = split_end(end)
    known = entry.body.params(key) if entry.body else ()
    return next((param for param in known if param.name == name), None)


def with_body(graph: Graph, key: str, body: Graph, border: Border | None = None) -> Graph:
    """The graph with another graph inside a node; what can no longer be shown goes."""
    entry = graph.nodes[key]
    border = _kept(border or entry.border, body)
    if body is entry.body and border == entry.border:
        return graph
    nodes = {**graph.nodes, key: replace(entry, body=body, border=border)}
    shown = {*border.inputs, *border.params}
    kept = [
        link
        for link in graph.links
        if (link.target_key != key or link.target_port in shown)
        and (link.source_key != key or link.source_port in border.outputs)
    ]
    return replace(graph, nodes=nodes, links=sorted_links(kept))


def renamed_inside(graph: Graph, key: str, old: str, new: str) -> Graph:
    """A node inside a subgraph under another key, and the border with it."""
    entry = graph.entry(key)
    body = body_of(key, entry).rename(old, new)

    def moved(end: str) -> str:
        at, name = split_end(end)
        return f"{new}.{name}" if at == old else end

    return with_body(graph, key, body, _moved(entry.border, moved))


def collapsed_inside(graph: Graph, key: str, keys: list[str], name: str) -> Graph:
    """Nodes inside a subgraph put into one of their own; the outer one shows what it showed."""
    entry = graph.entry(key)
    body, moved = collapse(body_of(key, entry), keys, name, entry.border)
    return with_body(graph, key, body, _moved(entry.border, lambda end: moved.get(end, end)))


def _moved(border: Border, moved: Callable[[str], str]) -> Border:
    return Border(
        {name: tuple(dict.fromkeys(map(moved, ends))) for name, ends in border.inputs.items()},
        {name: moved(end) for name, end in border.outputs.items()},
        {name: moved(end) for name, end in border.params.items()},
    )


def set_inside(graph: Graph, key: str, values: Mapping[str, Any]) -> Graph:
    """Sets parameters that a subgraph shows, where they live."""
    entry = graph.entry(key)
    body = body_of(key, entry)
    for name, value in values.items():
        inner, param = split_end(entry.border.params[name])
        body = body.set(inner, **{param: value})
    return with_body(graph, key, body)


def _kept(border: Border, body: Graph) -> Border:
    def there(end: str) -> bool:
        return split_end(end)[0] in body.nodes

    entries = {name: tuple(filter(there, ends)) for name, ends in border.inputs.items()}
    return Border(
        {name: ends for name, ends in entries.items() if ends},
        {name: end for name, end in border.outputs.items() if there(end)},
        {name: end for name, end in border.params.items() if there(end)},
    )


def shared_parent(link: Link) -> str:
    """`look/` for a link inside the subgraph look, "" outside; GraphError where it crosses."""
    source, target = (key.rpartition("/")[:2] for key in (link.source_key, link.target_key))
    if source != target:
        raise GraphError(
            f"a link from {link.source} to {link.target} would cross the border of a subgraph; "
            "link to what the subgraph shows"
        )
    return "".join(source)


def without_parent(link: Link, parent: str) -> Link:
    """A link as the graph at the end of a path holds it."""
    source, target = (key.removeprefix(parent) for key in (link.source_key, link.target_key))
    return replace(link, source_key=source, target_key=target)


def with_parent(link: Link, parent: str) -> Link:
    """A link inside a subgraph as it is called from outside."""
    return replace(link, source_key=parent + link.source_key, target_key=parent + link.target_key)


def free_name(stem: str, taken: Collection[str]) -> str:
    """The stem, or the stem with the first free number from 2 on."""
    name, number = stem, 1
    while name in taken:
        number += 1
        name = f"{stem}_{number}"
    return name


def collapse(
    graph: Graph, keys: list[str], name: str, shown: Border | None = None
) -> tuple[Graph, dict[str, str]]:
    """Puts nodes into a subgraph that shows what was linked, exposed, or required and unlinked.

    `shown` is the border of the subgraph that `graph` itself lies in: what it names stays shown,
    and the second result says under which ends.
    """
    inside = {key: graph.entry(key) for key in keys}
    rest = {key: entry for key, entry in graph.nodes.items() if key not in inside}
    if checked_key(name) in rest:
        raise GraphError(f"there is a node {name!r} already")
    links = [k for k in graph.links if k.source_key in inside and k.target_key in inside]
    body = replace(graph, stream=Stream(), nodes=inside, links=tuple(links))
    making, within = _Shown(body, name), set(links)
    crossing = [making.outside(link) for link in graph.links if link not in within]
    moved = making.carry(shown) if shown else {}
    making.add_loose_ends()
    entry = NodeEntry(SUBGRAPH, body=body, border=making.border())
    kept = sorted_links(list(dict.fromkeys(crossing)))
    return replace(graph, nodes={**rest, name: entry}, links=kept), moved


class _Shown:
    """The border of a subgraph in the making: each end that is shown gets a name once."""

    def __init__(self, body: Graph, key: str) -> None:
        self._body = body
        self._key = key
        self._inputs: dict[str, tuple[str, ...]] = {}
        self._outputs: dict[str, str] = {}
        self._params: dict[str, str] = {}
        self._by_source: dict[object, str] = {}

    def border(self) -> Border:
        return Border(self._inputs, self._outputs, self._params)

    def outside(self, link: Link) -> Link:
        """A link of the outer graph, with the ends that lie inside replaced by what is shown."""
        if link.target_key in self._body.nodes:
            port = self._entrance(link)
            return replace(link, target_key=self._key, target_port=port)
        if link.source_key in self._body.nodes:
            port = self._show(self._outputs, link.source_port, link.source)
            return replace(link, source_key=self._key, source_port=port)
        return link

    def carry(self, outer: Border) -> dict[str, str]:
        """Shows what an outer border names, and says where each end is found then."""
        moved: dict[str, str] = {}
        for name, ends in outer.inputs.items():
            for end in filter(self._holds, ends):
                moved[end] = f"{self._key}.{self._feed(name, end, name)}"
        for where, group in ((self._outputs, outer.outputs), (self._params, outer.params)):
            for end in filter(self._holds, group.values()):
                moved[end] = f"{self._key}.{self._show(where, split_end(end)[1], end)}"
        return moved

    def add_loose_ends(self) -> None:
        """Exposed parameters, inputs that must be linked, and outputs where there would be none."""
        for key, entry in self._body.nodes.items():
            for name in entry.expose:
                self._show(self._params, name, f"{key}.{name}")
        for key, port in self._unfed():
            self._inputs[self._free(port)] = (f"{key}.{port}",)
        if not self._outputs:
            for key, port in self._unused():
                self._show(self._outputs, port, f"{key}.{port}")

    def _entrance(self, link: Link) -> str:
        if isinstance(self._body.target(link.target_key, link.target_port), Param):
            return self._show(self._params, link.target_port, link.target)
        return self._feed(link.target_port, link.target, (link.source, link.policy))

    def _feed(self, wanted: str, end: str, origin: object) -> str:
        """The input that one origin feeds, whatever lies behind it."""
        name = self._by_source.get(origin) or self._free(wanted)
        self._by_source[origin] = name
        self._inputs[name] = (*self._inputs.get(name, ()), end)
        return name

    def _holds(self, end: str) -> bool:
        return split_end(end)[0] in self._body.nodes

    def _show(self, where: dict[str, str], wanted: str, end: str) -> str:
        for name, known in where.items():
            if known == end:
                return name
        name = self._free(wanted) if where is self._params else free_name(wanted, where)
        where[name] = end
        return name

    def _free(self, wanted: str) -> str:
        return free_name(wanted, {**self._inputs, **self._params})

    def _unfed(self) -> list[tuple[str, str]]:
        fed = {link.target for link in self._body.links}.union(*self._inputs.values())
        return [
            (key, port.name)
            for key in self._body.nodes
            for port in self._body.inputs(key)
            if not port.optional and f"{key}.{port.name}" not in fed
        ]

    def _unused(self) -> list[tuple[str, str]]:
        used = {link.source for link in self._body.links}
        ends = [(key, port.name) for key in self._body.nodes for port in self._body.outputs(key)]
        return [(key, name) for key, name in ends if f"{key}.{name}" not in used]


def promote(graph: Graph, key: str, end: str, name: str | None = None) -> Graph:
    """Shows a port or parameter (`blur.radius`) of a node inside as one of the subgraph `key`."""
    return graph.at(key, lambda outer, last: _promoted(outer, last, end, name))


def demote(graph: Graph, key: str, name: str) -> Graph:
    """Hides what a subgraph shows by this name, with the links to it."""
    return graph.at(key, lambda outer, last: _demoted(outer, last, name))


def _promoted(graph: Graph, key: str, end: str, name: str | None) -> Graph:
    entry = graph.entry(key)
    body, border, (inner, port) = body_of(key, entry), entry.border, split_end(end)
    if body.output(inner, port):
        outs = {**border.outputs, free_name(name or port, border.outputs): end}
        return with_body(graph, key, body, replace(border, outputs=outs))
    free = free_name(name or port, {**border.inputs, **border.params})
    if any(known.name == port for known in body.inputs(inner)):
        return with_body(graph, key, body, replace(border, inputs={**border.inputs, free: (end,)}))
    known = [param.name for param in body.params(inner)]
    if port not in known:
        hint = did_you_mean(port, known)
        raise GraphError(f"{key}/{inner} has no port or parameter {port!r}{hint}")
    return with_body(graph, key, body, replace(border, params={**border.params, free: end}))


def _demoted(graph: Graph, key: str, name: str) -> Graph:
    entry = graph.entry(key)
    body, border = body_of(key, entry), entry.border
    shown = {*border.inputs, *border.outputs, *border.params}
    if name not in shown:
        raise GraphError(f"{key} shows no {name!r}{did_you_mean(name, shown)}")
    left = Border(
        {other: ends for other, ends in border.inputs.items() if other != name},
        {other: end for other, end in border.outputs.items() if other != name},
        {other: end for other, end in border.params.items() if other != name},
    )
    return with_body(graph, key, body, left)
