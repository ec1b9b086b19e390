"""New nodes: where they land, what they are linked to, how the others make room."""

from __future__ import annotations

import pytest

from app import editing
from app.placement import place
from engine.errors import GraphError
from engine.graph import Link
from tests.app.editing.shows import errors, links, look, show

WIRE = Link.parse("blur.out -> mix.a")


def test_a_node_lands_where_it_was_asked_for_and_the_others_stay():
    before = show()
    after, key = editing.insert_node(before, "compose.blur", (40.5, -8))
    assert (key, place(after, key).x, place(after, key).y) == ("blur_2", 40.5, -8)
    assert all(place(after, old) == place(before, old) for old in before.graph.nodes)


def test_nodes_without_places_do_not_jump_when_one_is_added():
    from engine.document import Document

    before = Document(show().graph)
    after, _ = editing.insert_node(before, "compose.blur", (900, 900))
    assert all(place(after, old) == place(before, old) for old in before.graph.nodes)


def test_a_dragged_wire_is_linked_at_either_end():
    after, key = editing.insert_node(show(), "compose.blur", (0, 0), link_from="camera.out")
    assert f"camera.out -> {key}.frame" in links(after)
    after, key = editing.insert_node(show(), "sources.camera", (0, 0), link_from="mix.b")
    assert f"{key}.out -> mix.b" in links(after)


def test_a_number_drives_the_first_parameter_that_it_can():
    document, lfo = editing.insert_node(show(), "control.lfo", (0, 0))
    after, key = editing.insert_node(document, "compose.blur", (0, 0), link_from=f"{lfo}.out")
    assert f"lfo.out -> {key}.radius" in links(after)
    assert after.graph.entry(key).expose == ("radius",)


def test_a_node_that_does_not_fit_the_wire_is_refused():
    with pytest.raises(GraphError, match=r"camera_2 takes no Frame, which camera\.out gives"):
        editing.insert_node(show(), "sources.camera", (0, 0), link_from="camera.out")
    with pytest.raises(GraphError, match=r"window_2 gives no Frame, which mix\.b takes"):
        editing.insert_node(show(), "sinks.window", (0, 0), link_from="mix.b")
    with pytest.raises(GraphError, match=r"compose\.nothing"):
        editing.insert_node(show(), "compose.nothing", (0, 0))


def test_nodes_are_added_inside_subgraphs():
    after, key = editing.insert_node(
        look(), "compose.blur", (8, 8), link_from="look/blur.out", path="look"
    )
    assert key == "look/blur_2"
    assert "look/blur.out -> look/blur_2.frame" in map(str, after.graph.flatten().links)
    assert place(after, key).x == 8


def test_a_node_dropped_over_the_one_that_gives_is_put_beside_it():
    before, key = editing.insert_node(show(), "compose.blur", (0, 0))
    blur = place(before, "blur")
    after, _ = editing.insert_on_link(before, key, WIRE, at=(blur.x + 90, blur.y + 10))
    size = editing.Faces(after).size
    assert place(after, key).x >= blur.x + size("blur")[0]
    assert place(after, "blur") == blur


def test_a_node_on_a_link_pushes_what_lies_behind_to_the_right():
    before = show()
    after, key = editing.insert_on_link(before, "compose.blur", WIRE)
    assert {f"blur.out -> {key}.frame", f"{key}.out -> mix.a"} <= links(after)
    size = editing.Faces(after).size
    chain = ["blur", key, "mix", "window"]
    lefts = [place(after, k).x for k in chain]
    rights = [place(after, k).x + size(k)[0] for k in chain]
    assert all(left > right for left, right in zip(lefts[1:], rights, strict=False))
    assert place(after, "camera") == place(before, "camera")
    assert errors(after) == 0


def test_where_there_is_room_nothing_moves():
    document = editing.move(show(), ["mix", "window"], 400, 0)
    after, key = editing.insert_on_link(document, "compose.blur", WIRE, at=(620, 50))
    assert (place(after, key).x, place(after, key).y) == (620, 50)
    assert place(after, "mix") == place(document, "mix")


def test_a_node_that_is_there_can_be_dropped_on_a_link():
    document, key = editing.insert_node(show(), "compose.blur", (450, 300))
    after, same = editing.insert_on_link(document, key, WIRE, at=(450, 20))
    assert same == key
    assert {f"blur.out -> {key}.frame", f"{key}.out -> mix.a"} <= links(after)
    with pytest.raises(GraphError, match="mix cannot lie on"):
        editing.insert_on_link(show(), "mix", WIRE)


def test_what_does_not_fit_on_a_link_is_refused():
    with pytest.raises(GraphError, match="does not fit between"):
        editing.insert_on_link(show(), "sources.camera", WIRE)
    with pytest.raises(GraphError, match="there is no link"):
        editing.insert_on_link(show(), "compose.blur", Link.parse("camera.out -> mix.b"))


def test_links_inside_subgraphs_take_nodes_too():
    inner = Link.parse("look/blur.out -> look/mix.a")
    after, key = editing.insert_on_link(look(), "compose.blur", inner)
    assert key == "look/blur_2"
    assert "look/blur_2.out -> look/mix.a" in map(str, after.graph.flatten().links)
