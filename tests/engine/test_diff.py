"""A diff names only what changed, and who follows it has the same graph."""

from __future__ import annotations

import random
from dataclasses import replace

from engine.graph import Diff, Graph
from tests.engine.random_edits import random_edit
from tests.engine.small_nodes import chain
from tests.engine.test_subgraph import look


def mirror(graph: Graph, diff: Diff) -> Graph:
    """A graph rebuilt from another and a diff, as a view or the engine follows."""
    nodes = {key: entry for key, entry in graph.nodes.items() if key not in diff.removed}
    nodes |= diff.added | diff.retyped
    for key, changed in diff.params.items():
        nodes[key] = replace(nodes[key], params={**nodes[key].params, **changed})
    for key, flags in diff.flags.items():
        nodes[key] = replace(nodes[key], flags=flags)
    for key, names in diff.expose.items():
        nodes[key] = replace(nodes[key], expose=names)
    kept = [link for link in graph.links if link not in diff.links_removed]
    links = tuple(sorted([*kept, *diff.links_added], key=str))
    return replace(graph, nodes=nodes, links=links, stream=diff.stream or graph.stream)


def test_a_diff_names_only_what_changed():
    graph = chain()
    diff = graph.diff(graph.set("mix", amount=0.1).flag("blur", "mute", True).with_stream(seed=4))
    assert diff.params == {"mix": {"amount": 0.1}}
    assert diff.flags == {"blur": {"mute"}}
    assert (diff.stream and diff.stream.seed) == 4
    assert diff.keys == {"mix", "blur"}
    assert not graph.diff(graph)
    assert not graph.diff(chain())


def test_a_diff_tells_a_whole_number_from_a_number():
    entry = replace(chain().entry("blur"), params={"radius": 2})
    graph = replace(chain(), nodes={**chain().nodes, "blur": entry})
    assert chain().diff(graph).params == {"blur": {"radius": 2}}


def test_subgraphs_that_change_inside_are_whole_in_the_diff():
    diff = look().diff(look().set("look", radius=1))
    assert set(diff.retyped) == {"look"}
    flat = look().flatten().diff(look().set("look", radius=1).flatten())
    assert flat.params == {"look/blur": {"radius": 1.0}}


def test_a_mirror_that_follows_the_diffs_equals_the_graph():
    chance = random.Random(7)
    graph = shadow = chain()
    for _ in range(10_000):
        edited = random_edit(graph, chance)
        shadow = mirror(shadow, graph.diff(edited))
        assert shadow == edited
        graph = edited
