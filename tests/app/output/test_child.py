"""The output's window by hand: its keys, its cursor, its hint, and what it reports of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QCloseEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.output import child as children
from app.output.child import OFF, Child
from app.output.orders import Ledger
from app.output.painting import Overlay, paint
from app.output.ring import RingReader, RingWriter

Key = Qt.Key
KEPT: list[Child] = []  # collected in the middle of things, a window would take its screen along


@pytest.fixture
def ring(tmp_path: Path) -> Iterator[RingWriter]:
    made = RingWriter.create(tmp_path / "a.ring")
    yield made
    made.close()


@pytest.fixture
def child(ring: RingWriter, qapp: QApplication) -> Iterator[Child]:
    made = Child(qapp, RingReader(ring.path), raster=True)
    KEPT.append(made)
    yield made
    made.leave()
    qapp.screenAdded.disconnect(made._screens_changed)
    qapp.screenRemoved.disconnect(made._screens_changed)


def order(ring: RingWriter, child: Child, ledger: Ledger, **changes: object) -> None:
    ledger.give(**changes)
    ring.order(ledger.letter())
    child.tick()


def press(child: Child, key: Qt.Key, how: Qt.KeyboardModifier | None = None) -> None:
    none = Qt.KeyboardModifier.NoModifier
    QTest.keyClick(child._window, key, how or none)


def test_b_blacks_out_and_back(child: Child, ring: RingWriter) -> None:
    press(child, Key.Key_B)
    assert child._look.dark
    assert ring.report["blackout"] is True
    press(child, Key.Key_B)
    assert not child._look.dark


def test_b_held_down_is_black_as_long_as_it_is_held(
    child: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "HOLD", 0.0)
    QTest.keyPress(child._window, Key.Key_B)
    assert child._look.dark
    QTest.keyRelease(child._window, Key.Key_B)
    assert not child._look.dark


def test_f_freezes(child: Child, ring: RingWriter) -> None:
    press(child, Key.Key_F)
    assert child._look.frozen
    assert ring.report["freeze"] is True


def test_two_esc_are_the_safe_look_and_one_is_nothing(child: Child) -> None:
    press(child, Key.Key_Escape)
    assert not child._look.is_safe
    press(child, Key.Key_Escape)
    assert child._look.is_safe


def test_two_slow_esc_are_nothing(child: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "TWICE", -1.0)
    press(child, Key.Key_Escape)
    press(child, Key.Key_Escape)
    assert not child._look.is_safe


def test_full_screen_on_the_only_display_can_be_undone_by_esc(
    child: Child, ring: RingWriter
) -> None:
    order(ring, child, Ledger(), fullscreen=True)
    assert child._window.flags() & Qt.WindowType.FramelessWindowHint
    assert "Esc leaves full screen" in child._overlay(False).hint
    press(child, Key.Key_Escape)
    assert ring.report["fullscreen"] is False
    assert not child._window.flags() & Qt.WindowType.FramelessWindowHint
    assert child._overlay(False).hint == ""


def test_the_chord_ends_the_output_and_tells_why(child: Child, ring: RingWriter) -> None:
    press(child, Key.Key_W, OFF)
    assert ring.report["closed"] == "hand"


def test_a_window_with_a_frame_may_be_closed_a_full_screen_may_not(
    child: Child, ring: RingWriter
) -> None:
    order(ring, child, Ledger(), fullscreen=True)
    event = QCloseEvent()
    child._window.closeEvent(event)
    assert not event.isAccepted()
    assert ring.report["closed"] == ""
    order(ring, child, Ledger({"fullscreen": [1, True]}), fullscreen=False)
    child._window.closeEvent(event)
    assert ring.report["closed"] == "hand"


def test_the_cursor_hides_and_comes_back_when_it_is_moved(child: Child) -> None:
    child._window._rest()
    assert child._window.cursor().shape() is Qt.CursorShape.BlankCursor
    QTest.mouseMove(child._window, QPoint(30, 30))
    assert child._window.cursor().shape() is Qt.CursorShape.ArrowCursor
    child._window.hides_cursor = False
    child._window._rest()
    assert child._window.cursor().shape() is Qt.CursorShape.ArrowCursor


def test_keys_pressed_since_an_order_stand(child: Child, ring: RingWriter) -> None:
    studio = Ledger()
    order(ring, child, studio, blackout=True)
    press(child, Key.Key_B)
    order(ring, child, studio, hud="x")
    assert not child._look.dark
    order(ring, child, studio, blackout=True)
    assert child._look.dark


def test_a_picture_file_is_the_safe_look(child: Child, ring: RingWriter, tmp_path: Path) -> None:
    logo = QImage(7, 5, QImage.Format.Format_RGB32)
    logo.fill(0xFF8040)
    logo.save(str(tmp_path / "logo.png"))
    order(ring, child, Ledger(), safe=True, safe_picture=str(tmp_path / "logo.png"))
    shown = child._look.scene().picture
    assert shown.shape == (5, 7, 3)
    assert shown[2, 3].tolist() == [255, 128, 64]


def test_the_report_tells_of_displays_and_rate(child: Child, ring: RingWriter) -> None:
    ring.write(np.zeros((4, 4, 3), np.uint8))
    child.tick()
    child._report()
    report = ring.report
    assert report["serial"] == 1
    assert report["displays"][0][1:4] == [800, 800, 60.0]
    assert report["painter"] == "the processor"


@pytest.mark.parametrize("size", [(1, 1), (320, 180), (1080, 1920), (3840, 2160)])
def test_every_scene_can_be_painted_at_any_size(
    qapp: QGuiApplication, size: tuple[int, int]
) -> None:
    from PySide6.QtGui import QPainter

    everything = Overlay(True, True, "A display with a long name", "one\ntwo", "hint", True)
    for overlay in (everything, everything._replace(pattern=False), Overlay()):
        image = QImage(*size, QImage.Format.Format_RGB32)
        painter = QPainter(image)
        paint(painter, size, None, "fit", 0.5, overlay)
        painter.end()
        assert not image.isNull()


def test_the_hint_goes_away_without_a_new_picture(
    child: Child, ring: RingWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    order(ring, child, Ledger(), fullscreen=True)
    child.tick()
    assert child._hinted
    child._undo_until = 0.0
    updates: list[int] = []
    monkeypatch.setattr(child._window, "update", lambda: updates.append(1))
    child.tick()
    child.tick()
    assert len(updates) == 1


def test_the_end_of_a_fade_is_painted(
    child: Child, ring: RingWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    order(ring, child, Ledger(), blackout=True, fade=10.0)
    updates: list[float] = []
    monkeypatch.setattr(child._window, "update", lambda: updates.append(child._look.scene().dark))
    child.tick()
    child._look._fade._seconds = 0.0
    child.tick()
    child.tick()
    assert len(updates) == 2
    assert updates[0] < 0.9
    assert updates[-1] == 1.0
