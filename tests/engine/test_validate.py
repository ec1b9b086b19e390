"""Every graph can be judged: errors make a node inert, warnings do not, and nothing is raised."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.graph import Graph, Link, NodeEntry
from engine.validate import Problem, examine, inert, validate
from tests.engine.small_nodes import chain, empty


def with_params(graph: Graph, key: str, **params: Any) -> Graph:
    """A graph with values that `set` would refuse, as a mangled file has them."""
    entry = graph.entry(key)
    return with_entry(graph, key, replace(entry, params={**entry.params, **params}))


def with_entry(graph: Graph, key: str, entry: NodeEntry) -> Graph:
    return replace(graph, nodes={**graph.nodes, key: entry})


def with_links(graph: Graph, *lines: str) -> Graph:
    links = [*graph.links, *(Link.parse(line) for line in lines)]
    return replace(graph, links=tuple(sorted(links, key=str)))


def said(graph: Graph, severity: str = "error") -> dict[str, str]:
    found = [problem for problem in validate(graph) if problem.severity == severity]
    return {f"{problem.key}.{problem.port_or_param}": problem.message for problem in found}


def test_a_sound_graph_has_no_problems():
    assert validate(chain()) == []
    assert examine(chain()).links == chain().links


def test_an_empty_graph_and_one_without_a_sink_are_warned_about():
    assert [problem.message for problem in validate(empty())] == ["the graph is empty"]
    assert said(empty().add("sources.camera"), "warning") == {
        ".": "nothing shows or records the picture"
    }


def test_unknown_types_are_inert_and_their_consumers_are_not():
    graph = with_entry(chain(), "blur", NodeEntry("other.thing", {"x": 1}))
    problems = validate(graph)
    assert inert(graph, problems) == {"blur"}
    assert said(graph) == {"blur.": "blur has the type 'other.thing', which is not installed"}


def test_missing_required_inputs_are_errors_and_optional_ones_are_not():
    graph = chain().disconnect("blur.frame")
    assert said(graph) == {"blur.frame": "blur has nothing linked to frame"}
    assert inert(graph, validate(graph)) == {"blur"}


def test_links_that_cannot_carry_are_warned_about_and_left_out():
    graph = chain().add("generate.encode").connect("camera.out", "encode.frame")
    graph = with_links(
        graph, "encode.out -> mix.b", "blur.nothing -> mix.mask", "gone.out -> mix.b"
    )
    messages = " / ".join(problem.message for problem in validate(graph))
    assert "Latent is not Frame" in messages
    assert "blur has no output 'nothing'" in messages
    assert "there is no node 'gone'" in messages
    assert inert(graph, validate(graph)) == set()
    assert {link.target for link in examine(graph).links} == {
        link.target for link in chain().links
    } | {"encode.frame"}


def test_the_second_link_into_an_input_is_left_out():
    graph = with_links(chain(), "camera.out -> mix.a")
    assert "two links" in " ".join(said(graph, "warning").values())
    assert len(examine(graph).links) == 3


@pytest.mark.parametrize("value", ["much", float("nan"), float("inf"), None, [], {}, 10**400])
def test_values_that_a_parameter_cannot_hold_are_errors(value: Any):
    graph = with_params(chain(), "blur", radius=value)
    assert set(said(graph)) == {"blur.radius"}
    assert inert(graph, validate(graph)) == {"blur"}


def test_values_outside_the_limits_are_warnings():
    graph = with_params(chain(), "blur", radius=99.0)
    assert said(graph) == {}
    assert said(graph, "warning") == {"blur.radius": "blur.radius = 99.0 is outside 0 to 64 px"}


def test_unknown_params_flags_and_newer_nodes_are_warnings():
    graph = with_params(chain(), "blur", radus=1)
    entry = replace(graph.entry("blur"), flags=frozenset({"solo"}), version=9)
    graph = with_entry(graph, "blur", entry)
    messages = " / ".join(said(graph, "warning").values())
    assert "no parameter 'radus'; did you mean 'radius'" in messages
    assert "unknown flag 'solo'" in messages
    assert "saved by version 9" in messages


def test_files_that_are_missing_are_warnings(tmp_path: Path):
    here = tmp_path / "a.png"
    here.touch()
    for path, missing in [
        (here, False),
        (tmp_path / "b.png", True),
        ("rtsp://x/y", False),
        ("a\0b", True),
    ]:
        graph = with_params(chain(), "camera", file=Path(path))
        assert ("camera.file" in said(graph, "warning")) is missing


def test_every_node_of_a_loop_without_a_delay_is_inert():
    graph = with_links(chain().disconnect("blur.frame"), "mix.out -> blur.frame")
    assert inert(graph, validate(graph)) == {"blur", "mix"}
    assert "loop without a Delay (blur, mix)" in said(graph)["mix."]


def test_a_loop_with_a_delay_is_sound():
    assert validate(chain().connect_with_delay("mix.out", "mix.b")) == []


def test_a_slow_node_that_waits_for_itself_is_inert():
    graph = empty().add("generate.video").add("motion.delay").add("sinks.window")
    graph = graph.connect("video.out", "delay.frame").connect("video.out", "window.frame")
    graph = with_links(graph, "delay.out -> video.guide")
    assert inert(graph, validate(graph)) == {"video"}


def test_problems_inside_subgraphs_have_path_keys():
    graph = chain().collapse(["blur", "mix"], "look").remove("camera")
    assert said(graph) == {"look/blur.frame": "look/blur has nothing linked to frame"}
    assert inert(graph, validate(graph)) == {"look/blur"}


def test_problems_read_as_a_sentence_with_what_to_do():
    problem = Problem("blur", "frame", "blur has nothing linked to frame", fix="link a Frame to it")
    assert str(problem) == "error: blur has nothing linked to frame (link a Frame to it)"
