"""Linking: what fits, what is converted, what is refused and why."""

from __future__ import annotations

import pytest

from app import editing
from app.placement import place, waypoints, with_waypoints
from engine.document import Document
from engine.errors import GraphError
from engine.graph import Link, LoopError
from engine.node import Node
from engine.spec import CONVERTERS
from engine.values import Frame, Latent, Mask
from tests.app.editing.shows import errors, links, look, show
from tests.engine.small_nodes import registry


class Luma(Node, id="compose.luma"):
    """Makes a mask of how bright a picture is."""

    def process(self, frame: Frame) -> Mask:
        return Mask(frame.tensor[:, :1])


@pytest.fixture
def masks(monkeypatch: pytest.MonkeyPatch) -> Document:
    """The show with a node that turns pictures into masks installed."""
    monkeypatch.setitem(CONVERTERS, (Frame, Mask), Luma.spec.id)
    monkeypatch.setitem(CONVERTERS, (Frame, Latent), "generate.encode")
    document = show()
    document.graph.types.add(Luma.spec)
    return document


def test_what_fits_is_linked_without_anything_between():
    after = editing.connect(show(), "camera.out", "mix.b")
    assert "camera.out -> mix.b" in links(after)
    assert len(after.graph.nodes) == 4


def test_a_conversion_node_is_put_halfway_where_one_is_needed(masks: Document):
    after = editing.connect(masks, "camera.out", "mix.mask")
    assert {"camera.out -> luma.frame", "luma.out -> mix.mask"} <= links(after)
    at = place(after, "luma")
    assert (at.x, at.collapsed) == (300.0, True)
    assert errors(after) == 0


def test_pictures_are_never_encoded_silently(masks: Document):
    types = masks.graph.types
    assert (
        editing.conversion(
            masks.graph,
            types.get("sources.camera").outputs[0],
            types.get("generate.encode").outputs[0],
        )
        is None
    )


def test_what_cannot_be_linked_is_said_in_a_sentence():
    assert editing.refusal(show(), "camera.out", "mix.a") is None
    said = editing.refusal(show(), "camera.out", "mix.mask")
    assert str(said).startswith("cannot link camera.out to mix.mask: Frame is not Mask")
    assert "insert a Delay" in str(editing.refusal(show(), "mix.out", "blur.frame"))


def test_a_loop_is_made_with_a_delay_between():
    with pytest.raises(LoopError):
        editing.connect(show(), "mix.out", "mix.b")
    after = editing.connect_with_delay(show(), "mix.out", "mix.b")
    assert {"mix.out -> delay.frame", "delay.out -> mix.b"} <= links(after)
    assert "delay" in after.view


def test_free_inputs_come_before_taken_ones():
    assert editing.compatible_inputs(show(), "camera.out", "mix") == ("b", "a")
    assert editing.compatible_inputs(show(), "camera.out", "camera") == ()
    assert editing.compatible_outputs(show(), "mix.b", "camera") == ("out",)


def test_shown_parameters_are_ports_too():
    document, _ = editing.insert_node(show(), "control.lfo", (0, 0))
    assert editing.compatible_inputs(document, "lfo.out", "blur") == ()
    document = editing.expose(document, "blur", "radius")
    assert editing.compatible_inputs(document, "lfo.out", "blur") == ("radius",)


def test_all_links_of_an_output_move_to_another_with_their_dots():
    document = editing.connect(show(), "camera.out", "mix.b")
    document = with_waypoints(document, {"camera.out -> mix.b": [(5, 6)]})
    document, key = editing.insert_node(document, "sources.camera", (0, 300))
    after = editing.move_links(document, "camera.out", f"{key}.out")
    assert {f"{key}.out -> blur.frame", f"{key}.out -> mix.b"} <= links(after)
    assert waypoints(after) == {f"{key}.out -> mix.b": ((5.0, 6.0),)}


def test_a_link_moves_to_another_input():
    after = editing.move_links(show(), "mix.a", "mix.b")
    assert "blur.out -> mix.b" in links(after)
    assert "blur.out -> mix.a" not in links(after)


def test_a_move_that_cannot_be_changes_nothing():
    with pytest.raises(GraphError, match="Frame is not Mask"):
        editing.move_links(show(), "mix.a", "mix.mask")
    with pytest.raises(GraphError, match=r"nothing is linked to mix\.b"):
        editing.move_links(show(), "mix.b", "mix.a")


def test_breaking_a_port_takes_all_its_links():
    document = editing.connect(show(), "camera.out", "mix.b")
    assert not any("camera" in text for text in links(editing.break_links(document, "camera.out")))
    with pytest.raises(GraphError, match=r"nothing is linked to window\.frame"):
        editing.break_links(editing.break_links(document, "window.frame"), "window.frame")


def test_a_knife_cuts_several_links_at_once_and_passes_over_what_is_gone():
    gone = Link.parse("camera.out -> mix.b")
    assert links(editing.cut(show(), [*show().graph.links, gone])) == set()


def test_the_first_two_inputs_are_swapped():
    document = editing.connect(show(), "camera.out", "mix.b")
    after = editing.swap_inputs(document, "mix")
    assert {"camera.out -> mix.a", "blur.out -> mix.b"} <= links(after)
    assert editing.swap_inputs(after, "mix").graph == document.graph
    with pytest.raises(GraphError, match="camera has not two inputs"):
        editing.swap_inputs(show(), "camera")


def test_a_row_is_joined_from_left_to_right():
    bare = editing.cut(show(), show().graph.links)
    after = editing.join(bare, ["window", "mix", "camera", "blur"])
    assert after.graph == show().graph
    with pytest.raises(GraphError, match="window gives nothing that camera takes"):
        editing.link_nodes(show(), "window", "camera")


def test_ends_inside_subgraphs_are_reached_by_path():
    document, key = editing.insert_node(look(), "compose.blur", (0, 0), path="look")
    after = editing.connect(document, "look/mix.out", f"{key}.frame")
    assert [str(link) for link in editing.links_of(after, f"{key}.frame")] == [
        "look/mix.out -> look/blur_2.frame"
    ]
    with pytest.raises(GraphError, match="cross the border"):
        editing.connect(after, "camera.out", f"{key}.frame")


def test_unknown_ends_are_named():
    with pytest.raises(GraphError, match="camera has no output 'ou'"):
        editing.connect(show(), "camera.ou", "mix.b")
    with pytest.raises(GraphError, match="there is no node 'cam'"):
        editing.compatible_inputs(show(), "cam.out", "mix")
    with pytest.raises(GraphError, match="is not a link"):
        editing.connect(show(), "camera", "mix.b")


def test_registries_of_tests_stay_apart():
    assert registry().find(Luma.spec.id) is None
