"""Backdrops, notes, and the dots that links are led over."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app import editing
from app.placement import backdrops, notes, waypoints
from engine.errors import GraphError
from engine.graph import Link
from tests.app.editing.shows import look, show

WIRE = Link.parse("camera.out -> blur.frame")


def test_a_backdrop_frames_its_nodes_with_room_for_a_title():
    after, box = editing.group_in_backdrop(show(), ["blur", "mix"], "Looks")
    x, y, width, _ = backdrops(after)[0].rect
    assert x < 300
    assert y <= -30
    assert x + width > 600 + 180
    assert editing.carried(after, [box]) == ({"blur", "mix"}, {box})


def test_a_frame_inside_a_subgraph_stays_inside():
    after, _ = editing.group_in_backdrop(look(), ["look/mix"])
    assert (len(backdrops(after)), len(backdrops(after, "look"))) == (0, 1)


def test_notes_and_frames_are_edited_by_id_and_removed():
    document, note = editing.add_note(show(), (5, 6), "soft")
    document, box = editing.add_backdrop(document, (0, 0, 100, 100), "A")
    document = editing.put_note(document, replace(notes(document)[0], text="# loud"))
    document = editing.put_backdrop(document, replace(backdrops(document)[0], color="#112233"))
    assert (notes(document)[0].text, backdrops(document)[0].color) == ("# loud", "#112233")
    assert editing.remove_boxes(document, [note, box]).view == show().view


def test_a_box_that_is_not_there_cannot_be_edited():
    document, _ = editing.add_note(show(), (0, 0))
    with pytest.raises(GraphError, match="no frame or note 'note9'"):
        editing.put_note(document, replace(notes(document)[0], id="note9"))


def test_dots_are_put_on_the_nearest_stretch():
    document = editing.add_waypoint(show(), WIRE, (280, 50))
    document = editing.add_waypoint(document, WIRE, (200, 50))
    document = editing.add_waypoint(document, WIRE, (240, 52))
    xs = [x for x, _ in waypoints(document)[str(WIRE)]]
    assert xs == [200, 240, 280]


def test_dots_are_moved_and_taken_away():
    document = editing.add_waypoint(editing.add_waypoint(show(), WIRE, (1, 1)), WIRE, (2, 2), 1)
    document = editing.move_waypoint(document, WIRE, 1, (9, 9))
    assert waypoints(document)[str(WIRE)] == ((1, 1), (9, 9))
    document = editing.remove_waypoint(editing.remove_waypoint(document, WIRE, 0), WIRE, 0)
    assert document.view == show().view


def test_dots_of_what_is_no_link_are_refused():
    with pytest.raises(GraphError, match=r"there is no link camera\.out -> mix\.b"):
        editing.add_waypoint(show(), Link.parse("camera.out -> mix.b"), (0, 0))
    with pytest.raises(GraphError, match="led over 0 dots, so there is no dot 0"):
        editing.move_waypoint(show(), WIRE, 0, (0, 0))


def test_a_link_that_goes_takes_its_dots_along():
    document = editing.add_waypoint(show(), WIRE, (200, 9))
    assert waypoints(editing.disconnect(document, "blur.frame")) == {}
    renamed, _ = editing.rename(document, "blur", "soft")
    assert list(waypoints(renamed)) == ["camera.out -> soft.frame"]
