"""Subgraphs: collapsed with places kept, ungrouped where they lie, and what they show."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app import editing
from app.placement import backdrops, notes, place, waypoints, with_waypoints
from engine.errors import GraphError
from engine.validate import validate
from tests.app.editing.shows import errors, links, look, show


def test_nodes_keep_their_places_inside_and_the_subgraph_lies_in_their_middle():
    after, key = editing.collapse(show(), ["blur", "mix"], "Soft look")
    assert key == "soft_look"
    assert place(after, "soft_look/blur") == place(show(), "blur")
    assert place(after, key).x == 450
    assert "blur" not in after.view
    assert errors(after) == 0


def test_ungrouping_right_away_gives_the_same_document():
    document = with_waypoints(show(), {"blur.out -> mix.a": [(400, 9)]})
    after, keys = editing.ungroup(*editing.collapse(document, ["blur", "mix"]))
    assert keys == ("blur", "mix")
    assert after.graph == document.graph
    assert after.view == document.view


def test_backdrops_around_nothing_else_go_inside():
    document, _ = editing.group_in_backdrop(show(), ["blur", "mix"], "Looks")
    document, _ = editing.group_in_backdrop(document, ["mix", "window"], "Both")
    document, _ = editing.add_note(document, (310, 10), "on the frame")
    after, key = editing.collapse(document, ["blur", "mix"], "look")
    assert [box.title for box in backdrops(after, key)] == ["Looks"]
    assert [note.text for note in notes(after, key)] == ["on the frame"]
    assert [box.title for box in backdrops(after)] == ["Both"]


def test_a_subgraph_that_was_moved_is_ungrouped_where_it_lies():
    after, _ = editing.ungroup(editing.move(look(), ["look"], 50, 20), "look")
    assert (place(after, "blur").x, place(after, "blur").y) == (350, 20)
    assert place(after, "camera") == place(show(), "camera")


def test_keys_that_are_taken_get_numbers_and_all_that_is_bound_follows():
    document, _ = editing.insert_node(look(), "compose.blur", (0, 300))
    document = with_waypoints(document, {"look/blur.out -> look/mix.a": [(7, 8)]})
    document = replace(document, bindings=({"param": "look/blur.radius"},))
    after, keys = editing.ungroup(document, "look")
    assert keys == ("blur_2", "mix")
    assert after.bindings[0]["param"] == "blur_2.radius"
    assert list(waypoints(after)) == ["blur_2.out -> mix.a"]
    assert {"camera.out -> blur_2.frame", "blur_2.out -> mix.a"} <= links(after)


def test_notes_and_backdrops_inside_come_along():
    document, _ = editing.add_note(look(), (320, 200), "inside", path="look")
    document, _ = editing.group_in_backdrop(document, ["look/blur"], "In")
    document, _ = editing.add_note(document, (0, 0), "outside")
    after, _ = editing.ungroup(document, "look")
    assert [note.text for note in notes(after)] == ["outside", "inside"]
    assert len({note.id for note in notes(after)}) == 2
    [box] = backdrops(after)
    assert editing.carried(after, [box.id])[0] == {"blur"}
    assert (notes(after, "look"), backdrops(after, "look")) == ((), ())


def test_subgraphs_in_subgraphs_are_ungrouped_there():
    document, key = editing.collapse(look(), ["look/blur", "look/mix"], "deep")
    assert key == "look/deep"
    after, keys = editing.ungroup(document, key)
    assert keys == ("look/blur", "look/mix")
    assert after.graph == look().graph


def test_a_parameter_is_shown_outside_and_hidden_again():
    after, end = editing.promote_param(look(), "look/blur.radius")
    assert end == "look.radius"
    assert [param.name for param in after.graph.params("look")] == ["radius"]
    again, other = editing.promote_param(after, "look/mix.amount", "share")
    assert other == "look.share"
    assert editing.demote_param(editing.demote_param(again, other), end).graph == look().graph


def test_what_cannot_be_is_said():
    with pytest.raises(GraphError, match="lies in no subgraph"):
        editing.promote_param(show(), "blur.radius")
    with pytest.raises(GraphError, match="not a subgraph"):
        editing.ungroup(show(), "blur")
    with pytest.raises(GraphError, match="one or more nodes that are selected"):
        editing.collapse(show(), [])
    with pytest.raises(GraphError, match="lie side by side"):
        editing.collapse(look(), ["camera", "look/blur"])


def test_collapsing_everything_still_runs():
    after, _ = editing.collapse(show(), list(show().graph.nodes), "all")
    assert not [problem for problem in validate(after.graph) if problem.severity == "error"]
