"""The selected nodes as one: common parameters, names, all values at once."""

from __future__ import annotations

import json

import pytest

from app.inspector.chosen import Chosen
from app.inspector.knob import with_locked
from app.session import Session


@pytest.fixture
def two(session: Session) -> Session:
    """Two blurs."""
    session.edit("Two", session.graph.set("blur", radius=2.0).add("compose.blur", "soft"))
    return session


def test_nodes_of_one_type_share_its_parameters(two: Session) -> None:
    both = Chosen(two, ("blur", "soft"))
    assert [param.name for param in both.params] == ["radius", "shape", "linear"]
    assert both.title == "2 × Blur"


def test_nodes_of_several_types_share_nothing(two: Session) -> None:
    mixed = Chosen(two, ("blur", "pattern"))
    assert mixed.params == ()
    assert (mixed.title, mixed.type_id) == ("2 nodes", "")


def test_a_new_name_makes_a_key_and_stays_selected(session: Session) -> None:
    session.select(["blur"])
    Chosen(session, ("blur",)).rename("Morning haze")
    assert session.selection == ("morning_haze",)
    assert Chosen(session, ("morning_haze",)).title == "Morning haze"
    session.undo()
    assert "blur" in session.graph.nodes


def test_a_name_without_letters_is_refused(session: Session, said) -> None:
    assert not Chosen(session, ("blur",)).rename("???")
    assert "letter" in said[0]


def test_all_values_are_copied_and_pasted_in_one_step(two: Session) -> None:
    copied = Chosen(two, ("blur",)).copied()
    assert json.loads(copied)["params"]["radius"] == 2.0
    Chosen(two, ("soft",)).paste(copied)
    assert two.graph.value("soft", "radius") == 2.0
    assert two.history.undo_label == "Paste values"


@pytest.mark.parametrize(
    "text",
    ["", "abc", "[]", '{"params": 3}', '{"params": {"zoom": 1}}', "[" * 100_000, "x" * 2**21],
)
def test_what_are_no_values_changes_nothing(session: Session, said, text: str) -> None:
    before = session.document
    assert not Chosen(session, ("blur",)).paste(text)
    assert session.document is before
    assert len(said) == 1


def test_a_value_that_cannot_be_leaves_all_as_they_were(session: Session, said) -> None:
    before = session.document
    Chosen(session, ("blur",)).paste('{"params": {"radius": 3, "shape": "star"}}')
    assert session.document is before
    assert "star" in said[0]


def test_reset_all_leaves_what_is_locked(session: Session) -> None:
    document = session.document.with_graph(session.graph.set("blur", radius=9.0, shape="box"))
    session.edit("Set", with_locked(document, "blur", frozenset({"shape"})))
    Chosen(session, ("blur",)).reset_all()
    assert session.graph.value("blur", "radius") == 4.0
    assert session.graph.value("blur", "shape") == "box"
