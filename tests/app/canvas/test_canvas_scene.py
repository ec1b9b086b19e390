"""What lies where on the canvas, and that no document breaks it."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from app.canvas.metrics import HEADER
from app.canvas.scene import CanvasScene, PortRef
from app.placement import Backdrop, Note, Place, placed, with_backdrops, with_notes, with_waypoints
from app.session import Session
from tests.app.canvas import canvases

LINK = "pattern.out -> blur.frame"


def test_ports_are_found_within_a_radius(session: Session, qtbot: QtBot) -> None:
    scene = CanvasScene(session)
    port = scene.nodes["blur"].port_pos("frame", False)
    assert scene.port_at(port + QPointF(-15, -12)) == PortRef("blur", "frame", False)
    assert scene.port_at(port + QPointF(-30, 0)) is None
    assert scene.port_at(port + QPointF(-15, 0), radius=10) is None


def test_the_nearest_of_two_ports_is_taken(session: Session, qtbot: QtBot) -> None:
    scene = CanvasScene(session)
    mask = scene.nodes["blur"].port_pos("mask", False)
    assert scene.port_at(mask - QPointF(0, 9)) == PortRef("blur", "mask", False)


def test_links_are_found_along_their_curve(session: Session, qtbot: QtBot) -> None:
    scene = CanvasScene(session)
    link = scene.links[LINK]
    middle = link.along(0.5)
    assert scene.link_at(middle + QPointF(0, 5)) is link
    assert scene.link_at(middle + QPointF(0, 40)) is None


def test_links_start_and_end_at_their_ports(session: Session, qtbot: QtBot) -> None:
    scene = CanvasScene(session)
    link, path = scene.links[LINK], scene.links[LINK].path()
    assert path.pointAtPercent(0.0) == scene.nodes["pattern"].port_pos("out", True)
    scene.nodes["blur"].place_at(400, 300)
    assert link.path().currentPosition() == scene.nodes["blur"].port_pos("frame", False)


def test_the_node_on_top_is_taken(session: Session, qtbot: QtBot) -> None:
    session.edit("Pile", placed(session.document, {"output": Place(240, 0)}))
    scene = CanvasScene(session)
    session.select(["blur"])
    found = scene.node_at(QPointF(300, 10))
    assert found is not None
    assert found.key == "blur"
    assert scene.node_at(QPointF(-300, 10)) is None


def test_frames_notes_and_dots_are_found(session: Session, qtbot: QtBot) -> None:
    document = with_backdrops(
        session.document, [Backdrop("big", (0, 0, 900, 900)), Backdrop("small", (9, 9, 90, 90))]
    )
    document = with_notes(document, [Note("note", (1000, 0, 90, 90), "Hello")])
    session.edit("Regions", with_waypoints(document, {LINK: [(210, 300)]}))
    scene = CanvasScene(session)
    assert scene.backdrop_at(QPointF(20, 20)) is scene.backdrops["small"]
    assert scene.backdrop_at(QPointF(500, 500)) is scene.backdrops["big"]
    assert scene.note_at(QPointF(1010, 10)) is scene.notes["note"]
    assert scene.waypoint_at(QPointF(214, 296)) == (scene.links[LINK], 0)
    assert scene.link_at(QPointF(210, 300)) is scene.links[LINK]


def test_subgraphs_are_entered_and_left(session: Session, qtbot: QtBot) -> None:
    session.edit("Group", canvases.with_subgraph(session.document))
    scene, seen = CanvasScene(session), []
    scene.entered.listen(seen.append)
    assert scene.nodes["look"].face.is_graph
    assert scene.enter("look")
    assert not scene.enter("look/blur")
    assert list(scene.nodes) == ["look/blur"]
    assert scene.leave()
    assert not scene.leave()
    assert session.selection == ("look",)
    assert seen == ["look", ""]


def test_types_that_are_not_installed_keep_their_links(session: Session, qtbot: QtBot) -> None:
    canvases.opened(
        session,
        nodes={"a": {"type": "sources.pattern"}, "b": {"type": "strange.box"}},
        links=["a.out -> b.anything"],
    )
    view = canvases.shown(qtbot, session)
    item = view.canvas.nodes["b"]
    assert not item.face.known
    assert [pin.name for pin in item.face.pins] == ["anything"]
    assert view.canvas.links["a.out -> b.anything"].end == item.port_pos("anything", False)


def test_an_empty_document_is_shown(session: Session, qtbot: QtBot) -> None:
    session.new()
    view = canvases.shown(qtbot, session)
    view.frame_items(())
    assert view.zoom == 1.0
    assert view.canvas.bounds().isEmpty()
    assert view.hint.isVisible()
    session.edit("Add", session.graph.add("compose.blur"))
    assert not view.hint.isVisible()
    session.undo()
    assert view.canvas.node_at(QPointF(0, 0)) is None


def test_collapsed_nodes_keep_their_ports(session: Session, qtbot: QtBot) -> None:
    session.edit("Collapse", placed(session.document, {"blur": Place(240, 0, collapsed=True)}))
    item = canvases.shown(qtbot, session).canvas.nodes["blur"]
    assert item.rect.height() == HEADER
    assert {ref.name for ref in item.ports} == {"frame", "mask", "out"}
    assert item.port_pos("frame", False) == QPointF(240, HEADER / 2)


def test_unused_ports_hide_and_driven_parameters_show(session: Session, qtbot: QtBot) -> None:
    graph = session.graph.add("control.lfo").connect("lfo.out", "blur.radius")
    session.edit("Drive", graph)
    session.edit("Hide", placed(session.document, {"blur": Place(240, 0, hide_ports=True)}))
    face = CanvasScene(session).nodes["blur"].face
    assert [pin.name for pin in face.pins] == ["frame", "radius", "out"]
    assert face.pins[1].is_param


@pytest.mark.parametrize(
    "view",
    [
        {"blur": ["a", "b"]},
        {"blur": {"at": [1e300, 5]}},
        {"blur": {"at": [-999999, 999999], "color": "no colour", "title": "x" * 5000}},
        {"blur": [float(10**6), -(10**6)], "@camera": {"": [0, "x"]}},
        {"blur": 7, "@backdrops": {"": [{"id": "a"}, 5]}, "@notes": 3, "@camera": "there"},
        {"@camera": {"": [1, 2, 0]}, "@waypoints": {"nothing": [[1, 2]]}},
    ],
)
def test_a_mangled_view_is_shown_all_the_same(
    session: Session, qtbot: QtBot, view: dict[str, Any]
) -> None:
    nodes = {"blur": {"type": "compose.blur"}, "lfo": {"type": "control.lfo"}}
    canvases.opened(session, nodes=nodes, links=["lfo.out -> blur.radius"], view=view)
    shown = canvases.shown(qtbot, session)
    shown.frame_items(())
    shown.sharpen()
    assert set(shown.canvas.nodes) == {"blur", "lfo"}
    assert not shown.grab().isNull()


def test_a_node_of_thirty_ports_grows(session: Session, qtbot: QtBot) -> None:
    links = [f"lfo.out -> box.port_{number}" for number in range(30)]
    nodes = {"lfo": {"type": "control.lfo"}, "box": {"type": "strange.box"}}
    canvases.opened(session, nodes=nodes, links=links)
    item = canvases.shown(qtbot, session).canvas.nodes["box"]
    assert len(item.ports) == 30
    assert item.rect.height() > 30 * 20
    assert item.port_pos("port_29", False).y() < item.rect.bottom()
