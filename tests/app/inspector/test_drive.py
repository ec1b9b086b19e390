"""Parameters set in motion by control nodes with a range that fits."""

from __future__ import annotations

import pytest

from app.editing.sizes import estimated, rect
from app.inspector import drive
from app.placement import place
from app.session import Session
from engine.document import Document
from engine.errors import GraphError
from engine.subgraph import graph_at
from engine.validate import validate


@pytest.fixture
def document(session: Session) -> Document:
    graph = session.graph.add("generate.image_stream", "generate")
    return session.document.with_graph(graph.connect("pattern.out", "generate.frame"))


def test_a_swing_is_an_lfo_about_the_value(document: Document) -> None:
    after = drive.swing(document, "generate", "strength")
    low, high = (after.graph.value("lfo", name) for name in ("low", "high"))
    assert (low, high) == pytest.approx((0.15, 0.65))
    assert "lfo.out -> generate.strength" in [str(link) for link in after.graph.links]
    assert "strength" in after.graph.entry("generate").expose


def test_a_kick_runs_on_the_beat_and_uses_the_clock_that_is_there(document: Document) -> None:
    once = drive.kick(document, "generate", "strength")
    twice = drive.kick(once, "generate", "guidance")
    assert "beat_clock.beat -> lfo_2.beat" in [str(link) for link in twice.graph.links]
    assert "beat_clock_2" not in twice.graph.nodes


def test_new_nodes_lie_beside_and_not_on_each_other(document: Document) -> None:
    after = drive.drift(drive.swing(document, "blur", "radius"), "blur", "linear")
    spots = {(place(after, key).x, place(after, key).y) for key in ("lfo", "lfo_2")}
    assert len(spots) == 2
    assert all(x < place(after, "blur").x for x, _ in spots)


@pytest.mark.parametrize("way", [way for _, way in drive.WAYS.values()])
def test_every_number_switch_and_choice_of_every_node_can_be_driven(session: Session, way) -> None:
    for spec in session.registry.specs():
        for param in filter(drive.is_drivable, spec.params):
            graph = session.graph.add(spec.id, "driven")
            after = way(session.document.with_graph(graph), "driven", param.name)
            low, high = (after.graph.value("lfo", name) for name in ("low", "high"))
            assert low != high, (spec.id, param.name)
            about = [each for each in validate(after.graph) if each.key == "lfo"]
            assert about == [], (spec.id, param.name)


def test_a_range_stays_within_the_limits(document: Document) -> None:
    graph = document.graph.set("generate", strength=1.0, seed=0)
    full = document.with_graph(graph)
    assert drive.fitting(full, "generate", "strength") == (0.5, 1.0)
    assert drive.fitting(full, "generate", "seed")[0] == 0


def test_inside_a_subgraph_the_new_node_lies_inside_too(document: Document) -> None:
    boxed = document.collapse(["blur"], "look")
    after = drive.swing(boxed, "look/blur", "radius")
    assert "lfo" in graph_at(after.graph, "look/").nodes
    assert "lfo" not in after.graph.nodes


def test_a_text_cannot_be_driven_by_a_number(document: Document) -> None:
    with pytest.raises(GraphError, match=r"generate\.model"):
        drive.swing(document, "generate", "model")


def test_what_drives_lies_on_no_other_node(session: Session) -> None:
    document = drive.swing(session.document, "blur", "radius")
    boxes = {key: rect(document, key, estimated(document)) for key in document.graph.nodes}
    x, y, width, height = boxes.pop("lfo")
    for left, top, wide, high in boxes.values():
        apart = x + width <= left or left + wide <= x or y + height <= top or top + high <= y
        assert apart
