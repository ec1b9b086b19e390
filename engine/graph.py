"""The graph as a frozen value: every edit returns another graph and shares what it did not touch.

So undo is a list of graphs, `is` tells what changed, and an edit that cannot be leaves nothing half
done. Nodes inside subgraphs are reached by path keys (`look/blur`) wherever a key is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from engine import subgraph
from engine.diff import Diff, difference, same
from engine.errors import FEW, GraphError, did_you_mean
from engine.flatten import flatten, resolve
from engine.loops import LoopError, refuse_loops
from engine.node import Stream
from engine.parts import (
    FLAGS,
    SUBGRAPH,
    Border,
    Link,
    LinkPolicy,
    NodeEntry,
    checked_key,
    checked_stream,
    fits,
    mismatch,
    settled,
    sorted_links,
)
from engine.spec import (
    NodeSpec,
    Param,
    Policy,
    Port,
    matching_input,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.registry import Registry


@dataclass(frozen=True, repr=False)
class Graph:
    """Nodes by key, links in the order of their text, the stream; `types` is not compared."""

    types: Registry = field(compare=False)
    stream: Stream = field(default_factory=Stream)
    nodes: Mapping[str, NodeEntry] = field(default_factory=dict[str, NodeEntry])
    links: tuple[Link, ...] = ()

    def __repr__(self) -> str:
        size = f"{self.stream.width}x{self.stream.height} at {self.stream.fps}"
        return f"<Graph {len(self.nodes)} nodes, {len(self.links)} links, {size}>"

    def entry(self, key: str) -> NodeEntry:
        """The node of that key or path; GraphError with the nearest key where there is none."""
        if key in self.nodes:  # also the paths of a flattened graph
            return self.nodes[key]
        head, _, rest = key.partition("/")
        if not rest or head not in self.nodes:
            raise GraphError(f"there is no node {key!r}{did_you_mean(head, self.nodes, few=FEW)}")
        return subgraph.body_of(head, self.nodes[head]).entry(rest)

    def spec(self, key: str) -> NodeSpec | None:
        """The node's type, None where it is not known or the node is a subgraph."""
        return self.types.find(self.entry(key).type)

    def inputs(self, key: str) -> tuple[Port, ...]:
        """The inputs of a node or subgraph, parameters aside; none where the type is not known."""
        entry, spec = self.entry(key), self.spec(key)
        return subgraph.inputs(entry) if entry.body else spec.inputs if spec else ()

    def outputs(self, key: str) -> tuple[Port, ...]:
        """The outputs of a node or subgraph."""
        entry, spec = self.entry(key), self.spec(key)
        return subgraph.outputs(entry) if entry.body else spec.outputs if spec else ()

    def params(self, key: str) -> tuple[Param, ...]:
        """The parameters of a node, or those that a subgraph shows."""
        entry, spec = self.entry(key), self.spec(key)
        return subgraph.params(entry) if entry.body else spec.params if spec else ()

    def output(self, key: str, name: str) -> Port | None:
        """The output of that name."""
        return next((port for port in self.outputs(key) if port.name == name), None)

    def target(self, key: str, name: str) -> Port | Param | None:
        """Where a link of that name arrives: an input, else a parameter that links can drive."""
        port = next((port for port in self.inputs(key) if port.name == name), None)
        return port or next((p for p in self.params(key) if p.name == name and p.exposable), None)

    def value(self, key: str, name: str) -> Any:
        """What a parameter is set to; of a subgraph, the parameter inside that it shows."""
        inner = subgraph.inner_param(self.entry(key), name)
        if inner is not None:
            return self.value(f"{key}/{inner[0]}", inner[1])
        params = self.entry(key).params
        if name not in params:
            raise GraphError(f"{key} has no parameter {name!r}{did_you_mean(name, params)}")
        return params[name]

    def free_key(self, name: str) -> str:
        """The key that `add` gives to a node of a type: its last part, numbered from the second."""
        stem = checked_key(name.rpartition(".")[2])
        return subgraph.free_name(stem, self.nodes)

    def flatten(self) -> Graph:
        """The same graph without subgraphs: their nodes under path keys, entries shared."""
        return self._flat

    @cached_property
    def _flat(self) -> Graph:
        return flatten(self)

    def resolve(self, target: str) -> tuple[str, ...]:
        """Where `look.radius` of a subgraph lies in the flattened graph: `look/blur.radius`."""
        return resolve(self, target)

    def diff(self, other: Graph) -> Diff:
        """What turns this graph into another."""
        return difference(self, other)

    def add(self, type_id: str, /, key: str | None = None, **params: Any) -> Graph:
        """Adds a node with all its parameters; `key="look/"` adds into a subgraph. ParamError."""
        return self.at(key or "", lambda graph, name: graph._added(type_id, name, params))

    def _added(self, type_id: str, key: str, params: dict[str, Any]) -> Graph:
        spec = self.types.get(type_id)
        key = checked_key(key) if key else self.free_key(type_id)
        if key in self.nodes:
            raise GraphError(f"there is a node {key!r} already")
        values = spec.defaults() | _parsed(spec.params, type_id, params)
        return self._put(key, NodeEntry(type_id, values, spec.version))

    def remove(self, *keys: str, heal: bool = False) -> Graph:
        """Removes nodes and their links; `heal` links their neighbours as a bypass would."""
        graph = self
        for key in [key for key in keys if "/" in key]:
            graph = graph.at(key, lambda inner, name: inner.remove(name, heal=heal))
        return graph._removed({key for key in keys if "/" not in key}, heal)

    def _removed(self, gone: set[str], heal: bool) -> Graph:
        for key in gone:
            self.entry(key)
        links = self._healed(gone) if heal else self.links
        kept = [k for k in links if k.source_key not in gone and k.target_key not in gone]
        nodes = {key: entry for key, entry in self.nodes.items() if key not in gone}
        return replace(self, nodes=nodes, links=sorted_links(kept)) if gone else self

    def rename(self, old: str, new: str) -> Graph:
        """Gives a node another key (for a path, the last part) and rewrites what refers to it."""
        parent, _, last = old.rpartition("/")
        if parent:
            return self.at(
                parent, lambda graph, key: subgraph.renamed_inside(graph, key, last, new)
            )
        self.entry(old)
        if new == old:
            return self
        if checked_key(new) in self.nodes:
            raise GraphError(f"there is a node {new!r} already")
        nodes = {new if key == old else key: entry for key, entry in self.nodes.items()}
        links = sorted_links([link.renamed({old: new}) for link in self.links])
        return replace(self, nodes=nodes, links=links)

    def set(self, key: str, /, **params: Any) -> Graph:
        """Changes parameters, within limits; the same graph where none changes. ParamError."""
        return self.at(key, lambda graph, name: graph._set(name, params))

    def _set(self, key: str, params: dict[str, Any]) -> Graph:
        entry = self.entry(key)
        if entry.body is None and self.spec(key) is None:
            raise GraphError(
                f"{key} has the type {entry.type!r}, which is not installed, so it stays as it is"
            )
        values = _parsed(self.params(key), key, params)
        if entry.body is not None:
            return subgraph.set_inside(self, key, values)
        changed = {
            name: value for name, value in values.items() if not same(entry.params.get(name), value)
        }
        return (
            self._put(key, replace(entry, params={**entry.params, **changed})) if changed else self
        )

    def flag(self, key: str, name: str, on: bool) -> Graph:
        """Switches bypass, mute or hold of a node."""
        if name not in FLAGS:
            raise GraphError(f"a node has the flags {', '.join(sorted(FLAGS))}, not {name!r}")

        def switch(graph: Graph, last: str) -> Graph:
            entry = graph.entry(last)
            flags = entry.flags | {name} if on else entry.flags - {name}
            return graph if flags == entry.flags else graph._put(last, replace(entry, flags=flags))

        return self.at(key, switch)

    def expose(self, key: str, name: str, on: bool = True) -> Graph:
        """Shows a parameter as a port of its node, or hides it."""

        def show(graph: Graph, last: str) -> Graph:
            entry = graph.entry(last)
            if on and not isinstance(graph.target(last, name), Param):
                raise GraphError(f"{key} has no parameter {name!r} that a link can drive")
            shown = tuple(sorted({*entry.expose, name} if on else {*entry.expose} - {name}))
            return (
                graph if shown == entry.expose else graph._put(last, replace(entry, expose=shown))
            )

        return self.at(key, show)

    def with_stream(
        self,
        *,
        width: int | None = None,
        height: int | None = None,
        fps: Any = None,
        seed: int | None = None,
    ) -> Graph:
        """Another size, rate or seed of the stream; GraphError where no stream has it."""
        given = {"width": width, "height": height, "fps": fps, "seed": seed}
        stream = replace(
            self.stream, **{name: value for name, value in given.items() if value is not None}
        )
        checked = checked_stream(stream)
        return self if checked == self.stream else replace(self, stream=checked)

    def connect(self, source: str, target: str, policy: LinkPolicy | None = None) -> Graph:
        """Links `a.out` to the input or parameter `b.in`, in place of what was linked there.

        GraphError where the types differ, LoopError where the link closes a loop without a Delay.
        """
        return self._connected([Link.between(source, target, policy)])

    def connect_with_delay(
        self, source: str, target: str, policy: LinkPolicy | None = None
    ) -> Graph:
        """The same with a Delay between, which makes a loop possible."""
        return self._through(Link.between(source, target, policy), self._delay_for)

    def insert_on_link(self, type_id: str, link: Link) -> Graph:
        """Puts a new node between the two ends of a link, at its first ports that fit."""
        if link not in self._at_links(link):
            raise GraphError(f"there is no link {link}")
        return self._through(link, lambda _: type_id)

    def disconnect(self, target: str) -> Graph:
        """Takes away what is linked to an input or parameter."""
        key, _, port = target.rpartition(".")

        def cut(graph: Graph, last: str) -> Graph:
            kept = tuple(k for k in graph.links if (k.target_key, k.target_port) != (last, port))
            if len(kept) == len(graph.links):
                raise GraphError(f"nothing is linked to {target}")
            return replace(graph, links=kept)

        return self.at(key, cut)

    def _through(self, link: Link, choose: Callable[[Link], str]) -> Graph:
        parent = subgraph.shared_parent(link)
        spec = self.types.get(choose(link))
        key = parent + subgraph.graph_at(self, parent).free_key(spec.id)
        enter, leave = self._ports_between(link, spec)
        first = Link.between(link.source, f"{key}.{enter.name}")
        second = Link.between(f"{key}.{leave.name}", link.target, link.policy)
        return self.add(spec.id, key)._connected([first, second])

    def _ports_between(self, link: Link, spec: NodeSpec) -> tuple[Port, Port]:
        source, target = self.ends(link)
        enter = next(
            (p for p in spec.inputs if p.policy is not Policy.WIRED and fits(source, p)), None
        )
        leave = next((port for port in spec.outputs if fits(port, target)), None)
        if enter is None or leave is None:
            raise GraphError(f"{spec.id} does not fit between {link.source} and {link.target}")
        return enter, leave

    def _delay_for(self, link: Link) -> str:
        source, target = self.ends(link)
        for spec in self.types.specs():
            carries = any(fits(source, port) for port in spec.inputs)
            if spec.delays and carries and any(fits(port, target) for port in spec.outputs):
                return spec.id
        raise GraphError(f"no installed Delay carries {source.type.__name__}")

    def ends(self, link: Link) -> tuple[Port, Port | Param]:
        """The output and the input or parameter of a link; GraphError where one is not there."""
        source = self.output(link.source_key, link.source_port)
        target = self.target(link.target_key, link.target_port)
        if source is None:
            known = [port.name for port in self.outputs(link.source_key)]
            raise GraphError(_no_port(link.source_key, "output", link.source_port, known))
        if target is None:
            ports = [*self.inputs(link.target_key), *self.params(link.target_key)]
            raise GraphError(
                _no_port(link.target_key, "input", link.target_port, [p.name for p in ports])
            )
        return source, target

    def _connected(self, links: list[Link]) -> Graph:
        graph = self
        for link in links:
            parent = subgraph.shared_parent(link)
            local = subgraph.without_parent(link, parent)
            graph = graph.at(f"{parent}x", lambda inner, _, local=local: inner._linked(local))
        refuse_loops(self, graph)
        return graph

    def _linked(self, link: Link) -> Graph:
        source, target = self.ends(link)
        if not fits(source, target):
            raise GraphError(mismatch(link, source.type, target))
        end = (link.target_key, link.target_port)
        kept = [k for k in self.links if (k.target_key, k.target_port) != end]
        return self if link in self.links else replace(self, links=sorted_links([*kept, link]))

    def _healed(self, gone: set[str]) -> list[Link]:
        feeds = {(link.target_key, link.target_port): link for link in self.links}
        staying = (link for link in self.links if link.target_key not in gone)
        healed = (self._past(link, gone, feeds) for link in staying)
        return [link for link in healed if link is not None]

    def _past(
        self, link: Link, gone: set[str], feeds: Mapping[tuple[str, str], Link]
    ) -> Link | None:
        """A link that begins where the nodes that go would have taken its content from."""
        passed: set[str] = set()
        while link.source_key in gone:
            feed = feeds.get((link.source_key, self._bypass(link.source_key, link.source_port)))
            if feed is None or link.source_key in passed:
                return None
            passed.add(link.source_key)
            link = replace(link, source_key=feed.source_key, source_port=feed.source_port)
        return link

    def _bypass(self, key: str, name: str) -> str:
        output, spec = self.output(key, name), self.spec(key)
        same = (p for p in self.inputs(key) if output and p.type is output.type)
        enter = matching_input(spec, output) if spec and output else next(same, None)
        return enter.name if enter else ""

    def collapse(self, keys: list[str] | tuple[str, ...], name: str) -> Graph:
        """Puts nodes of one graph into a subgraph that shows what was linked or exposed."""
        parents = {key.rpartition("/")[0] for key in keys}
        if len(parents) != 1:
            raise GraphError("a subgraph is made of one or more nodes that lie side by side")
        last = [key.rpartition("/")[2] for key in keys]
        if not (parent := parents.pop()):
            return subgraph.collapse(self, last, name)[0]
        return self.at(parent, lambda g, key: subgraph.collapsed_inside(g, key, last, name))

    def at(self, path: str, change: Callable[[Graph, str], Graph]) -> Graph:
        """Makes a change where the last part of a path lies: `change(graph, last part)`."""
        head, slash, rest = path.partition("/")
        if not slash:
            return change(self, path)
        body = subgraph.body_of(head, self.entry(head))
        return subgraph.with_body(self, head, body.at(rest, change))

    def _at_links(self, link: Link) -> set[Link]:
        parent = subgraph.shared_parent(link)
        found = subgraph.graph_at(self, parent).links
        return {subgraph.with_parent(inner, parent) for inner in found}

    def _put(self, key: str, entry: NodeEntry) -> Graph:
        return replace(self, nodes={**self.nodes, key: entry})


def _parsed(known: tuple[Param, ...], owner: str, given: dict[str, Any]) -> dict[str, Any]:
    by_name = {param.name: param for param in known}
    for name in given:
        if name not in by_name:
            raise GraphError(f"{owner} has no parameter {name!r}{did_you_mean(name, by_name)}")
    return {name: by_name[name].clamp(by_name[name].parse(value)) for name, value in given.items()}


def _no_port(key: str, kind: str, name: str, known: list[str]) -> str:
    return f"{key} has no {kind} {name!r}{did_you_mean(name, known)}"


__all__ = [
    "FLAGS",
    "SUBGRAPH",
    "Border",
    "Diff",
    "Graph",
    "Link",
    "LinkPolicy",
    "LoopError",
    "NodeEntry",
    "checked_stream",
    "fits",
    "settled",
]
