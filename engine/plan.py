"""Compiles a graph into what runners need: an order, a lane for each node, and a rule for each
link.

Every graph compiles. Nodes that cannot run are inert: they pass on what they can and are never
called. A cycle is cut at its Delay, which then runs where it is written and feeds the rest from
there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.loops import tangles
from engine.packet import FLICKS_PER_SECOND, flicks
from engine.parts import Link, LinkPolicy, NodeEntry
from engine.playout import Playout
from engine.queue import Kind, Rule
from engine.spec import Lane, NodeSpec, Policy, Port
from engine.validate import Problem, examine, inert
from engine.values import Clip, Frame

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engine.graph import Graph

LIGHT_SPAN = FLICKS_PER_SECOND // 4  # of a link between light nodes
RECORD_SPAN = 2 * FLICKS_PER_SECOND  # of a link that collects for a window
LOSSLESS = Rule(Kind.LOSSLESS)
LATEST = Rule(Kind.LATEST)


@dataclass(frozen=True)
class PlannedLink:
    """A link with the rule of its queue; `port` is the input, None where a parameter is driven."""

    link: Link
    rule: Rule
    port: Port | None
    name: str  # its two ends


@dataclass(frozen=True)
class Plan:
    """A compiled graph."""

    graph: Graph
    problems: tuple[Problem, ...]
    order: tuple[str, ...]  # every node of a known type, upstream first
    inert: Mapping[str, str]  # those that cannot run, and why
    entries: Mapping[str, NodeEntry]
    specs: Mapping[str, NodeSpec]
    lanes: Mapping[str, Lane]
    links: tuple[PlannedLink, ...]
    delays: frozenset[str] = frozenset()  # those that cut a cycle
    loops: Mapping[str, frozenset[str]] = field(  # every node of a cycle, and those it reaches so
        default_factory=dict[str, frozenset[str]]
    )
    into: Mapping[str, tuple[PlannedLink, ...]] = field(default_factory=dict[str, Any])

    def __repr__(self) -> str:
        return (
            f"<Plan {len(self.order)} nodes {len(self.links)} links {len(self.problems)} problems>"
        )


def compile(graph: Graph, *, live: bool, slow: frozenset[str] = frozenset()) -> Plan:
    """The plan of a graph; nodes named in `slow` run on the slow lane whatever their class says."""
    flat = graph.flatten()
    problems, carried = examine(graph)
    specs = {key: spec for key in flat.nodes if (spec := flat.spec(key)) is not None}
    entries = {key: flat.nodes[key] for key in specs}
    links = [link for link in carried if {link.source_key, link.target_key} <= specs.keys()]
    links = _with_playouts(links, entries, specs)
    loops = {key: loop for loop in tangles(links) for key in loop}
    delays = frozenset(key for key in loops if specs[key].delays)
    order = sort(list(specs), links, delays)
    lanes = {key: _lane(specs[key], key in slow and key not in delays) for key in order}
    planned = tuple(_planned(link, specs, lanes, live) for link in links)
    return Plan(
        graph=flat,
        problems=tuple(problems),
        order=order,
        inert=_inert(flat, problems, specs, links),
        entries=entries,
        specs=specs,
        lanes=lanes,
        links=planned,
        delays=delays,
        loops=loops,
        into=_grouped(planned),
    )


def _inert(
    flat: Graph, problems: list[Problem], specs: Mapping[str, NodeSpec], links: list[Link]
) -> dict[str, str]:
    """The nodes that problems name, and those whose source is not known."""
    reasons = {problem.key: problem.message for problem in problems if problem.severity == "error"}
    found = {key: reasons.get(key, "it cannot run") for key in inert(flat, problems)}
    linked = {(link.target_key, link.target_port) for link in links}
    for key, spec in specs.items():
        for port in spec.inputs:
            needed = not port.optional and port.policy is not Policy.WINDOW
            if needed and (key, port.name) not in linked:
                found.setdefault(key, f"nothing is linked to {key}.{port.name}")
    return {key: reason for key, reason in found.items() if key in specs}


def sort(keys: list[str], links: Iterable[Link], cutting: frozenset[str]) -> tuple[str, ...]:
    """Upstream first, in the document's order where links leave a choice; `cutting` are the delays
    of cycles.
    """
    followers: dict[str, list[str]] = {key: [] for key in keys}
    waiting = dict.fromkeys(keys, 0)
    for link in links:
        if link.source_key not in cutting:
            followers[link.source_key].append(link.target_key)
            waiting[link.target_key] += 1
    ready = [key for key in keys if not waiting[key]]
    order: list[str] = []
    for key in ready:  # grows while it is walked
        order.append(key)
        for follower in followers[key]:
            waiting[follower] -= 1
            if not waiting[follower]:
                ready.append(follower)
    known = set(order)
    return (*order, *(key for key in keys if key not in known))  # the rest is inert


def _with_playouts(
    links: list[Link], entries: dict[str, NodeEntry], specs: dict[str, NodeSpec]
) -> list[Link]:
    """Puts one Playout between a port of clips and all inputs that take frames."""
    found: list[Link] = []
    for link in links:
        source = specs[link.source_key].output(link.source_port)
        target = specs[link.target_key].input(link.target_port)
        if not (source and target and source.type is Clip and target.type is Frame):
            found.append(link)
            continue
        key = f"{link.source_key}.{link.source_port}#playout"
        if key not in specs:
            specs[key], entries[key] = Playout.spec, NodeEntry(Playout.spec.id)
            found.append(Link(link.source_key, link.source_port, key, "clips"))
        found.append(Link(key, "out", link.target_key, link.target_port, link.policy))
    return found


def _lane(spec: NodeSpec, slowed: bool) -> Lane:
    return Lane.SLOW if slowed and spec.lane is Lane.GPU else spec.lane


def _planned(
    link: Link, specs: Mapping[str, NodeSpec], lanes: Mapping[str, Lane], live: bool
) -> PlannedLink:
    port = specs[link.target_key].input(link.target_port)
    rule = _rule(link.policy, port, lanes[link.target_key], live)
    return PlannedLink(link, rule, port, f"{link.source} -> {link.target}")


def _rule(wish: LinkPolicy | None, port: Port | None, lane: Lane, live: bool) -> Rule:
    if not live:
        return LOSSLESS
    if wish is not None:
        return Rule(Kind(wish.kind), flicks(wish.seconds))
    if port is not None and port.policy is Policy.WINDOW:
        return Rule(Kind.QUEUE, RECORD_SPAN)
    if port is None or port.policy is Policy.HELD or lane is not Lane.GPU:
        return LATEST
    return Rule(Kind.QUEUE, LIGHT_SPAN)


def _grouped(links: tuple[PlannedLink, ...]) -> dict[str, tuple[PlannedLink, ...]]:
    groups: dict[str, list[PlannedLink]] = {}
    for planned in links:
        groups.setdefault(planned.link.target_key, []).append(planned)
    return {name: tuple(group) for name, group in groups.items()}
