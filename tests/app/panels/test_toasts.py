"""Notices stack, count, go by themselves, and leave the focus where it is."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QMainWindow, QToolButton, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from app.panels.toasts import MARGIN, MOST, PastNotices, Toasts


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    made.resize(800, 500)
    made.field = QLineEdit(made)
    qtbot.addWidget(made)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


@pytest.fixture
def toasts(window: QWidget, clock: Clock) -> Toasts:
    return Toasts(window, clock=clock, calendar=lambda: 1_800_000_000.0)


def texts(toasts: Toasts) -> list[str]:
    return [card.said.text for card in toasts.cards]


def test_a_notice_leaves_the_focus_where_it_is(toasts: Toasts, window: QWidget, qtbot: QtBot):
    window.field.setFocus()
    toasts.say("The disk is nearly full", "warning")
    assert window.field.hasFocus()
    qtbot.mouseClick(toasts.cards[0], Qt.MouseButton.LeftButton)
    assert window.field.hasFocus()


def test_the_newest_is_lowest_and_none_overlap(toasts: Toasts, window: QWidget):
    for severity in ("info", "warning", "error"):
        toasts.say(f"A sentence of some length that needs two lines: {severity}", severity)
    first, second, third = (card.geometry() for card in toasts.cards)
    assert first.bottom() < second.top() < second.bottom() < third.top()
    assert third.bottom() < window.height() - MARGIN + 1
    assert third.right() < window.width()


def test_notices_go_by_themselves_errors_last(toasts: Toasts, clock: Clock):
    for severity in ("error", "warning", "info"):
        toasts.say(severity, severity)
    shown = []
    for second in (3, 5, 9, 30):
        clock.now = 100.0 + second
        toasts.tick()
        shown.append(texts(toasts))
    assert shown == [["error", "warning", "info"], ["error", "warning"], ["error"], []]


def test_one_that_repeats_is_counted_and_stays(toasts: Toasts, clock: Clock):
    toasts.say("no frame")
    clock.now += 3
    toasts.say("no frame")
    clock.now += 3
    toasts.tick()
    assert texts(toasts) == ["no frame"]
    assert [said.count for said in toasts.history] == [2]


def test_a_thousand_repeats_make_one_card(toasts: Toasts):
    for _ in range(1000):
        toasts.say("no frame", "warning")
    assert len(toasts.cards) == 1
    assert toasts.history[-1].count == 1000


def test_no_more_than_a_few_are_shown_and_all_are_kept(toasts: Toasts):
    for number in range(MOST + 3):
        toasts.say(f"notice {number}")
    assert len(toasts.cards) == MOST
    assert len(toasts.history) == MOST + 3


def test_the_cross_takes_one_away(toasts: Toasts, qtbot: QtBot):
    toasts.say("one")
    toasts.say("two")
    cross = toasts.cards[0].findChild(QToolButton)
    qtbot.mouseClick(cross, Qt.MouseButton.LeftButton)
    assert texts(toasts) == ["two"]


def test_notices_follow_the_corner_of_the_window(toasts: Toasts, window: QWidget):
    toasts.say("here")
    window.resize(500, 300)
    assert toasts.cards[0].geometry().right() < 500
    assert toasts.cards[0].geometry().bottom() < 300


def test_the_status_bar_is_never_covered(qtbot: QtBot, clock: Clock):
    window = QMainWindow()
    qtbot.addWidget(window)
    window.resize(600, 400)
    window.statusBar().showMessage("engine running")
    window.show()
    toasts = Toasts(window, clock=clock)
    toasts.say("here")
    assert toasts.cards[0].geometry().bottom() < window.statusBar().y()


def test_text_of_any_kind_is_shown_as_it_is(toasts: Toasts):
    for text in ("", "<b>bold</b>", "x" * 5000, "\n\n", "émoji 🎥"):
        toasts.say(text, "error")
    assert texts(toasts)[-1] == "émoji 🎥"


def test_the_history_lists_the_newest_first_and_goes_on(toasts: Toasts, qtbot: QtBot):
    toasts.say("old")
    past = PastNotices(toasts)
    qtbot.addWidget(past)
    toasts.say("new", "warning")
    toasts.say("new", "warning")
    lines = [past.listing.item(n).text() for n in range(past.listing.count())]
    assert [line.split("  ", 1)[1] for line in lines] == ["new  ×2", "old"]


def test_the_history_ends_with_its_widget(toasts: Toasts):
    past = PastNotices(toasts)
    delete(past)
    toasts.say("nobody lists this")
    assert "0 listening" in repr(toasts.changed)
