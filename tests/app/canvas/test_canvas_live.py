"""What the engine does reaches the canvas: pictures, traces, figures, errors; no more than due."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest
import torch
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from app.canvas import hover
from app.canvas.face import PortRef
from app.canvas.health import Health
from app.canvas.pictures import facts, is_picture, thumbnail
from app.canvas.view import CanvasView
from app.placement import Backdrop, with_backdrops
from app.session import Session
from app.theme import motion
from engine import values
from tests.app.canvas import canvases

LINK = "pattern.out -> blur.frame"
SOON = 20_000  # milliseconds a busy machine may take


@pytest.fixture
def running(session: Session, qtbot: QtBot) -> Iterator[CanvasView]:
    graph = session.graph.add("control.lfo").connect("lfo.out", "blur.radius")
    session.edit("Drive", graph)
    view = canvases.shown(qtbot, session, 1200, 700)
    view.camera.look_at(view.canvas.bounds().center(), 1.0)
    session.start()
    yield view
    session.stop()


def until(qtbot: QtBot, view: CanvasView, is_so: Any) -> None:
    qtbot.waitUntil(lambda: (view.tick(), is_so())[1], timeout=SOON)


def test_pictures_and_traces_come_into_the_nodes(running: CanvasView, qtbot: QtBot) -> None:
    nodes = running.canvas.nodes
    until(qtbot, running, lambda: nodes["output"].picture is not None)
    until(qtbot, running, lambda: len(nodes["lfo"].trace) > 2)
    picture = nodes["blur"].picture
    assert picture is not None
    assert (picture.width(), picture.height()) == (120, 90)


def test_hidden_pictures_cost_nothing(running: CanvasView, qtbot: QtBot) -> None:
    nodes = running.canvas.nodes
    until(qtbot, running, lambda: nodes["blur"].picture is not None)
    running.commands()["canvas.thumbnails"]()
    running.tick()
    assert nodes["blur"].picture is None


def test_nodes_out_of_sight_are_not_looked_at(running: CanvasView, qtbot: QtBot) -> None:
    running.camera.look_at(QPointF(50_000, 0), 1.0)
    for _ in range(5):
        running.tick()
    assert all(item.picture is None for item in running.canvas.nodes.values())


def test_a_node_is_looked_at_twelve_times_a_second_at_most(
    running: CanvasView, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []
    tap = running.session.tap
    monkeypatch.setattr(running.session, "tap", lambda *at: looks.append(at[0]) or tap(*at))
    running.feed._clock = lambda: now
    for tick in range(31):
        now = 100 + tick / 30
        running.feed.tick()
    assert 10 <= looks.count("pattern") <= 13


def test_figures_rates_and_frames_fill_in(running: CanvasView, qtbot: QtBot) -> None:
    document = with_backdrops(running.session.document, [Backdrop("f", (-50, -50, 900, 400))])
    running.session.edit("Frame", document)
    frame = running.canvas.backdrops["f"]
    until(qtbot, running, lambda: running.canvas.nodes["blur"].figures[0].endswith("/s"))
    until(qtbot, running, lambda: frame.milliseconds is not None)
    until(qtbot, running, lambda: running.health.traffic[LINK].rate > 0)
    assert running.health.costs["blur"].share >= 0


def test_dots_run_along_links_unless_motion_is_reduced(running: CanvasView, qtbot: QtBot) -> None:
    pulses = running.pulses
    until(qtbot, running, lambda: any(dot.isVisible() for dot in pulses._dots))
    motion.reduce(True)
    try:
        until(qtbot, running, lambda: not any(dot.isVisible() for dot in pulses._dots))
    finally:
        motion.reduce(False)


def test_heat_colours_nodes_while_it_is_on(running: CanvasView, qtbot: QtBot) -> None:
    item = running.canvas.nodes["blur"]
    running.commands()["canvas.heat"]()
    until(qtbot, running, lambda: item.look.heat is not None and item.figures[0].endswith("%"))
    running.commands()["canvas.heat"]()
    assert item.look.heat is None


def test_a_hovered_link_shows_what_runs_through(running: CanvasView, qtbot: QtBot) -> None:
    until(qtbot, running, lambda: LINK in running.health.traffic)
    link = running.canvas.links[LINK]
    running.pointer_in_view = running.viewportTransform().map(link.along(0.5))
    until(qtbot, running, lambda: running.peek.isVisible())
    said = dict(running.peek.lines)
    assert said["Type"] == "frame"
    assert said["Shape"] == "1 × 3 × 48 × 64"
    assert {"Numbers", "Rate", "Age", "Waiting", "Dropped"} <= said.keys()
    assert link.look.hovered
    assert not running.peek.grab().isNull()
    running.pointer_in_view = QPointF(3, 3)
    running.tick()
    assert not running.peek.isVisible()
    assert not link.look.hovered


def test_links_of_a_subgraph_are_counted(running: CanvasView, qtbot: QtBot) -> None:
    running.session.edit("Group", canvases.with_subgraph(running.session.document))
    into = next(text for text, item in running.canvas.links.items() if item.target.key == "look")
    until(qtbot, running, lambda: into in running.health.traffic)
    until(qtbot, running, lambda: running.canvas.nodes["look"].picture is not None)
    running.canvas.enter("look")
    until(qtbot, running, lambda: running.canvas.nodes["look/blur"].picture is not None)


def test_an_error_is_marked_and_what_it_feeds_is_troubled(session: Session, qtbot: QtBot) -> None:
    view = canvases.shown(qtbot, session)
    session.edit("Cut", session.graph.disconnect("blur.frame"))
    view.health.look()
    looks = {key: item.look for key, item in view.canvas.nodes.items()}
    assert looks["blur"].error == "blur has nothing linked to frame"
    assert looks["output"].trouble == "blur further up does not run"
    assert not looks["pattern"].error
    session.undo()
    view.health.look()
    assert not any(item.look.error or item.look.trouble for item in view.canvas.nodes.values())


def test_an_error_inside_marks_the_subgraph(session: Session, qtbot: QtBot) -> None:
    session.edit("Group", canvases.with_subgraph(session.document))
    view = canvases.shown(qtbot, session)
    session.edit("Cut", session.graph.add("compose.color", "look/color"))
    view.health.look()
    assert "nothing linked to frame" in view.canvas.nodes["look"].look.error


def test_what_a_hand_drives_is_marked(running: CanvasView, qtbot: QtBot) -> None:
    item = running.canvas.nodes["pattern"]
    running.session.set("pattern", "cell", 20, "midi:1")
    until(qtbot, running, lambda: item.look.driven == (("cell", "midi:1"),))
    assert "driven by midi:1" in hover.tooltip(
        running, running.viewportTransform().map(item.rect.center())
    )


def test_the_node_that_is_alone_on_air_is_marked(session: Session, qtbot: QtBot) -> None:
    view = canvases.shown(qtbot, session)
    session.set_solo("pattern")
    view.health.look()
    assert [key for key, item in view.canvas.nodes.items() if item.look.soloed] == ["pattern"]


def test_ports_say_what_they_are(session: Session, qtbot: QtBot) -> None:
    view = canvases.shown(qtbot, session)
    port = view.canvas.nodes["blur"].port_pos("frame", False)
    said = hover.tooltip(view, view.viewportTransform().map(port))
    assert said == "<b>frame</b>: frame (input, needed)"
    assert hover.tooltip(view, QPointF(2, 2)) == ""
    assert view.canvas.port_at(port) == PortRef("blur", "frame", False)


@pytest.mark.parametrize(
    ("value", "size"),
    [
        (values.Frame(torch.rand(1, 3, 30, 40)), (120, 90)),
        (values.Frame(torch.rand(1, 3, 30, 40), torch.rand(1, 1, 30, 40)), (120, 90)),
        (values.Frame(torch.rand(1, 3, 1080, 1920).bfloat16()), (160, 90)),
        (values.Frame(torch.rand(1, 3, 90, 400).half() * 9 - 4), (160, 36)),
        (values.Frame(torch.full((1, 3, 9, 9), float("nan"))), (90, 90)),
        (values.Clip(torch.rand(4, 3, 45, 80), Fraction(24)), (160, 90)),
        (values.Mask(torch.rand(1, 1, 45, 80)), (160, 90)),
        (values.Depth(torch.rand(1, 1, 45, 80) * 40), (160, 90)),
        (values.Flow(torch.randn(1, 2, 45, 80)), (160, 90)),
        (values.Latent(torch.randn(2, 16, 8, 8), "test"), (90, 90)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_picture_like_value_has_a_thumbnail(value: Any, size: tuple[int, int]) -> None:
    picture = thumbnail(value, 160, 90)
    assert picture is not None
    assert (picture.width(), picture.height()) == size
    assert is_picture(value)


def test_thumbnails_keep_colours() -> None:
    picture = thumbnail(values.Frame.solid(72, 128, (1.0, 0.5, 0.0)), 160, 90)
    assert isinstance(picture, QImage)
    color = picture.pixelColor(80, 45)
    assert (color.red(), color.green(), color.blue()) == (255, 128, 0)


def test_other_values_have_words_alone() -> None:
    assert thumbnail(0.5, 160, 90) is None
    assert thumbnail(values.Clip(torch.rand(0, 3, 8, 8), Fraction(24)), 160, 90) is None
    assert facts(0.123456) == [("Value", "0.1235")]
    assert len(facts("x" * 500)[0][1]) == 80


def test_a_stopped_engine_leaves_no_figures(session: Session, qtbot: QtBot) -> None:
    view = canvases.shown(qtbot, session)
    view.tick()
    assert isinstance(view.health, Health)
    assert view.health.costs == {}
    assert all(item.figures == ("", "") for item in view.canvas.nodes.values())
