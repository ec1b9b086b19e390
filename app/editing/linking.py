"""Linking and unlinking: conversion nodes where one is needed, waypoints that go with their links.

An end is `key.port`. Inputs and outputs of a node may share a name: a `Side` says which is meant.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from app.editing.parents import (
    body,
    checked,
    edited,
    keys_at,
    links_at,
    links_into,
    links_out_of,
    parent,
    prefix,
)
from app.placement import Place, place, placed, waypoints, with_waypoints
from engine.errors import GraphError
from engine.graph import Graph, Link
from engine.parts import fits, mismatch, split_end
from engine.spec import NUMBERS, Param, converter
from engine.subgraph import shared_parent
from engine.values import Latent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.document import Document
    from engine.parts import LinkPolicy
    from engine.spec import Port

Side = Literal["in", "out"]


def connect(
    document: Document, source: str, target: str, policy: LinkPolicy | None = None
) -> Document:
    """Links an output to an input, with a conversion node between where the types need one.

    What was linked to the input goes. Pictures are never encoded on the way. GraphError, LoopError.
    """
    link = Link.between(source, target, policy)
    shared_parent(link)
    through = conversion(document.graph, *document.graph.ends(link))
    if through is None:
        return edited(document, document.graph.connect(source, target, policy))
    return _converted(document, link, through)


def connect_with_delay(
    document: Document, source: str, target: str, policy: LinkPolicy | None = None
) -> Document:
    """The same with a Delay between, which makes a loop possible."""
    graph = document.graph.connect_with_delay(source, target, policy)
    after = edited(document, graph)
    path = parent(split_end(source)[0])
    known = set(keys_at(document.graph, path))
    fresh = [key for key in keys_at(graph, path) if key not in known]
    return placed(after, {key: _between(document, source, target) for key in fresh})


def disconnect(document: Document, target: str) -> Document:
    """Takes away what is linked to an input or parameter. GraphError."""
    return edited(document, document.graph.disconnect(target))


def cut(document: Document, links: Iterable[Link]) -> Document:
    """Takes away some links, all at once; those that are no more are passed over."""
    graph = document.graph
    for link in links:
        if link in links_at(graph, shared_parent(link).rstrip("/")):
            graph = graph.disconnect(link.target)
    return edited(document, graph)


def links_of(document: Document, end: str, side: Side | None = None) -> list[Link]:
    """The links at a port."""
    key, side = split_end(end)[0], side or side_of(document, end)
    if side == "in":
        return [link for link in links_into(document.graph, key) if link.target == end]
    return [link for link in links_out_of(document.graph, key) if link.source == end]


def break_links(document: Document, end: str, side: Side | None = None) -> Document:
    """Takes away every link of a port. GraphError where there is none."""
    found = links_of(document, end, side)
    if not found:
        raise GraphError(f"nothing is linked to {end}")
    return cut(document, found)


def move_links(document: Document, end: str, to: str, side: Side | None = None) -> Document:
    """Moves every link of a port to another on the same side; waypoints go along. GraphError."""
    side = side or side_of(document, end)
    old = links_of(document, end, side)
    if not old:
        raise GraphError(f"nothing is linked to {end}")
    key, name = split_end(to)
    ends = (
        {"target_key": key, "target_port": name}
        if side == "in"
        else {"source_key": key, "source_port": name}
    )
    return relinked(document, {link: replace(link, **ends) for link in old})


def relinked(document: Document, links: dict[Link, Link]) -> Document:
    """Every link of some replaced by another, which takes over its waypoints. GraphError."""
    graph = document.graph
    for old in links:
        graph = graph.disconnect(old.target)
    for new in links.values():
        graph = graph.connect(new.source, new.target, new.policy)
    texts = {str(old): str(new) for old, new in links.items()}
    dots = {texts.get(text, text): points for text, points in waypoints(document).items()}
    return with_waypoints(document.with_graph(graph), dots)


def swap_inputs(document: Document, key: str) -> Document:
    """Swaps what is linked to the first two inputs of a node. GraphError."""
    ports = [f"{key}.{port.name}" for port in document.graph.inputs(key)[:2]]
    if len(ports) < 2:
        raise GraphError(f"{key} has not two inputs to swap")
    other = dict(zip(ports, reversed(ports), strict=True))
    found = [link for link in links_into(document.graph, key) if link.target in other]
    if not found:
        raise GraphError(f"nothing is linked to {ports[0]} or {ports[1]}")
    swapped = {k: replace(k, target_port=split_end(other[k.target])[1]) for k in found}
    return relinked(document, swapped)


def join(document: Document, keys: Iterable[str]) -> Document:
    """Links nodes in a row from left to right, each at the first ports that fit. GraphError."""
    keys = checked(document.graph, keys)
    row = sorted(keys, key=lambda key: (place(document, key).x, place(document, key).y))
    if len(row) < 2:
        raise GraphError("two or more nodes make a row")
    for source, target in pairwise(row):
        document = link_nodes(document, source, target)
    return document


def link_nodes(document: Document, source: str, target: str) -> Document:
    """Links one node to another at the first ports that fit, free inputs before taken ones."""
    if source == target:
        raise GraphError(f"{source} is linked to itself from port to port, over a Delay")
    for port in document.graph.outputs(source):
        out = f"{source}.{port.name}"
        for name in compatible_inputs(document, out, target):
            return connect(document, out, f"{target}.{name}")
    raise GraphError(f"{source} gives nothing that {target} takes")


def compatible_inputs(document: Document, source: str, key: str) -> tuple[str, ...]:
    """The inputs and shown parameters of a node that an output can be linked to, the best first.

    Free ones come before taken ones, those that fit before those that need a conversion.
    """
    graph = document.graph
    port = output(graph, source)
    taken = {link.target_port for link in links_into(graph, key)}
    shown = (param for param in graph.params(key) if param.name in graph.entry(key).expose)
    ranks = {
        found.name: (not fits(port, found), found.name in taken)
        for found in (*graph.inputs(key), *shown)
        if fits(port, found) or conversion(graph, port, found)
    }
    return tuple(sorted(ranks, key=lambda name: ranks[name]))


def compatible_outputs(document: Document, target: str, key: str) -> tuple[str, ...]:
    """The outputs of a node that can be linked to an input, those that fit first."""
    graph = document.graph
    port = target_of(graph, target)
    ranks = {
        found.name: not fits(found, port)
        for found in graph.outputs(key)
        if fits(found, port) or conversion(graph, found, port)
    }
    return tuple(sorted(ranks, key=lambda name: ranks[name]))


def refusal(document: Document, source: str, target: str) -> str | None:
    """Why an output cannot be linked to an input, None where it can."""
    try:
        connect(document, source, target)
    except GraphError as error:
        return str(error)
    return None


def side_of(document: Document, end: str) -> Side:
    """Which side of its node a port is on; "out" where both sides have the name. GraphError."""
    key, name = split_end(end)
    if document.graph.output(key, name) is not None:
        return "out"
    target_of(document.graph, end)
    return "in"


def conversion(graph: Graph, source: Port, target: Port | Param) -> str | None:
    """The node type that may be put between two ports that do not fit, where one is installed."""
    if fits(source, target) or Latent in (source.type, target.type):
        return None
    kinds = [source.type, *([float] if source.type in NUMBERS else [])]
    known = (converter(kind, target.type) for kind in kinds)
    return next((found for found in known if found and graph.types.find(found)), None)


def _converted(document: Document, link: Link, type_id: str) -> Document:
    path = parent(link.source_key)
    key = prefix(path) + body(document.graph, path).free_key(type_id)
    graph = document.graph.add(type_id, key)
    source, target = graph.ends(link)
    enter = next((port for port in graph.inputs(key) if fits(source, port)), None)
    leave = next((port for port in graph.outputs(key) if fits(port, target)), None)
    if enter is None or leave is None:
        raise GraphError(mismatch(link, source.type, target))
    graph = graph.connect(link.source, f"{key}.{enter.name}")
    graph = graph.connect(f"{key}.{leave.name}", link.target, link.policy)
    at = _between(document, link.source, link.target)
    return placed(edited(document, graph), {key: replace(at, collapsed=True)})


def _between(document: Document, source: str, target: str) -> Place:
    ends = [place(document, split_end(end)[0]) for end in (source, target)]
    return Place(*(round((a + b) / 2) for a, b in zip(*((at.x, at.y) for at in ends), strict=True)))


def output(graph: Graph, end: str) -> Port:
    """The output at an end. GraphError."""
    key, name = split_end(end)
    port = graph.output(key, name)
    if port is None:
        raise GraphError(f"{key} has no output {name!r}")
    return port


def target_of(graph: Graph, end: str) -> Port | Param:
    """The input or parameter at an end. GraphError."""
    key, name = split_end(end)
    found = graph.target(key, name)
    if found is None:
        raise GraphError(f"{key} has no input or parameter {name!r}")
    return found
