"""The left dock: finding, adding, dragging and starring node types, opening presets."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.palette.listing import MIME
from app.palette.usage import Usage
from app.panels.library import Library
from app.session import Session


@pytest.fixture
def library(qtbot, session: Session, tmp_path: Path) -> Library:
    made = Library(session, Usage(tmp_path / "palette.json"))
    qtbot.addWidget(made)
    made.resize(260, 600)
    made.show()
    return made


@pytest.fixture
def added(library: Library) -> list[str]:
    found: list[str] = []
    library.add_asked.connect(lambda offer: found.append(offer.id))
    return found


def test_a_double_click_adds(library: Library, added: list[str]):
    library.search.setText("camera")
    rect = library.nodes.visualItemRect(library.nodes.topLevelItem(0))
    QTest.mouseClick(library.nodes.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    QTest.mouseDClick(library.nodes.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert added == ["sources.camera"]


def test_search_arrows_and_enter_add(library: Library, added: list[str]):
    QTest.keyClicks(library.search, "mask")
    QTest.keyClick(library.search, Qt.Key.Key_Down)
    QTest.keyClick(library.search, Qt.Key.Key_Return)
    assert len(added) == 1


def test_a_dragged_row_carries_the_id_of_its_node_type(library: Library):
    library.search.setText("camera")
    data = library.nodes.mimeData([library.nodes.topLevelItem(0)])
    assert bytes(data.data(MIME).data()) == b"sources.camera"


def test_a_favourite_has_a_section_of_its_own_and_is_kept(library: Library, tmp_path: Path):
    library.search.setText("camera")
    library.star(library.nodes.offer(), True)
    library.search.clear()
    assert library.nodes.topLevelItem(0).text(0) == "Favourites  1"
    assert Usage(tmp_path / "palette.json").favourites == ["sources.camera"]


def test_a_preset_is_opened_by_its_name(library: Library):
    asked: list[str] = []
    library.open_asked.connect(asked.append)
    library.commands()["panel.presets"]()
    library.presets.setCurrentRow(0)
    library.presets.itemActivated.emit(library.presets.currentItem())
    assert asked == ["beat_strobe"]
    assert library.presets.item(0).text() == "Beat strobe"
    assert "beat" in library.presets.item(0).toolTip()
