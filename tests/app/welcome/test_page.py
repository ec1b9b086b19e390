"""The welcome page tells what was chosen, greys what is gone, and offers what a crash left."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from app.autosave import Leftover
from app.settings import Preferences
from app.welcome.page import WelcomePage
from engine.journal import Snapshot


@pytest.fixture
def preferences(tmp_path: Path) -> Preferences:
    return Preferences(tmp_path / "settings.json")


@pytest.fixture
def page(preferences: Preferences, qtbot: QtBot) -> WelcomePage:
    made = WelcomePage(preferences)
    qtbot.addWidget(made)
    made.resize(1200, 800)
    made.show()
    return made


@pytest.fixture
def leftover(tmp_path: Path) -> Leftover:
    picture = tmp_path / "last.jpg"
    image = QImage(320, 180, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.blue)
    image.save(str(picture))
    snapshot = Snapshot("{}", "/shows/night.json", "Strength", 1_800_000_000.0)
    return Leftover(snapshot, picture, tmp_path / "journal")


def button(page: QWidget, text: str) -> QPushButton:
    return next(each for each in page.findChildren(QPushButton) if each.text() == text)


def click(qtbot: QtBot, page: QWidget, text: str) -> None:
    qtbot.mouseClick(button(page, text), Qt.MouseButton.LeftButton)


def test_one_click_starts_with_the_webcam(page: WelcomePage, qtbot: QtBot):
    with qtbot.waitSignal(page.preset_chosen) as chosen:
        click(qtbot, page, "Start with the webcam")
    assert chosen.args == ["webcam_dream"]


@pytest.mark.parametrize(("text", "signal"), [("New graph", "new"), ("Open…", "open")])
def test_new_and_open_are_told(page: WelcomePage, qtbot: QtBot, text: str, signal: str):
    with qtbot.waitSignal(getattr(page, f"{signal}_chosen")):
        click(qtbot, page, text)


def test_a_card_is_told_as_its_preset(page: WelcomePage, qtbot: QtBot):
    with qtbot.waitSignal(page.preset_chosen) as chosen:
        qtbot.mouseClick(page.cards.cards[0], Qt.MouseButton.LeftButton)
    assert chosen.args == ["beat_strobe"]


def test_recent_files_open_and_those_that_are_gone_are_greyed(
    page: WelcomePage, preferences: Preferences, tmp_path: Path, qtbot: QtBot
):
    there = tmp_path / "night.json"
    there.write_text("{}")
    gone = preferences.value.with_recent(tmp_path / "gone.json")
    preferences.put(gone.with_recent(there))
    assert [b.isEnabled() for b in page.recent] == [True, False]
    assert "is not there any more" in page.recent[1].toolTip()
    with qtbot.waitSignal(page.file_chosen) as chosen:
        qtbot.mouseClick(page.recent[0], Qt.MouseButton.LeftButton)
    assert chosen.args == [there]


def test_long_names_of_files_do_not_widen_the_page(
    page: WelcomePage, preferences: Preferences, tmp_path: Path
):
    preferences.put(preferences.value.with_recent(tmp_path / f"{'a very long name ' * 9}.json"))
    assert page.recent[0].width() < 260


def test_without_a_crash_nothing_is_offered(page: WelcomePage):
    assert page.recovery is None


def test_what_a_crash_left_is_offered_with_its_picture(
    preferences: Preferences, leftover: Leftover, qtbot: QtBot
):
    page = WelcomePage(preferences, leftover)
    qtbot.addWidget(page)
    page.show()
    said = [label.text() for label in page.recovery.findChildren(QLabel)]
    pictures = [each for each in page.recovery.findChildren(QLabel) if not each.pixmap().isNull()]
    assert any("night.json" in text and "“Strength”" in text for text in said)
    assert len(pictures) == 1
    with qtbot.waitSignal(page.recover_chosen) as chosen:
        click(qtbot, page, "Restore")
    assert chosen.args == [leftover]


def test_what_is_discarded_is_offered_no_more(
    preferences: Preferences, leftover: Leftover, qtbot: QtBot
):
    page = WelcomePage(preferences, leftover)
    qtbot.addWidget(page)
    page.show()
    with qtbot.waitSignal(page.discard_chosen):
        click(qtbot, page, "Discard")
    assert page.recovery.isHidden()


@pytest.mark.parametrize("picture", [None, Path("no") / "where.jpg"])
def test_a_leftover_without_a_picture_is_offered_all_the_same(
    preferences: Preferences, leftover: Leftover, qtbot: QtBot, picture: Path | None
):
    bare = Leftover(Snapshot("{}", "", "", 0.0), picture, leftover.journal)
    page = WelcomePage(preferences, bare)
    qtbot.addWidget(page)
    assert button(page, "Restore")


def test_pictures_are_read_one_a_tick_and_only_where_they_are_seen(page: WelcomePage, qtbot: QtBot):
    page.hide()
    page.tick()
    dark = page.cards.cards[0].grab().toImage()
    page.show()
    page.tick()
    assert page.cards.cards[0].grab().toImage() != dark


def test_everything_can_be_reached_by_tab(page: WelcomePage, qtbot: QtBot):
    reached, widget = set(), page.nextInFocusChain()
    while widget is not page:
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisibleTo(page):
            reached.add(widget.accessibleName() or getattr(widget, "text", str)())
        widget = widget.nextInFocusChain()
    assert {"Start with the webcam", "New graph", "Open…", "Beat strobe"} <= reached


def test_it_stops_listening_when_it_goes(preferences: Preferences, qapp: object):
    page = WelcomePage(preferences)
    delete(page)
    preferences.set(theme="light")
    assert "0 listening" in repr(preferences.changed)
