"""Subgraphs taken apart: the inverse of a collapse, also inside others and with names taken."""

from __future__ import annotations

import random

import pytest

from engine.document import Document
from engine.errors import GraphError
from engine.graph import Graph, LinkPolicy
from engine.parts import Link, sorted_links
from engine.subgraph import promote
from engine.ungroup import ungroup
from tests.engine.random_edits import random_edit
from tests.engine.small_nodes import chain


def look() -> Graph:
    graph = chain().add("control.lfo").connect("lfo.out", "blur.radius").expose("mix", "amount")
    return graph.collapse(["blur", "mix"], "look")


def test_ungrouping_a_collapse_gives_the_graph_again():
    graph = chain().add("control.lfo").connect("lfo.out", "blur.radius").expose("mix", "amount")
    graph = graph.connect("camera.out", "mix.b", LinkPolicy("queue", 0.5)).flag("mix", "mute", True)
    after, moved = ungroup(graph.collapse(["blur", "mix"], "look"), "look")
    assert after == graph
    assert moved.keys == {"look/blur": "blur", "look/mix": "mix"}
    assert moved.ends["look.radius"] == "blur.radius"


def test_keys_that_are_taken_get_numbers():
    graph = look().add("compose.blur")
    after, moved = ungroup(graph, "look")
    assert moved.keys["look/blur"] == "blur_2"
    assert "camera.out -> blur_2.frame" in map(str, after.links)
    assert after.entry("blur") is graph.entry("blur")


def test_flags_and_shown_parameters_of_the_subgraph_go_to_the_nodes():
    after, _ = ungroup(look().flag("look", "mute", True).expose("look", "radius"), "look")
    assert after.entry("blur").flags == after.entry("mix").flags == {"mute"}
    assert after.entry("blur").expose == ("radius",)


def test_a_subgraph_inside_another_is_ungrouped_there():
    inner = look().collapse(["look/blur", "look/mix"], "deep")
    after, moved = ungroup(inner, "look/deep")
    assert after == look()
    assert moved.keys["look/deep/blur"] == "look/blur"


def test_what_is_bound_stays_bound():
    cue = {"name": "soft", "set": {"look/blur.radius": 3.0, "look.radius": 4.0}}
    document = Document(
        promote(look(), "look", "mix.mode"),
        bindings=({"param": "look.radius"}, {"param": "look/mix.amount"}),
        cues=(cue,),
        view={"look": [0, 0], "look/blur": [8, 8]},
    )
    after = document.ungroup("look")
    assert [b["param"] for b in after.bindings] == ["blur.radius", "mix.amount"]
    assert after.cues[0]["set"] == {"blur.radius": 4.0}
    assert after.view == {"blur": [8, 8]}


def test_a_plain_node_cannot_be_ungrouped():
    with pytest.raises(GraphError, match=r"camera is sources\.camera, not a subgraph"):
        ungroup(look(), "camera")
    with pytest.raises(GraphError, match="there is no node 'lok'; did you mean 'look'"):
        ungroup(look(), "lok")


def test_any_graph_that_was_collapsed_is_the_same_again():
    chance = random.Random(5)
    graph = chain()
    for _ in range(600):
        graph = random_edit(graph, chance)
        keys = [key for key in graph.nodes if chance.random() < 0.4]
        if keys:
            assert ungroup(graph.collapse(keys, "a_group"), "a_group")[0] == graph


def test_ungrouping_changes_nothing_that_runs():
    chance = random.Random(6)
    graph = look()
    for _ in range(600):
        graph = random_edit(graph, chance)
        for key in [key for key, entry in graph.nodes.items() if entry.body]:
            after, moved = ungroup(graph, key)
            if "bypass" not in graph.entry(key).flags:
                assert after.flatten().links == _renamed(graph, moved.keys)


def _renamed(graph: Graph, keys: dict[str, str]) -> tuple[Link, ...]:
    def now(key: str) -> str:
        old = next((old for old in keys if key == old or key.startswith(f"{old}/")), None)
        return keys[old] + key[len(old) :] if old else key

    flat = graph.flatten().links
    return sorted_links([link.renamed({k: now(k) for k in graph.flatten().nodes}) for link in flat])
