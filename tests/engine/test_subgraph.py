"""Graphs inside graphs: what they show, how they are edited, and what runs of them."""

from __future__ import annotations

import random

import pytest

from engine.errors import GraphError
from engine.graph import Graph, LoopError
from engine.subgraph import demote, promote
from tests.engine.random_edits import random_edit
from tests.engine.small_nodes import chain, empty


def look() -> Graph:
    graph = chain().add("control.lfo").connect("lfo.out", "blur.radius").expose("mix", "amount")
    return graph.collapse(["blur", "mix"], "look")


def test_collapsing_shows_what_was_linked_or_exposed():
    graph = look()
    assert [port.name for port in graph.inputs("look")] == ["frame"]
    assert [port.name for port in graph.outputs("look")] == ["out"]
    assert sorted(param.name for param in graph.params("look")) == ["amount", "radius"]
    assert [str(link) for link in graph.links] == [
        "camera.out -> look.frame",
        "lfo.out -> look.radius",
        "look.out -> window.frame",
    ]


def test_flattening_gives_path_keys_and_shares_entries():
    graph = look()
    flat = graph.flatten()
    assert set(flat.nodes) == {"camera", "window", "lfo", "look/blur", "look/mix"}
    assert flat.nodes["look/blur"] is graph.entry("look/blur")
    assert {str(link) for link in flat.links} == {
        "camera.out -> look/blur.frame",
        "lfo.out -> look/blur.radius",
        "look/blur.out -> look/mix.a",
        "look/mix.out -> window.frame",
    }
    assert flat.flatten() is flat
    assert graph.flatten() is flat


def test_params_of_a_subgraph_live_inside():
    graph = look().set("look", radius=7)
    assert graph.entry("look/blur").params["radius"] == 7.0
    assert graph.value("look", "radius") == 7.0
    assert graph.resolve("look.radius") == ("look/blur.radius",)
    assert graph.set("look/blur", radius=2) == look()


def test_edits_reach_inside_by_path():
    graph = look().add("compose.blur", "look/").connect("look/mix.out", "look/blur_2.frame")
    assert graph.entry("look/blur_2").type == "compose.blur"
    graph = (
        graph.flag("look/blur_2", "mute", True)
        .disconnect("look/blur_2.frame")
        .remove("look/blur_2")
    )
    assert graph == look()
    inner = next(link for link in graph.flatten().links if link.target == "look/mix.a")
    graph = graph.insert_on_link("compose.blur", inner)
    assert "look/blur_2.out -> look/mix.a" in map(str, graph.flatten().links)


def test_renaming_inside_keeps_what_is_shown():
    graph = look().rename("look/blur", "soft")
    assert graph.resolve("look.radius") == ("look/soft.radius",)
    assert "camera.out -> look/soft.frame" in map(str, graph.flatten().links)
    assert graph.rename("look/soft", "blur") == look()


def test_removing_inside_takes_the_border_and_its_links_along():
    graph = look().remove("look/blur")
    assert [str(link) for link in graph.links] == ["look.out -> window.frame"]
    assert graph.inputs("look") == ()


def test_links_do_not_cross_the_border():
    with pytest.raises(GraphError, match="cross the border"):
        look().connect("camera.out", "look/mix.b")
    with pytest.raises(GraphError, match="not a subgraph"):
        look().set("camera/blur", radius=1)


def test_one_source_into_two_nodes_becomes_one_input():
    graph = empty().add("sources.camera").add("compose.blur").add("compose.mix").add("sinks.window")
    graph = graph.connect("camera.out", "blur.frame").connect("camera.out", "mix.b")
    graph = graph.connect("blur.out", "mix.a").connect("mix.out", "window.frame")
    collapsed = graph.collapse(["blur", "mix"], "look")
    assert len(collapsed.inputs("look")) == 1
    assert {str(link) for link in collapsed.flatten().links} == {
        "camera.out -> look/blur.frame",
        "camera.out -> look/mix.b",
        "look/blur.out -> look/mix.a",
        "look/mix.out -> window.frame",
    }


def test_loops_are_found_across_borders():
    graph = look()
    with pytest.raises(LoopError, match="look/mix -> look/blur"):
        graph.connect("look.out", "look.frame")
    inner = look().collapse(["look/blur", "look/mix"], "deep")
    assert set(inner.flatten().nodes) >= {"look/deep/blur", "look/deep/mix"}
    assert inner.set("look", radius=3).entry("look/deep/blur").params["radius"] == 3.0
    with pytest.raises(LoopError, match="look/deep/mix"):
        inner.connect("look.out", "look.frame")


def test_what_a_subgraph_shows_can_be_chosen():
    graph = promote(look(), "look", "mix.b")
    graph = promote(graph, "look", "mix.mode", "manner").connect("camera.out", "look.b")
    assert graph.set("look", manner="add").entry("look/mix").params["mode"] == "add"
    assert "camera.out -> look/mix.b" in map(str, graph.flatten().links)
    assert promote(look(), "look", "blur.out").output("look", "out_2")
    assert demote(demote(graph, "look", "b"), "look", "manner") == look()
    with pytest.raises(GraphError, match="did you mean 'mode'"):
        promote(graph, "look", "mix.mod")
    with pytest.raises(GraphError, match="look shows no 'manners'; did you mean 'manner'"):
        demote(graph, "look", "manners")


def test_subgraphs_in_subgraphs_can_show_more_too():
    inner = look().collapse(["look/blur", "look/mix"], "deep")
    inner = promote(inner, "look/deep", "mix.mode")
    assert (
        promote(inner, "look", "deep.mode").set("look", mode="add").value("look/deep", "mode")
        == "add"
    )


def test_a_bypassed_subgraph_is_wired_through_and_a_muted_one_mutes_inside():
    flat = look().flag("look", "bypass", True).flatten()
    assert [str(link) for link in flat.links] == ["camera.out -> window.frame"]
    flat = look().flag("look", "mute", True).flatten()
    assert flat.nodes["look/blur"].flags == {"mute"}


def test_healing_passes_subgraphs_too():
    assert "camera.out -> window.frame" in map(str, look().remove("look", heal=True).links)


def test_random_edits_keep_every_graph_sound():
    chance = random.Random(8)
    graph = chain()
    for _ in range(1500):
        graph = random_edit(graph, chance)
        flat = graph.flatten()
        assert len({link.target for link in flat.links}) == len(flat.links)
        assert all(
            link.source_key in flat.nodes and link.target_key in flat.nodes for link in flat.links
        )
        assert list(flat.links) == sorted(flat.links, key=str)
