"""What the studio adds to a graph: a marked output, a recorder, a solo; never a trace of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.staging import stage

if TYPE_CHECKING:
    from app.session import Session


def test_a_persons_own_output_is_what_is_on_air(session: Session) -> None:
    staged = stage(session.graph)
    assert staged.graph is session.graph
    assert staged.output == "output"


def test_without_one_a_sink_is_added_where_the_picture_ends(session: Session) -> None:
    staged = stage(session.graph.remove("output"))
    assert staged.output == "on_air"
    assert [str(link) for link in staged.links] == ["blur.out -> on_air.frame"]


def test_names_that_a_person_gave_are_never_taken(session: Session) -> None:
    graph = session.graph.remove("output").add("control.lfo", "on_air")
    assert stage(graph).output == "on_air_2"


def test_a_graph_without_a_picture_is_played_as_it_is(session: Session) -> None:
    graph = session.graph.remove("output", "blur", "pattern").add("control.lfo")
    staged = stage(graph)
    assert staged.output is None
    assert staged.graph is graph


def test_a_recorder_takes_what_is_on_air(session: Session) -> None:
    staged = stage(session.graph, Path("take.mp4"))
    assert staged.recorder == "recording"
    assert "blur.out -> recording.frame" in map(str, staged.links)


def test_a_solo_goes_on_air_in_place_of_the_output(session: Session) -> None:
    staged = stage(session.graph, solo="pattern.out")
    assert [str(link) for link in staged.links] == ["pattern.out -> on_air.frame"]


def test_a_parameter_alone_keeps_the_wiring(session: Session) -> None:
    before = stage(session.graph.remove("output"), Path("take.mp4"))
    changed = before.written.set("blur", radius=9.0)
    after = stage(changed, Path("take.mp4"), before)
    assert after.graph.links is before.graph.links
    assert after.graph.value("blur", "radius") == 9.0
    assert after.graph.nodes["recording"] is before.graph.nodes["recording"]


def test_a_solo_ends_with_its_node(session: Session) -> None:
    session.set_solo("pattern")
    assert session.solo == "pattern.out"
    session.edit("Delete", session.document.remove("pattern"))
    assert session.solo is None


def test_a_node_without_a_picture_cannot_go_on_air(session: Session) -> None:
    session.edit("Add", session.graph.add("control.lfo"))
    session.set_solo("lfo")
    assert session.solo is None
