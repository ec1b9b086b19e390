"""How nodes, links, frames and notes look in every state; that Qt leaks no reference."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QGraphicsRectItem
from pytestqt.qtbot import QtBot

from app.canvas import badges
from app.canvas.node_item import Look
from app.canvas.scene import CanvasScene
from app.canvas.shapes import port_path
from app.placement import Backdrop, Note, with_backdrops, with_notes, with_waypoints
from app.session import Session
from app.theme import tokens
from engine.values import Frame
from tests.app.canvas import canvases

LINK = "pattern.out -> blur.frame"
STATES: list[dict[str, Any]] = [
    {"selected": True},
    {"hovered": True},
    {"dimmed": True},
    {"accepts": True},
    {"lit": frozenset({("frame", False)})},
    {"bypassed": True},
    {"muted": True},
    {"held": True},
    {"error": "It went wrong"},
    {"trouble": "pattern further up does not run"},
    {"loading": True},
    {"soloed": True},
    {"driven": (("radius", "midi:1"),)},
    {"heat": 0.9},
    {"found": True},
]


@pytest.mark.parametrize("state", STATES, ids=lambda state: next(iter(state)))
def test_every_state_can_be_seen_and_goes_again(
    session: Session, qtbot: QtBot, state: dict[str, Any]
) -> None:
    view = canvases.shown(qtbot, session)
    view.camera.look_at(QPointF(330, 80), 1.0)
    item = view.canvas.nodes["blur"]
    rest = _image(view)
    item.mark(**state)
    assert _image(view) != rest
    item.mark(**{name: getattr(Look(), name) for name in state})
    assert _image(view) == rest


def test_a_state_that_stands_paints_nothing(session: Session, qtbot: QtBot) -> None:
    item = CanvasScene(session).nodes["blur"]
    before = item.look
    item.mark(hovered=False, error="")
    assert item.look is before


def test_flags_of_the_document_are_states(session: Session, qtbot: QtBot) -> None:
    scene = CanvasScene(session)
    for flag in ("bypass", "mute", "hold"):
        session.edit("Flag", session.graph.flag("blur", flag, True))
    look = scene.nodes["blur"].look
    assert (look.bypassed, look.muted, look.held) == (True, True, True)
    assert badges.shown(look) == ["muted", "held", "bypassed"]


def test_a_bypass_is_drawn_from_the_input_it_passes(session: Session, qtbot: QtBot) -> None:
    view = canvases.shown(qtbot, session)
    view.camera.look_at(QPointF(330, 80), 1.0)
    item = view.canvas.nodes["blur"]
    assert item.face.passes == (("frame", "out"),)
    middle = (item.port_pos("frame", False) + item.port_pos("out", True)) / 2
    item.mark(bypassed=True)
    assert canvases.pixel(view, middle) == tokens.current().port(Frame).color


def test_titles_say_the_key_and_then_the_type(session: Session, qtbot: QtBot) -> None:
    graph = session.graph.add("compose.blur").add("compose.blur", "soft_edges")
    session.edit("Add", graph)
    faces = {key: item.face for key, item in CanvasScene(session).nodes.items()}
    assert (faces["blur_2"].title, faces["blur_2"].kind) == ("Blur 2", "")
    assert (faces["soft_edges"].title, faces["soft_edges"].kind) == ("Soft edges", "Blur")


def test_long_titles_stay_inside(session: Session, qtbot: QtBot) -> None:
    key = "a_" + "very_" * 200 + "long_name"
    session.edit("Rename", session.document.rename("blur", key))
    view = canvases.shown(qtbot, session)
    item = view.canvas.nodes[key]
    assert item.rect.width() == 180
    assert view.canvas.chrome.make(item.face, 1.0, view.canvas.tier).width() < 200


def test_nodes_that_look_alike_share_their_chrome(session: Session, qtbot: QtBot) -> None:
    view = canvases.shown(qtbot, session)
    scene, item = view.canvas, view.canvas.nodes["blur"]
    first = scene.chrome.make(item.face, 1.0, scene.tier)
    again = scene.chrome.make(type(item.face)(**vars_of(item.face)), 1.0, scene.tier)
    assert first is again


@pytest.mark.parametrize(
    "state",
    [
        {"hovered": True},
        {"selected": True},
        {"dimmed": True},
        {"cut": True},
        {"target": True},
        {"stale": True},
        {"warning": "no"},
    ],
    ids=lambda s: next(iter(s)),
)
def test_links_show_their_state(session: Session, qtbot: QtBot, state: dict[str, Any]) -> None:
    link = CanvasScene(session).links[LINK]
    rest = link.pen()
    link.mark(**state)
    assert link.pen() != rest


def test_every_type_has_a_line_and_a_shape() -> None:
    for kind in tokens.FAMILIES:
        look = tokens.current().port(kind)
        around = port_path(look.shape).boundingRect()
        assert 5 <= around.width() <= 14
        assert 6 <= around.height() <= 14


def test_a_link_led_back_over_dots_runs_straight_between_them(session: Session, qapp) -> None:
    scene = CanvasScene(session)
    dots = [(700, -90), (-200, -90)]
    session.edit("Dots", with_waypoints(session.document, {LINK: dots}))
    between = [x for x, y in scene.links[LINK].polyline() if abs(y + 90) < 0.01]
    assert (min(between), max(between)) == (-200, 700)
    scene.close()


def test_links_run_over_their_dots(session: Session, qtbot: QtBot) -> None:
    scene = CanvasScene(session)
    session.edit("Dot", with_waypoints(session.document, {LINK: [(210, -90), (220, 200)]}))
    link = scene.links[LINK]
    assert link.waypoints == ((210, -90), (220, 200))
    assert link.distance(QPointF(210, -90)) < 0.01
    assert link.waypoint_near(QPointF(221, 201), 4) == 1


def test_frames_and_notes_are_painted(session: Session, qtbot: QtBot) -> None:
    document = with_backdrops(session.document, [Backdrop("f", (-90, -90, 900, 400), "Warm")])
    document = with_notes(document, [Note("n", (0, 320, 300, 90), "# Title\n<b>raw</b> *text*")])
    view = canvases.shown(qtbot, session)
    view.camera.look_at(QPointF(200, 200), 0.5)
    before = canvases.pixel(view, QPointF(-50, 250)), canvases.pixel(view, QPointF(20, 400))
    session.edit("Regions", document)
    after = canvases.pixel(view, QPointF(-50, 250)), canvases.pixel(view, QPointF(20, 400))
    assert before[0] != after[0]
    assert before[1] != after[1]
    item = view.canvas.backdrops["f"]
    assert item.at_title(QPointF(0, -80))
    assert item.at_grip(QPointF(805, 305))
    assert not item.at_grip(QPointF(0, 0))


def test_gestures_draw_over_the_canvas(session: Session, qtbot: QtBot) -> None:
    view = canvases.shown(qtbot, session)
    rest, scene = _image(view), view.canvas
    scene.pending.show_link(
        QPointF(0, 0), QPointF(200, 90), Frame, reason="float is not Frame", refused=True
    )
    scene.cut_line.show_points([QPointF(0, 0), QPointF(90, 200)])
    scene.band.show_rect(QRectF(0, 0, 90, 90))
    assert _image(view) != rest
    for item in (scene.pending, scene.cut_line, scene.band):
        item.hide()
    assert _image(view) == rest


def test_another_theme_is_painted_at_once(session: Session, qtbot: QtBot) -> None:
    view = canvases.shown(qtbot, session)
    before = tokens.current()
    try:
        tokens.put_on(tokens.load("light"))
        inside = view.canvas.nodes["blur"].rect.center() + QPointF(85, 0)
        assert canvases.pixel(view, inside) == tokens.current().color("bg.node")
    finally:
        tokens.put_on(before)


def test_qt_drops_no_reference_of_none(qtbot: QtBot) -> None:
    # PySide6 6.12.0 on Python 3.11 loses one at each call that returns nothing, until it aborts
    item, image = QGraphicsRectItem(), QImage(8, 8, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    before = sys.getrefcount(None)
    for number in range(300):
        item.setPos(number, 0)
        painter.setPen(QColor("red"))
    drift = sys.getrefcount(None) - before
    painter.end()
    assert abs(drift) < 30


def vars_of(face: Any) -> dict[str, Any]:
    return {name: getattr(face, name) for name in face.__dataclass_fields__}


def _image(view: Any) -> QImage:
    view.sharpen()
    return view.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
