"""Monitors and their wall: what is shown, how it is marked, and what hands do to it."""

from __future__ import annotations

import pytest
import torch
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QImage, QPainter, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.monitor.images import checker, image_of
from app.monitor.monitor import CAPTION, Monitor
from app.monitor.picks import PREVIEW, PROGRAM, Pick, look
from app.monitor.wall import MonitorWall
from app.session import Session
from app.theme import tokens
from engine.values import Frame, Mask
from tests.app.shows import waits_for


def frame(height: int, width: int, rgb: tuple[float, float, float] = (0.8, 0.4, 0.1)) -> Frame:
    return Frame.solid(height, width, rgb)


def color(image: QImage, x: int, y: int) -> tuple[int, ...]:
    return image.pixelColor(x, y).getRgb()[:3]


@pytest.fixture
def monitor(session: Session, qtbot: QtBot) -> Monitor:
    made = Monitor(session)
    qtbot.addWidget(made)
    made.resize(320, 180 + CAPTION)
    made.show()
    return made


def plays(session: Session) -> bool:
    session.start()
    return waits_for(session.picture)


def test_a_picture_becomes_an_image_no_larger_than_it_is_shown() -> None:
    image = image_of(frame(1080, 1920), 480, 270)
    assert (image.width(), image.height()) == (480, 270)
    assert color(image, 5, 5) == (204, 102, 26)


def test_a_small_picture_keeps_its_pixels() -> None:
    assert image_of(frame(48, 64), 640, 480).width() == 64


def test_a_small_picture_is_scaled_to_the_room_it_fits_into() -> None:
    image = image_of(frame(48, 64), 640, 400, fit=True)
    assert (image.width(), image.height()) == (533, 400)
    assert color(image, 500, 300) == (204, 102, 26)


def test_monitors_that_show_the_same_share_one_image() -> None:
    shown = frame(48, 64)
    assert image_of(shown, 64, 48, fit=True) is image_of(shown, 64, 48, fit=True)


def test_alpha_is_kept_for_the_checker() -> None:
    clear = Frame(torch.ones(1, 3, 8, 8), torch.full((1, 1, 8, 8), 0.5))
    image = image_of(clear, 8, 8)
    assert image.hasAlphaChannel()
    assert image.pixelColor(3, 3).alpha() == 128
    ground = QImage(32, 32, QImage.Format.Format_RGB32)
    painter = QPainter(ground)
    checker(painter, QRect(0, 0, 32, 32))
    painter.end()
    assert color(ground, 0, 0) != color(ground, 8, 0)
    assert color(ground, 0, 0) == color(ground, 8, 8)


def test_masks_are_shown_and_numbers_are_not() -> None:
    assert image_of(Mask(torch.ones(1, 1, 8, 8)), 8, 8) is not None
    assert image_of(0.5, 8, 8) is None


def test_nothing_is_shown_before_the_engine_plays(monitor: Monitor) -> None:
    monitor.tick()
    assert monitor.image is None
    assert monitor._tally() == ""
    assert not monitor.grab().isNull()


def test_the_program_is_shown_with_a_red_border(monitor: Monitor, session: Session) -> None:
    assert plays(session)
    monitor.tick()
    assert monitor.image.height() == monitor._room().height()
    red = tokens.current().color("air").getRgb()[:3]
    assert color(monitor.grab().toImage(), 1, 100) == red


def test_the_preview_has_a_green_border_while_there_is_one(
    session: Session, monitor: Monitor
) -> None:
    monitor.show_pick(PREVIEW)
    assert plays(session)
    monitor.tick()
    assert monitor.image is None
    session.set_blind(True)
    assert waits_for(session.preview_picture)
    monitor.tick()
    assert color(monitor.grab().toImage(), 1, 100) == tokens.current().color("preview").getRgb()[:3]


def test_a_picture_keeps_its_shape(monitor: Monitor, session: Session) -> None:
    assert plays(session)
    monitor.tick()
    target = monitor._target(monitor._room())
    assert target.width() / target.height() == pytest.approx(64 / 48, rel=0.01)
    assert monitor.heightForWidth(640) == 480 + CAPTION


def test_a_picture_is_converted_once(
    monitor: Monitor, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert plays(session)
    session.stop()
    kept = image_counter(monkeypatch)
    shown = Frame.solid(48, 64, (1, 0, 0))
    monkeypatch.setattr("app.monitor.monitor.look", lambda *_: shown)
    for _ in range(5):
        monitor.tick()
    assert len(kept) == 1


def image_counter(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    calls: list[int] = []

    def counted(value: object, *words: int, **named: bool):
        if value is not None:
            calls.append(1)
        return image_of(value, *words, **named)

    monkeypatch.setattr("app.monitor.monitor.image_of", counted)
    return calls


def test_a_hidden_monitor_looks_at_nothing(monitor: Monitor, session: Session) -> None:
    assert plays(session)
    monitor.hide()
    monitor.tick()
    assert monitor.image is None


def test_outputs_of_nodes_are_shown_and_those_that_are_gone_are_not(
    monitor: Monitor, session: Session
) -> None:
    assert plays(session)
    monitor.show_pick(Pick("node", "blur"))
    assert waits_for(lambda: look(session, Pick("node", "blur")))
    monitor.tick()
    assert monitor.image is not None
    assert monitor._tally() == ""
    assert look(session, Pick("node", "gone")) is None
    assert look(session, Pick("node", "blur", "gone")) is None


def wheel(monitor: Monitor, at: QPointF, turn: int) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    none, begin = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(
        at, monitor.mapToGlobal(at), QPoint(), QPoint(0, turn), none, control, begin, False
    )
    QApplication.sendEvent(monitor, event)


def test_the_wheel_zooms_about_the_pointer_and_a_double_click_fits(
    monitor: Monitor, session: Session, qtbot: QtBot
) -> None:
    assert plays(session)
    monitor.tick()
    at = QPointF(200, 120)
    before = monitor._target(monitor._room())
    share = (at.x() - before.left()) / before.width()
    wheel(monitor, at, 480)
    after = monitor._target(monitor._room())
    assert after.width() > 1.5 * before.width()
    assert (at.x() - after.left()) / after.width() == pytest.approx(share, abs=0.02)
    qtbot.mouseDClick(monitor, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    assert monitor._target(monitor._room()) == before


def test_the_line_of_a_comparison_is_dragged(
    monitor: Monitor, session: Session, qtbot: QtBot
) -> None:
    assert plays(session)
    monitor.compare(Pick("node", "pattern"))
    monitor.tick()
    target = monitor._target(monitor._room())
    y = round(target.center().y())
    qtbot.mousePress(monitor, Qt.MouseButton.LeftButton, pos=QPoint(round(target.center().x()), y))
    to = QPoint(round(target.left() + 0.25 * target.width()), y)
    qtbot.mouseMove(monitor, to)
    move(monitor, to)
    qtbot.mouseRelease(monitor, Qt.MouseButton.LeftButton, pos=to)
    assert monitor.wipe == pytest.approx(0.25, abs=0.03)
    assert not monitor.grab().isNull()


def move(monitor: Monitor, to: QPoint) -> None:
    from PySide6.QtGui import QMouseEvent

    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    point = QPointF(to)
    kind = QEvent.Type.MouseMove
    event = QMouseEvent(kind, point, monitor.mapToGlobal(point), left, left, none)
    QApplication.sendEvent(monitor, event)


def test_the_menu_offers_every_output(monitor: Monitor) -> None:
    words = [action.text() for action in monitor.menu().actions()]
    assert words[:2] == ["Program", "Preview"]
    assert {"pattern", "blur"} <= set(words)
    heard = []
    monitor.picked.listen(heard.append)
    next(one for one in monitor.menu().actions() if one.text() == "blur").trigger()
    assert heard == [Pick("node", "blur")] == [monitor.pick]


@pytest.fixture
def wall(session: Session, qtbot: QtBot) -> MonitorWall:
    made = MonitorWall(session)
    qtbot.addWidget(made)
    made.resize(800, 700)
    made.show()
    return made


def test_the_preview_is_left_and_the_program_right(wall: MonitorWall) -> None:
    assert wall.preview.geometry().right() < wall.program.geometry().left()
    assert (wall.preview.pick, wall.program.pick) == (PREVIEW, PROGRAM)


def test_the_switch_begins_a_preview_and_cut_puts_it_on_air(
    wall: MonitorWall, session: Session, qtbot: QtBot
) -> None:
    assert not wall.bar.cut.isEnabled()
    qtbot.mouseClick(wall.bar.blind, Qt.MouseButton.LeftButton)
    wall.tick()
    assert session.blind
    before = session.air.preview
    qtbot.mouseClick(wall.bar.cut, Qt.MouseButton.LeftButton)
    assert session.air.program is before


def test_the_fader_mixes(wall: MonitorWall, session: Session, qtbot: QtBot) -> None:
    session.set_blind(True)
    wall.tick()
    fader = wall.bar.fader
    qtbot.mouseClick(fader, Qt.MouseButton.LeftButton, pos=fader.rect().center())
    assert session.mix == pytest.approx(0.5, abs=0.05)
    session.mix = 0.2
    wall.tick()
    assert fader.value() == 200


def test_auto_fades_in_its_time(wall: MonitorWall, session: Session, qtbot: QtBot) -> None:
    session.set_blind(True)
    wall.tick()
    wall.bar.seconds.setValue(60)
    qtbot.mouseClick(wall.bar.auto, Qt.MouseButton.LeftButton)
    session.tick()
    assert 0 <= session.mix < 0.5


def test_a_selected_node_is_sent_to_a_monitor_of_a_sink_what_it_takes(
    wall: MonitorWall, session: Session
) -> None:
    assert not wall.letters["A"].isVisible()
    session.select(["blur"])
    wall.commands()["monitor.1"]()
    assert wall.letters["A"].isVisible()
    assert wall.letters["A"].pick == Pick("node", "blur")
    session.select(["output"])
    wall.commands()["monitor.4"]()
    assert wall.letters["D"].pick == Pick("node", "blur")


def test_nothing_selected_is_said(wall: MonitorWall, session: Session) -> None:
    heard = []
    session.said.listen(lambda text, _: heard.append(text))
    wall.commands()["monitor.2"]()
    assert "select a node" in heard[0]


def test_the_wipe_compares_b_in_a(wall: MonitorWall, session: Session) -> None:
    wall.send(0, "pattern")
    wall.send(1, "blur")
    wall.toggle_wipe()
    assert wall.letters["A"].compared == Pick("node", "blur")
    assert wall.states()["monitor.wipe"]()
    wall.toggle_wipe()
    assert not wall.is_wiping


def test_another_document_clears_the_monitors(wall: MonitorWall, session: Session) -> None:
    wall.send(0, "pattern")
    session.new()
    assert not wall.letters["A"].isVisible()
    wall.tick()
