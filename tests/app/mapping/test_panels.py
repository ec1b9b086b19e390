"""The list of OSC addresses and the dots of the status bar."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.mapping.activity import ActivityDots
from app.mapping.addresses import EXAMPLE, AddressPanel
from tests.app.mapping.conftest import Desk


@pytest.fixture
def panel(desk: Desk, qtbot: QtBot) -> AddressPanel:
    made = AddressPanel(desk.session, desk.rig)
    qtbot.addWidget(made)
    made.resize(620, 400)
    made.show()
    return made


def test_every_address_is_listed_and_found(panel: AddressPanel, desk: Desk) -> None:
    assert panel.model.rowCount() == len(desk.rig.router.addresses)
    QTest.keyClicks(panel.search, "blur rad")
    assert [row.path for row in panel.model.rows] == ["/blur/radius"]


def test_a_click_copies_the_address_or_the_example(panel: AddressPanel, desk: Desk) -> None:
    QTest.keyClicks(panel.search, "blur rad")
    for column, text in ((0, "/blur/radius"), (EXAMPLE, panel.model.rows[0].example)):
        rect = panel.table.visualRect(panel.model.index(0, column))
        QTest.mouseClick(
            panel.table.viewport(),
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
            rect.center(),
        )
        assert QGuiApplication.clipboard().text() == text
        assert desk.said[-1] == f"copied {text}"


def test_the_list_follows_the_document(panel: AddressPanel, desk: Desk) -> None:
    desk.session.edit("Rename", desk.session.document.rename("blur", "haze"))
    panel.tick()
    assert "/haze/radius" in {row.path for row in panel.model.rows}


def test_the_page_is_saved_as_its_name_ends(
    panel: AddressPanel, desk: Desk, tmp_path: Path
) -> None:
    panel.save(tmp_path / "osc.md")
    panel.save(tmp_path / "osc.html")
    assert "`/blur/radius`" in (tmp_path / "osc.md").read_text()
    assert "<code>/blur/radius</code>" in (tmp_path / "osc.html").read_text()
    panel.save(tmp_path / "no folder" / "osc.md")
    assert "cannot be written" in desk.said[-1]


def test_dots_tell_what_is_open_and_what_arrives(desk: Desk, qtbot: QtBot) -> None:
    dots = ActivityDots(desk.rig)
    qtbot.addWidget(dots)
    assert [dots.state(kind) for kind in ("midi", "osc", "audio", "key")] == [
        *("open", "off", "off", "off")
    ]
    desk.turn(5)
    dots.tick()
    assert dots.state("midi") == "lit"
    assert "MIDI: nanoKONTROL2" in dots.toolTip()
    assert not dots.grab().isNull()
