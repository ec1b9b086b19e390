"""The output's strip: switches that a real output follows, keys of its window that show here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.actions import ACTIONS
from app.monitor.strip import OutputStrip
from app.output.link import Output
from app.session import Session
from app.settings import Preferences
from tests.app.shows import waits_for

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def preferences(tmp_path: Path) -> Preferences:
    return Preferences(tmp_path / "settings.json")


@pytest.fixture
def output(tmp_path: Path) -> Iterator[Output]:
    made = Output(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def strip(session: Session, output: Output, preferences: Preferences, qtbot: QtBot) -> OutputStrip:
    preferences.set(output_display="Beamer", output_fit="fill", fade=2.0)
    made = OutputStrip(session, output, preferences)
    qtbot.addWidget(made)
    made.show()
    return made


def test_the_strip_steers_a_real_output(
    strip: OutputStrip, output: Output, session: Session, qtbot: QtBot
) -> None:
    heard = []
    session.said.listen(lambda text, _: heard.append(text))
    qtbot.mouseClick(strip.power, LEFT)
    assert output.is_on
    assert waits_for(lambda: output.status.alive)
    for button in (strip.freeze, strip.safe, strip.pattern, strip.identify, strip.blackout):
        qtbot.mouseClick(button, LEFT)
        assert button.isChecked()
    assert waits_for(lambda: (strip.tick(), any("'Beamer' is not there" in h for h in heard))[1])
    assert strip.display.count() >= 3  # the second display, what there is, what is missing
    assert strip.state.text().startswith("Black")
    qtbot.mouseClick(strip.power, LEFT)
    assert not output.is_on
    assert strip.state.text() == "Off"


def test_what_is_ordered_before_holds_when_the_output_opens(
    strip: OutputStrip, output: Output
) -> None:
    assert (output.orders.fit, output.orders.display) == ("fill", "Beamer")
    assert strip.fit.currentText() == "Fill"


def test_the_rig_is_remembered(strip: OutputStrip, preferences: Preferences) -> None:
    strip.fit.setCurrentIndex(3)
    strip.fit.activated.emit(3)
    assert preferences.value.output_fit == "actual"
    strip.display.activated.emit(0)
    assert preferences.value.output_display == ""


def test_a_setting_changed_elsewhere_reaches_the_output(
    strip: OutputStrip, output: Output, preferences: Preferences
) -> None:
    preferences.set(output_fit="stretch")
    assert output.orders.fit == "stretch"
    assert strip.fit.currentText() == "Stretch"


def test_fade_takes_the_chosen_time_and_black_none(
    strip: OutputStrip, output: Output, qtbot: QtBot
) -> None:
    qtbot.mouseClick(strip.fade, LEFT)
    assert (output.orders.blackout, output.orders.fade) == (True, 2.0)
    qtbot.mouseClick(strip.blackout, LEFT)
    assert (output.orders.blackout, output.orders.fade) == (False, 0.0)


def test_health_is_laid_over_the_picture(strip: OutputStrip, output: Output) -> None:
    strip.toggle_health()
    assert output.orders.hud == "the engine is stopped"
    strip.toggle_health()
    assert output.orders.hud == ""


def test_every_command_is_in_the_table_and_every_control_has_a_name(strip: OutputStrip) -> None:
    assert set(strip.commands()) | set(strip.states()) <= {action.id for action in ACTIONS}
    controls = (strip.power, strip.display, strip.fit, strip.fullscreen, strip.freeze, strip.fade)
    assert all(one.accessibleName() and one.toolTip() for one in controls)


def test_a_narrow_strip_has_two_lines_and_a_wide_one(strip: OutputStrip) -> None:
    pane = QWidget()  # a strip is never a window, whose size the screen may limit
    strip.setParent(pane)
    strip.show()
    pane.show()
    room = strip.sizeHint().width() + strip.minimumSizeHint().width()
    strip.resize(2 * room, 40)
    assert strip._box.direction() == QBoxLayout.Direction.LeftToRight
    strip.resize(strip.minimumSizeHint())
    assert strip._box.direction() == QBoxLayout.Direction.TopToBottom
    assert strip.width() < 520
    strip.setParent(None)  # qtbot ends it
