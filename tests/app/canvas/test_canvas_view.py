"""Looking around: zoom, pan, framing, history, paths, search and the map, by mouse and keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QFocusEvent,
    QKeySequence,
    QNativeGestureEvent,
    QPointingDevice,
    QShortcut,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from app import actions
from app.canvas import metrics
from app.canvas.metrics import Tier
from app.canvas.view import CanvasView
from app.placement import Place, placed
from app.session import Session
from engine.document import dumps
from tests.app.canvas import canvases

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
NONE, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def view(session: Session, qtbot: QtBot) -> CanvasView:
    return canvases.shown(qtbot, session)


def wheel(
    view: CanvasView,
    at: QPointF,
    *,
    notches: float = 0,
    pixels: QPoint | None = None,
    keys: Qt.KeyboardModifier = NONE,
) -> None:
    event = QWheelEvent(
        at,
        QPointF(view.viewport().mapToGlobal(at)),
        pixels or QPoint(),
        QPoint(0, round(120 * notches)),
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport(), event)


def test_the_wheel_zooms_at_the_pointer(view: CanvasView) -> None:
    at = QPointF(200, 120)
    before, zoom = view.to_scene(at), view.zoom
    wheel(view, at, notches=-3)
    assert view.zoom == pytest.approx(zoom / 1.15**3)
    moved = view.to_scene(at) - before
    assert abs(moved.x()) * view.zoom < 1.5
    assert abs(moved.y()) * view.zoom < 1.5


def test_zoom_has_limits(view: CanvasView) -> None:
    wheel(view, QPointF(9, 9), notches=100)
    assert view.zoom == 4.0
    wheel(view, QPointF(9, 9), notches=-200)
    assert view.zoom == 0.05


def test_two_fingers_pan_and_with_control_they_zoom(view: CanvasView) -> None:
    before, zoom = view.seen().topLeft(), view.zoom
    wheel(view, QPointF(9, 9), pixels=QPoint(0, -30), notches=-0.25)
    assert view.seen().top() * view.zoom == pytest.approx(before.y() * zoom + 30, abs=1.5)
    wheel(view, QPointF(9, 9), pixels=QPoint(0, -30), notches=-0.25, keys=CTRL)
    assert view.zoom < zoom


@pytest.mark.parametrize("with_space", [False, True])
def test_the_middle_button_or_space_pans(view: CanvasView, with_space: bool) -> None:
    button = LEFT if with_space else MIDDLE
    before, port = view.to_scene(QPointF(100, 100)), view.viewport()
    if with_space:
        QTest.keyPress(view, Qt.Key.Key_Space)
    QTest.mousePress(port, button, NONE, QPoint(100, 100))
    QTest.mouseMove(port, QPoint(140, 130))
    QTest.mouseRelease(port, button, NONE, QPoint(140, 130))
    if with_space:
        QTest.keyRelease(view, Qt.Key.Key_Space)
    after = view.to_scene(QPointF(140, 130))
    assert (after - before).manhattanLength() * view.zoom < 3
    assert view.session.selection == ()


def test_a_click_selects_and_a_click_beside_deselects(view: CanvasView) -> None:
    at = view.viewportTransform().map(view.canvas.nodes["blur"].rect.center()).toPoint()
    QTest.mouseClick(view.viewport(), LEFT, NONE, at)
    assert view.session.selection == ("blur",)
    assert view.canvas.nodes["blur"].look.selected
    QTest.mouseClick(view.viewport(), LEFT, NONE, QPoint(5, 5))
    assert view.session.selection == ()


def test_framing_shows_all_or_what_is_selected(view: CanvasView) -> None:
    commands = view.commands()
    commands["canvas.fit_all"]()
    assert all(view.seen().contains(item.rect) for item in view.canvas.nodes.values())
    view.session.select(["output"])
    commands["canvas.fit"]()
    center = view.canvas.nodes["output"].rect.center()
    assert (view.seen().center() - center).manhattanLength() < 4
    commands["canvas.zoom_out"]()
    commands["canvas.actual"]()
    assert view.zoom == 1.0


def test_one_goes_back_and_forth_between_looks(view: CanvasView) -> None:
    commands = view.commands()
    commands["canvas.fit_all"]()
    first = view.camera.look
    view.camera.look_at(QPointF(5000, 5000), 1.0)
    view.camera.note()
    commands["canvas.back"]()
    assert view.camera.look.is_near(first)
    commands["canvas.forward"]()
    assert view.seen().contains(QPointF(5000, 5000))


def test_looking_around_is_no_edit(view: CanvasView) -> None:
    before = view.session.document
    wheel(view, QPointF(9, 9), notches=2)
    view.camera.pan(50, 50)
    assert view.session.document is before


def test_a_document_opens_where_it_was_looked_at(session: Session, qtbot: QtBot) -> None:
    view = canvases.shown(qtbot, session)
    nodes = {"blur": {"type": "compose.blur"}}
    canvases.opened(session, nodes=nodes, view={"@camera": {"": [300, -200, 0.5]}})
    assert view.zoom == 0.5
    assert (view.seen().center() - QPointF(300, -200)).manhattanLength() < 5
    assert view.camera.said() == {"": pytest.approx([300, -200, 0.5], abs=3)}


def test_everything_stays_in_sight_while_panes_come_and_go(view: CanvasView) -> None:
    view.resize(600, 400)
    assert all(view.seen().contains(item.rect) for item in view.canvas.nodes.values())
    view.camera.pan(40, 0)
    before = view.zoom
    view.resize(800, 500)
    assert view.zoom == before


def test_a_graph_too_large_for_the_window_opens_legible(view: CanvasView) -> None:
    view.resize(320, 300)
    assert metrics.tier(view.zoom) is Tier.FULL


def test_levels_of_detail_follow_the_zoom(view: CanvasView) -> None:
    link = next(iter(view.canvas.links.values()))
    for zoom, tier in ((1.0, Tier.FULL), (0.5, Tier.PLAIN), (0.2, Tier.BLOCK), (0.6, Tier.FULL)):
        view.camera.look_at(QPointF(300, 80), zoom)
        view.sharpen()
        assert link.tier is tier
        assert link.pen().isCosmetic() is (tier is not Tier.FULL)


def test_chrome_is_made_a_little_at_a_time(session: Session, qtbot: QtBot) -> None:
    graph = session.graph
    for number in range(40):
        graph = graph.add("compose.blend", f"n_{number}")
    session.edit("Many", graph)
    view = canvases.shown(qtbot, session)
    view.canvas.chrome_ms = 0.0
    view.camera.look_at(view.canvas.bounds().center(), 0.61)
    view.canvas.hasty = False
    view.viewport().repaint()
    assert view.canvas.unsharp
    view.canvas.chrome_ms = 1000.0
    view.tick()
    view.viewport().repaint()
    assert not view.canvas.unsharp


def test_the_path_is_shown_and_can_be_clicked(view: CanvasView, qtbot: QtBot) -> None:
    view.session.edit("Group", canvases.with_subgraph(view.session.document))
    assert not view.crumbs.isVisible()
    look = view.canvas.nodes["look"].rect.center()
    at = view.viewportTransform().map(look).toPoint()
    QTest.mouseDClick(view.viewport(), LEFT, NONE, at)
    assert view.canvas.path == "look"
    assert view.crumbs.isVisible()
    root = next(b for b in view.crumbs.findChildren(QToolButton) if b.text() == "root")
    qtbot.mouseClick(root, LEFT)
    assert view.canvas.path == ""
    assert not view.crumbs.isVisible()


def test_each_path_is_looked_at_as_it_was_left(view: CanvasView) -> None:
    view.session.edit("Group", canvases.with_subgraph(view.session.document))
    view.camera.look_at(QPointF(700, 40), 0.8)
    view.canvas.enter("look")
    view.camera.look_at(QPointF(0, 0), 1.5)
    view.canvas.leave()
    assert (view.seen().center() - QPointF(700, 40)).manhattanLength() < 4
    assert view.zoom == 0.8


def test_search_cycles_through_names_types_and_values(view: CanvasView) -> None:
    view.commands()["find.node"]()
    QTest.keyClicks(view.finder.field, "compose")
    assert view.session.selection == ("blur",)
    assert view.canvas.nodes["blur"].look.found
    view.finder.field.setText("radius=")
    assert view.session.selection == ("blur",)
    view.finder.field.setText("o")
    first = view.session.selection
    QTest.keyClick(view.finder.field, Qt.Key.Key_Return)
    assert view.session.selection != first
    QTest.keyClick(view.finder.field, Qt.Key.Key_Escape)
    assert not view.finder.isVisible()
    assert not any(item.look.found for item in view.canvas.nodes.values())


def test_keys_of_the_search_are_not_those_of_the_canvas(view: CanvasView) -> None:
    pressed: list[str] = []
    for key in ("Return", "Esc", "F", "Home"):
        shortcut = QShortcut(QKeySequence(key), view)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(lambda key=key: pressed.append(key))
    view.activateWindow()
    view.finder.open()
    QTest.keyClicks(view.finder.field, "f")
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Return, Qt.Key.Key_Escape):
        QTest.keyClick(view.finder.field, key)
    assert pressed == []
    assert not view.finder.isVisible()
    QTest.keyClick(view, Qt.Key.Key_F)
    assert pressed == ["F"]


def test_search_enters_subgraphs(view: CanvasView) -> None:
    view.session.edit("Group", canvases.with_subgraph(view.session.document))
    view.finder.open()
    view.finder.field.setText("blur")
    assert view.canvas.path == "look"
    assert view.session.selection == ("look/blur",)
    view.finder.field.setText("no such thing")
    assert view.session.selection == ("look/blur",)


def test_the_map_moves_the_view(view: CanvasView) -> None:
    view.session.edit("Far", placed(view.session.document, {"output": Place(9000, 0)}))
    view.minimap.tick()
    QTest.mouseClick(view.minimap, LEFT, NONE, QPoint(200, 66))
    assert view.seen().center().x() > 7000
    view.commands()["canvas.minimap"]()
    assert not view.minimap.isVisible()


def test_the_map_shows_what_fails_and_when_it_is_well_again(view: CanvasView) -> None:
    pictures = []
    for error in ("", "it failed", ""):
        view.canvas.nodes["blur"].mark(error=error)
        view.minimap.tick()
        pictures.append(view.minimap.grab().toImage())
    assert pictures[1] != pictures[0]
    assert pictures[2] == pictures[0]


def test_dragging_at_the_edge_pans(view: CanvasView) -> None:
    before = view.seen().left()
    view.pointer_in_view = QPointF(view.viewport().width() - 2, 200)
    view.edge_pan = True
    view.tick()
    assert view.seen().left() > before


def test_a_pinch_zooms(view: CanvasView) -> None:
    zoom, at = view.zoom, QPointF(50, 50)
    event = QNativeGestureEvent(
        Qt.NativeGestureType.ZoomNativeGesture,
        QPointingDevice.primaryPointingDevice(),
        2,
        at,
        at,
        QPointF(view.viewport().mapToGlobal(at)),
        -0.2,
        QPointF(),
    )
    QApplication.sendEvent(view.viewport(), event)
    assert view.zoom == pytest.approx(zoom * 0.8)


def test_a_ring_shows_where_the_keyboard_is(view: CanvasView) -> None:
    QApplication.sendEvent(view, QFocusEvent(QEvent.Type.FocusIn, Qt.FocusReason.TabFocusReason))
    assert view.ring.isVisible()
    QApplication.sendEvent(view, QFocusEvent(QEvent.Type.FocusOut))
    assert not view.ring.isVisible()
    QApplication.sendEvent(view, QFocusEvent(QEvent.Type.FocusIn, Qt.FocusReason.MouseFocusReason))
    assert not view.ring.isVisible()


def test_the_selection_is_told_to_screen_readers(view: CanvasView) -> None:
    view.session.select(["blur", "output"])
    assert view.accessibleDescription() == "blur, output selected"


def test_commands_are_those_of_the_table(view: CanvasView) -> None:
    assert view.commands().keys() <= {action.id for action in actions.ACTIONS}


def test_commands_that_switch_say_what_is_on(view: CanvasView) -> None:
    for name in ("canvas.heat", "canvas.minimap", "canvas.thumbnails"):
        before = view.states()[name]()
        view.commands()[name]()
        assert view.states()[name]() is not before


def test_looking_writes_nothing_into_the_document(view: CanvasView) -> None:
    before = dumps(view.session.document)
    for command in ("canvas.fit_all", "canvas.heat", "canvas.minimap", "canvas.thumbnails"):
        view.commands()[command]()
    assert dumps(view.session.document) == before
