"""Places on the canvas: kept in the view, read as far as a mangled view allows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import placement
from app.placement import Backdrop, Note, Place
from engine.document import dumps, loads

if TYPE_CHECKING:
    from app.session import Session

WILD = st.recursive(
    st.none() | st.booleans() | st.floats(allow_subnormal=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


def test_a_plain_place_is_two_numbers_in_the_file(session: Session) -> None:
    document = placement.placed(session.document, {"blur": Place(12.0, 34.5)})
    assert document.view["blur"] == [12, 34.5]


def test_a_place_with_more_comes_back_whole(session: Session) -> None:
    place = Place(1.0, 2.0, collapsed=True, thumbnail=False, color="#ff0000", title="Soft")
    document = placement.placed(session.document, {"blur": place})
    again, _ = loads(dumps(document), session.registry)
    assert placement.place(again, "blur") == place


def test_nodes_without_a_place_get_free_ones(session: Session) -> None:
    document = replace(session.document, view={"blur": [0, 0]})
    places = {placement.place(document, key) for key in session.graph.nodes}
    assert len({(place.x, place.y) for place in places}) == 3


def test_a_view_that_says_nothing_new_is_the_same_document(session: Session) -> None:
    place = placement.place(session.document, "blur")
    assert placement.placed(session.document, {"blur": place}) is session.document


def test_backdrops_and_notes_come_back_by_path(session: Session) -> None:
    backdrop = Backdrop("frame1", (0.0, 0.0, 300.0, 200.0), "Look", "#336699")
    note = Note("note1", (10.0, 10.0, 200.0, 80.0), "**loud** part")
    document = placement.with_backdrops(session.document, [backdrop])
    document = placement.with_notes(document, [note], "look")
    again, _ = loads(dumps(document), session.registry)
    assert placement.backdrops(again) == (backdrop,)
    assert placement.notes(again, "look") == (note,)
    assert placement.notes(again) == ()


def test_dots_of_links_that_are_no_more_are_left_out(session: Session) -> None:
    link = str(session.graph.links[0])
    document = placement.with_waypoints(session.document, {link: [(1.0, 2.0)], "a.out -> b.in": []})
    assert placement.waypoints(document) == {link: ((1.0, 2.0),)}


@given(WILD, WILD, WILD)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_mangled_view_is_read_as_far_as_it_can_be(
    session: Session, place: object, backdrops: object, dots: object
) -> None:
    view = {"blur": place, "@backdrops": backdrops, "@notes": {"": backdrops}, "@waypoints": dots}
    document = replace(session.document, view=view)
    assert isinstance(placement.place(document, "blur"), Place)
    placement.backdrops(document)
    placement.notes(document)
    placement.waypoints(document)


@pytest.mark.parametrize("far", [1e300, float("nan"), True])
def test_a_node_is_never_lost_beyond_the_horizon(session: Session, far: object) -> None:
    document = replace(session.document, view={"blur": [far, 0]})
    assert abs(placement.place(document, "blur").x) < placement.FARTHEST
