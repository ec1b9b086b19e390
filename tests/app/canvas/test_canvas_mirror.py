"""The items of a scene follow the document by diffs, and end where a rebuild would."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from app.canvas.scene import CanvasScene
from app.placement import Place, placed
from app.session import Session
from engine.errors import GraphError
from engine.graph import Graph
from tests.app.canvas import canvases


@pytest.mark.parametrize("seed", range(4))
def test_random_edits_end_where_a_rebuild_would(session: Session, qtbot: QtBot, seed: int) -> None:
    chance, scene = random.Random(seed), CanvasScene(session)
    kinds = [*canvases.edits(), *canvases.regions()]
    for _ in range(60):
        edit = chance.choice(kinds)
        session.try_edit("Random", lambda edit=edit: edit(session.document, chance))
        if chance.random() < 0.15:
            chance.choice([session.undo, session.redo])()
    scene.clearSelection()
    assert canvases.said(scene) == canvases.said(CanvasScene(session))


@pytest.mark.parametrize("seed", range(2))
def test_edits_around_a_subgraph_that_is_looked_at_are_followed(
    session: Session, qtbot: QtBot, seed: int
) -> None:
    session.edit("Group", canvases.with_subgraph(session.document))
    chance, scene = random.Random(seed), CanvasScene(session)
    scene.enter("look")
    for _ in range(60):
        edit = chance.choice(canvases.edits())
        session.try_edit("Random", lambda edit=edit: edit(session.document, chance))
        if chance.random() < 0.3:
            session.undo()
    again = CanvasScene(session)
    again.go(scene.path)
    assert canvases.said(scene) == canvases.said(again)


def test_undoing_everything_shows_the_beginning(session: Session, qtbot: QtBot) -> None:
    chance, scene = random.Random(9), CanvasScene(session)
    before = canvases.said(scene)
    for _ in range(40):
        edit = chance.choice(canvases.edits())
        session.try_edit("Random", lambda edit=edit: edit(session.document, chance))
    while session.history.undo_label:
        session.undo()
    assert canvases.said(scene) == before


def test_edits_inside_a_subgraph_reach_its_scene(session: Session, qtbot: QtBot) -> None:
    session.edit("Group", canvases.with_subgraph(session.document))
    scene = CanvasScene(session)
    assert scene.enter("look")
    session.edit("Add", session.graph.add("compose.color", "look/color"))
    session.edit("Link", session.graph.connect("look/blur.out", "look/color.frame"))
    session.edit("Move", placed(session.document, {"look/blur": Place(70, 80)}))
    assert set(scene.nodes) == {"look/blur", "look/color"}
    assert set(scene.links) == {"look/blur.out -> look/color.frame"}
    assert (scene.nodes["look/blur"].x(), scene.nodes["look/blur"].y()) == (70, 80)


def test_what_a_subgraph_shows_is_marked_inside(session: Session, qtbot: QtBot) -> None:
    session.edit("Group", canvases.with_subgraph(session.document))
    scene = CanvasScene(session)
    scene.enter("look")
    shown = {pin.name: pin.is_shown for pin in scene.nodes["look/blur"].face.pins}
    assert shown == {"frame": True, "mask": False, "out": True}
    graph = session.graph.disconnect("output.frame")
    session.edit("Hide", without_outputs(graph))
    assert not scene.nodes["look/blur"].face.pins[-1].is_shown
    session.undo()
    assert scene.nodes["look/blur"].face.pins[-1].is_shown


def test_what_comes_in_from_outside_has_a_port_inside(session: Session, qtbot: QtBot) -> None:
    graph = session.graph.add("control.lfo").connect("lfo.out", "blur.radius")
    session.edit("Drive", graph)
    session.edit("Group", canvases.with_subgraph(session.document))
    scene = CanvasScene(session)
    scene.enter("look")
    pin = scene.nodes["look/blur"].face.pin("radius", False)
    assert pin is not None
    assert pin.is_shown


def without_outputs(graph: Graph) -> Graph:
    entry = graph.nodes["look"]
    border = replace(entry.border, outputs={})
    return replace(graph, nodes={**graph.nodes, "look": replace(entry, border=border)})


def test_one_edit_makes_no_other_item_anew(session: Session, qtbot: QtBot) -> None:
    scene = CanvasScene(session)
    before = dict(scene.nodes), dict(scene.links)
    session.edit("Add", session.graph.add("compose.blend"))
    session.edit("Flag", session.graph.flag("blur", "bypass", True))
    assert all(scene.nodes[key] is item for key, item in before[0].items())
    assert scene.links == before[1]


def test_a_change_of_values_touches_no_item(session: Session, qtbot: QtBot) -> None:
    scene, moved = CanvasScene(session), []
    scene.moved.listen(lambda: moved.append(1))
    session.edit("Radius", session.graph.set("blur", radius=9.0))
    assert not moved


def test_a_subgraph_that_goes_takes_the_scene_up(session: Session, qtbot: QtBot) -> None:
    session.edit("Group", canvases.with_subgraph(session.document))
    scene = CanvasScene(session)
    scene.enter("look")
    session.undo()
    assert scene.path == ""
    assert "blur" in scene.nodes


def test_another_document_is_shown_from_its_root(session: Session, qtbot: QtBot) -> None:
    session.edit("Group", canvases.with_subgraph(session.document))
    scene = CanvasScene(session)
    scene.enter("look")
    session.new()
    assert (scene.path, scene.nodes, scene.links) == ("", {}, {})


def test_links_that_carry_nothing_say_why(session: Session, qtbot: QtBot) -> None:
    canvases.opened(
        session,
        nodes={
            "lfo": {"type": "control.lfo"},
            "blur": {"type": "compose.blur"},
            "blend": {"type": "compose.blend"},
        },
        links=["lfo.out -> blur.frame", "blur.out -> blend.base", "blur.nothing -> blend.top"],
    )
    scene = CanvasScene(session)
    assert "float is not Frame" in scene.links["lfo.out -> blur.frame"].look.warning
    assert "no output 'nothing'" in scene.links["blur.nothing -> blend.top"].look.warning
    assert not scene.links["blur.out -> blend.base"].look.warning


def test_edits_that_cannot_be_leave_the_scene(session: Session, qtbot: QtBot) -> None:
    scene = CanvasScene(session)
    before = canvases.said(scene)
    with pytest.raises(GraphError):
        session.edit("Link", session.graph.connect("blur.out", "nowhere.frame"))
    assert canvases.said(scene) == before
