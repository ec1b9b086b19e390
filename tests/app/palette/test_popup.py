"""The palette at the cursor, by mouse and keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.palette.offers import End
from app.palette.popup import Choice, Palette
from app.palette.usage import Usage
from app.program import registry
from engine.spec import Port
from engine.values import Flow, Frame

AT = QPoint(60, 60)


@pytest.fixture(scope="module")
def types():
    return registry()


@pytest.fixture
def usage() -> Usage:
    return Usage()


@pytest.fixture
def palette(qtbot, types, usage: Usage) -> Palette:
    made = Palette(types, usage)
    qtbot.addWidget(made)
    return made


@pytest.fixture
def chosen(palette: Palette) -> list[Choice]:
    found: list[Choice] = []
    palette.chosen.connect(found.append)
    return found


@pytest.fixture
def left(palette: Palette) -> list[bool]:
    found: list[bool] = []
    palette.left.connect(lambda: found.append(True))
    return found


def titles(palette: Palette) -> list[str]:
    tree = palette.listing
    return [tree.topLevelItem(at).text(0) for at in range(tree.topLevelItemCount())]


def test_typing_and_enter_choose_the_best(palette: Palette, chosen: list[Choice]):
    palette.ask(AT)
    QTest.keyClicks(palette.search, "webcam")
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert [(choice.offer.id, choice.wiring) for choice in chosen] == [("sources.camera", "auto")]
    assert palette.isHidden()


def test_arrows_go_to_the_next_and_round(palette: Palette, chosen: list[Choice]):
    palette.ask(AT)
    QTest.keyClicks(palette.search, "mask")
    QTest.keyClick(palette.search, Qt.Key.Key_Down)
    second = palette.listing.offer()
    QTest.keyClick(palette.search, Qt.Key.Key_Up)
    QTest.keyClick(palette.search, Qt.Key.Key_Up)
    assert palette.listing.currentItem() is palette.listing.topLevelItem(len(titles(palette)) - 1)
    QTest.keyClick(palette.search, Qt.Key.Key_Down)
    QTest.keyClick(palette.search, Qt.Key.Key_Down)
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert chosen[0].offer == second


@pytest.mark.parametrize(
    ("modifier", "wiring"),
    [(Qt.KeyboardModifier.ShiftModifier, "force"), (Qt.KeyboardModifier.AltModifier, "never")],
)
def test_modifiers_force_or_forbid_the_link(
    palette: Palette, chosen: list[Choice], modifier: Qt.KeyboardModifier, wiring: str
):
    palette.ask(AT)
    QTest.keyClicks(palette.search, "blur")
    QTest.keyClick(palette.search, Qt.Key.Key_Return, modifier)
    assert chosen[0].wiring == wiring


def test_an_empty_query_shows_recent_ones_then_categories(palette: Palette, usage: Usage):
    usage.placed("compose.blur")
    palette.ask(AT)
    assert [title.split()[0] for title in titles(palette)][:3] == ["Recent", "Sources", "Generate"]
    assert palette.listing.offer().id == "compose.blur"


def test_arrows_open_and_close_a_category(palette: Palette):
    palette.ask(AT)
    QTest.keyClick(palette.search, Qt.Key.Key_Right)
    QTest.keyClick(palette.search, Qt.Key.Key_Down)
    assert palette.listing.offer().category == "sources"
    QTest.keyClick(palette.search, Qt.Key.Key_Left)
    assert palette.listing.offer() is None
    assert not palette.listing.is_open()


def test_enter_on_a_category_opens_it_and_chooses_nothing(palette: Palette, chosen: list[Choice]):
    palette.ask(AT)
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert palette.listing.is_open()
    assert chosen == []


def test_a_loose_end_keeps_only_what_fits_it(palette: Palette):
    palette.ask(AT, end=End("warp", Port("flow", Flow), is_output=False))
    assert titles(palette) == ["Optical flow", "World"]
    QTest.keyClicks(palette.search, "blur")
    assert titles(palette) == []


def test_what_fits_an_end_comes_in_the_order_that_is_given(palette: Palette):
    end = End("camera", Port("out", Frame), is_output=True)
    palette.ask(AT, end=end, order=["motion.warp", "compose.blur"])
    assert titles(palette)[:2] == ["Warp", "Blur"]


def test_what_was_linked_often_is_found_first(palette: Palette, usage: Usage):
    for _ in range(3):
        usage.linked("sources.camera", "compose.crossfade")
    palette.ask(AT, neighbour="sources.camera")
    QTest.keyClicks(palette.search, "mix")
    assert titles(palette)[0] == "Crossfade"


def test_esc_leaves_and_chooses_nothing(palette: Palette, chosen: list[Choice], left: list[bool]):
    palette.ask(AT)
    QTest.keyClick(palette.search, Qt.Key.Key_Escape)
    assert (chosen, left, palette.isHidden()) == ([], [True], True)


def test_a_click_chooses(palette: Palette, chosen: list[Choice], left: list[bool]):
    palette.ask(AT)
    QTest.keyClicks(palette.search, "lfo")
    rect = palette.listing.visualItemRect(palette.listing.topLevelItem(0))
    QTest.mouseClick(palette.listing.viewport(), _LEFT, pos=rect.center())
    assert [choice.offer.id for choice in chosen] == ["control.lfo"]
    assert left == []


def test_enter_where_nothing_was_found_does_nothing(palette: Palette, chosen: list[Choice]):
    palette.ask(AT)
    QTest.keyClicks(palette.search, "qqqq")
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert (chosen, palette.isVisible()) == ([], True)


_LEFT = Qt.MouseButton.LeftButton
