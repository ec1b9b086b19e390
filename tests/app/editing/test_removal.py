"""Taking nodes away and out of their chain."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app import editing
from app.placement import notes, waypoints, with_waypoints
from engine.errors import GraphError
from tests.app.editing.shows import errors, links, look, show


def test_deleting_joins_the_neighbours_or_not():
    assert "camera.out -> mix.a" in links(editing.delete(show(), ["blur"]))
    assert "camera.out -> mix.a" not in links(editing.delete(show(), ["blur"], heal=False))


def test_what_belonged_to_a_node_goes_with_it():
    document = editing.add_note(look(), (0, 0), "inside", path="look")[0]
    document = with_waypoints(document, {"camera.out -> look.frame": [(1, 2)]})
    bound = {"param": "look/blur.radius"}, {"param": "camera.level"}
    document = replace(document, bindings=bound)
    after = editing.delete(document, ["look", "look/blur"])
    assert [b["param"] for b in after.bindings] == ["camera.level"]
    assert not [key for key in after.view if "look" in key]
    assert notes(after, "look") == ()
    assert waypoints(after) == {}


def test_a_node_that_is_not_there_cannot_be_deleted():
    with pytest.raises(GraphError, match="there is no node 'blurr'; did you mean 'blur'"):
        editing.delete(show(), ["camera", "blurr"])


def test_extracted_nodes_stay_linked_among_themselves():
    document = editing.insert_on_link(show(), "compose.blur", show().graph.links[0])[0]
    after = editing.extract(document, ["blur", "blur_2"])
    assert links(after) == {
        "camera.out -> mix.a",
        "mix.out -> window.frame",
        "blur.out -> blur_2.frame",
    }
    assert set(after.graph.nodes) == set(document.graph.nodes)


def test_extracting_what_is_loose_changes_nothing():
    document, key = editing.insert_node(show(), "compose.blur", (0, 0))
    assert editing.extract(document, [key]) is document


def test_nodes_are_extracted_inside_subgraphs():
    document, key = editing.insert_on_link(
        look(), "compose.blur", editing.links_of(look(), "look/mix.a")[0]
    )
    after = editing.extract(document, [key])
    assert "look/blur.out -> look/mix.a" in map(str, after.graph.flatten().links)
    assert errors(after) == 1  # the extracted one is fed by nothing
