"""A person's graph as the studio plays it: with a sink that marks what goes on air, and one that
records while it shall.

Sinks of the studio's own stand in no document, so files, undo and recordings know nothing of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app import routing
from engine.errors import GraphError

if TYPE_CHECKING:
    from pathlib import Path

    from engine.graph import Graph
    from engine.parts import Link, NodeEntry

OUTPUT = "sinks.window"


@dataclass(frozen=True)
class Staged:
    """The graph that is played, the person's it was made of, and the key of what is on air."""

    graph: Graph
    written: Graph
    output: str | None
    recorder: str | None
    path: Path | None  # of the recording
    solo: str | None

    @property
    def added(self) -> dict[str, NodeEntry]:
        """The studio's own sinks."""
        return {
            key: entry for key, entry in self.graph.nodes.items() if key not in self.written.nodes
        }

    @property
    def links(self) -> tuple[Link, ...]:
        """The links to the studio's own sinks."""
        return tuple(link for link in self.graph.links if link.target_key in self.added)


def stage(
    graph: Graph,
    recording: Path | None = None,
    before: Staged | None = None,
    *,
    solo: str | None = None,
) -> Staged:
    """The graph with what the studio adds; cheap where only parameters changed since `before`.

    `solo` is an output that goes on air in place of what the person links to theirs.
    """
    if _still_holds(before, graph, recording, solo):
        assert before is not None
        nodes = {**graph.nodes, **before.added}
        links = before.graph.links
        return replace(before, graph=replace(graph, nodes=nodes, links=links), written=graph)
    end, output = (solo, None) if solo else _output(graph)
    played = graph
    if end and output is None:
        played, output = _with_sink(played, end, OUTPUT, "on_air")
    recorder = None
    if end and recording is not None:
        played, recorder = _with_sink(played, end, routing.FILM, "recording", path=str(recording))
        played = routing.with_sound(played, recorder, end)
    return Staged(played, graph, output, recorder, recording, solo)


def _still_holds(
    before: Staged | None, graph: Graph, recording: Path | None, solo: str | None
) -> bool:
    if before is None or (before.path, before.solo) != (recording, solo):
        return False
    return _is_wired_alike(before.written, graph)


def _is_wired_alike(before: Graph, after: Graph) -> bool:
    if before.links is not after.links and before.links != after.links:
        return False
    if before.nodes.keys() != after.nodes.keys():
        return False
    return all(
        before.nodes[key] is entry
        or (before.nodes[key].type == entry.type and before.nodes[key].body is entry.body)
        for key, entry in after.nodes.items()
    )


def _output(graph: Graph) -> tuple[str | None, str | None]:
    """Where the picture on air comes from, and the person's own output node if there is one."""
    for link in graph.links:
        if graph.nodes[link.target_key].type == OUTPUT:
            return link.source, link.target_key
    try:
        return routing.picture_end(graph), None
    except GraphError:
        return None, None


def _with_sink(graph: Graph, end: str, kind: str, name: str, **params: str) -> tuple[Graph, str]:
    key = graph.free_key(f"studio.{name}")
    return graph.add(kind, key, **params).connect(end, f"{key}.frame"), key
