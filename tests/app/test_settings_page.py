"""Settings and keys are changed by hand, hold at once, and follow changes from elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QKeySequence, QWheelEvent
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from app import settings
from app.actions import ACTIONS
from app.keymap import Keymap, Shortcuts
from app.panels.device_picker import DevicePicker
from app.panels.keymap_page import KeymapPage
from app.settings import Preferences, Settings
from app.settings_page import SettingsPage


@pytest.fixture
def preferences(tmp_path: Path) -> Preferences:
    return Preferences(tmp_path / "settings.json")


@pytest.fixture
def shortcuts(tmp_path: Path) -> Shortcuts:
    return Shortcuts(tmp_path / "keymap.json")


@pytest.fixture
def page(preferences: Preferences, shortcuts: Shortcuts, qtbot: QtBot) -> SettingsPage:
    made = SettingsPage(preferences, shortcuts)
    qtbot.addWidget(made)
    made.resize(900, 600)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


@pytest.fixture
def keys(page: SettingsPage) -> KeymapPage:
    page.show_page("Keys")
    return page.keys


def test_every_setting_has_an_editor_with_a_name(page: SettingsPage):
    assert set(page.editors) == set(settings.shown())
    assert [name for name, each in page.editors.items() if not each.accessibleName()] == []


def test_a_switch_holds_at_once(page: SettingsPage, preferences: Preferences, qtbot: QtBot):
    qtbot.mouseClick(page.editors["reduce_motion"], Qt.MouseButton.LeftButton, pos=QPoint(9, 11))
    assert preferences.value.reduce_motion


def test_a_choice_holds_at_once(page: SettingsPage, preferences: Preferences, qtbot: QtBot):
    qtbot.keyClick(page.editors["theme"], Qt.Key.Key_Down)
    assert preferences.value.theme == "light"


def test_a_number_is_typed_and_kept_within_its_limits(
    page: SettingsPage, preferences: Preferences, qtbot: QtBot
):
    page.show_page("Control")
    box = page.editors["osc_port"]
    box.selectAll()
    qtbot.keyClicks(box, "99999")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert 1024 <= preferences.value.osc_port <= 65535


def test_half_a_number_is_not_taken(page: SettingsPage, preferences: Preferences, qtbot: QtBot):
    page.show_page("Control")
    box = page.editors["osc_port"]
    box.selectAll()
    qtbot.keyClicks(box, "90")
    assert preferences.value == Settings()


def test_a_text_is_taken_when_it_is_finished(
    page: SettingsPage, preferences: Preferences, qtbot: QtBot
):
    page.show_page("Control")
    field = page.editors["osc_reply"]
    qtbot.keyClicks(field, "tablet:9000 ")
    assert preferences.value.osc_reply == ""
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert preferences.value.osc_reply == "tablet:9000"


def test_what_is_changed_elsewhere_is_shown(page: SettingsPage, preferences: Preferences):
    preferences.set(theme="high_contrast", scale=150, midi=False, osc_reply="a:1", fade=2.5)
    assert page.editors["theme"].currentData() == "high_contrast"
    assert page.editors["scale"].value() == 150
    assert not page.editors["midi"].isChecked()
    assert page.editors["osc_reply"].text() == "a:1"
    assert page.editors["fade"].value() == 2.5


def test_back_to_defaults_counts_for_one_page(
    page: SettingsPage, preferences: Preferences, qtbot: QtBot
):
    preferences.set(theme="light", osc_port=9000)
    button = next(b for b in page.findChildren(QPushButton) if b.isVisible())
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert (preferences.value.theme, preferences.value.osc_port) == ("dark", 9000)


def test_the_wheel_scrolls_and_changes_nothing_without_the_focus(
    page: SettingsPage, preferences: Preferences
):
    box = page.editors["scale"]
    here = QPointF(5, 5)
    turn = QWheelEvent(
        *(here, here, QPoint(0, 0), QPoint(0, 120), Qt.MouseButton.NoButton),
        *(Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False),
    )
    page.pages.setFocus()
    QApplication.sendEvent(box, turn)
    assert preferences.value.scale == 100


def test_escape_closes_it_where_it_is_a_window(page: SettingsPage, qtbot: QtBot):
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    assert page.isHidden()


def test_a_display_that_is_not_there_stays_chosen(
    preferences: Preferences, shortcuts: Shortcuts, qtbot: QtBot
):
    preferences.set(output_display="Projector 7")
    page = SettingsPage(preferences, shortcuts)
    qtbot.addWidget(page)
    assert page.editors["output_display"].currentText() == "Projector 7 (absent)"


def test_every_command_is_listed_with_its_keys(keys: KeymapPage):
    assert keys.listing.topLevelItemCount() == len(ACTIONS)
    keys.choose("graph.add")
    assert keys.listing.currentItem().text(2) == "Tab   Shift+A"


def test_a_key_that_is_pressed_is_assigned(keys: KeymapPage, shortcuts: Shortcuts, qtbot: QtBot):
    keys.choose("app.quit")
    qtbot.keyClick(keys.press, Qt.Key.Key_F6, Qt.KeyboardModifier.ControlModifier)
    qtbot.mouseClick(keys.assign, Qt.MouseButton.LeftButton)
    assert shortcuts.value.keys("app.quit") == ("Ctrl+F6",)
    assert keys.listing.currentItem().text(2) == "Ctrl+F6"


def test_a_key_that_is_taken_says_whose_and_changes_hands(
    keys: KeymapPage, shortcuts: Shortcuts, qtbot: QtBot
):
    keys.choose("graph.note")
    keys.press.setKeySequence(QKeySequence("D"))
    assert "now the key of Bypass" in keys._whose.text()
    qtbot.mouseClick(keys.assign, Qt.MouseButton.LeftButton)
    assert shortcuts.value.keys("graph.note") == ("D",)
    assert shortcuts.value.keys("graph.bypass") == ("M",)
    assert shortcuts.value.conflicts() == []


def test_the_presets_key_comes_back_without_a_conflict(
    keys: KeymapPage, shortcuts: Shortcuts, qtbot: QtBot
):
    shortcuts.put(Keymap().with_keys("graph.bypass", []).with_keys("graph.note", ["D"]))
    keys.choose("graph.bypass")
    qtbot.mouseClick(keys.reset, Qt.MouseButton.LeftButton)
    assert shortcuts.value.keys("graph.bypass") == ("D", "M")
    assert shortcuts.value.conflicts() == []


def test_keys_can_be_removed(keys: KeymapPage, shortcuts: Shortcuts, qtbot: QtBot):
    keys.choose("file.save")
    qtbot.mouseClick(keys.clear, Qt.MouseButton.LeftButton)
    assert shortcuts.value.keys("file.save") == ()
    assert not keys.clear.isEnabled()


def test_another_preset_is_taken_whole(keys: KeymapPage, shortcuts: Shortcuts):
    keys.preset.setCurrentIndex(keys.preset.findData("blender"))
    keys.preset.activated.emit(keys.preset.currentIndex())
    assert shortcuts.value == Keymap("blender")


def test_commands_are_found_by_name_and_by_key(keys: KeymapPage, qtbot: QtBot):
    for query, wanted in (("blackout held", "perform.blackout"), ("f12", "record.screenshot")):
        keys.search.setText(query)
        items = [keys.listing.topLevelItem(n) for n in range(len(ACTIONS))]
        shown = [item.data(0, Qt.ItemDataRole.UserRole) for item in items if not item.isHidden()]
        assert shown == [wanted]


def test_it_stops_listening_when_it_goes(
    preferences: Preferences, shortcuts: Shortcuts, qapp: object
):
    delete(SettingsPage(preferences, shortcuts))
    assert "0 listening" in repr(preferences.changed)
    assert "0 listening" in repr(shortcuts.changed)


def test_sound_inputs_are_looked_up_when_the_list_opens(qtbot: QtBot):
    there, chosen = ["Mixer"], []
    picker = DevicePicker("The system's own", "Booth", lambda: there, slow=True)
    qtbot.addWidget(picker)
    picker.chosen.connect(chosen.append)
    assert picker.currentText() == "Booth"
    picker.showPopup()
    assert [picker.itemText(at) for at in range(3)] == [
        "The system's own",
        "Mixer",
        "Booth (absent)",
    ]
    qtbot.keyClick(picker.view(), Qt.Key.Key_Up)
    qtbot.keyClick(picker.view(), Qt.Key.Key_Return)
    assert chosen == ["Mixer"]
