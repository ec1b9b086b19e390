"""Preset cards show real pictures, play under the pointer and can be used without a mouse."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.documents import presets
from app.theme import motion
from app.welcome import stills
from app.welcome.cards import Card, Cards, offers


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cards(qtbot: QtBot, clock: Clock) -> Iterator[Cards]:
    made = Cards(clock=clock)
    qtbot.addWidget(made)
    made.resize(700, 400)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    for _ in made.cards:
        made.tick()
    yield made
    motion.reduce(False)


def enter(card: Card) -> None:
    here = QPointF(5, 5)
    QApplication.sendEvent(card, QEnterEvent(here, here, here))


def test_every_preset_has_a_card_with_words():
    made = offers()
    assert {offer.name for offer in made} == set(presets())
    assert [offer.name for offer in made if not (offer.title and offer.about)] == []


def test_what_needs_a_camera_comes_last_and_says_so():
    made = offers()
    assert made[-1].name == "webcam_dream"
    assert [offer.camera for offer in made] == sorted(offer.camera for offer in made)


@pytest.mark.parametrize("name", presets())
def test_every_preset_has_sixteen_pictures_that_differ(name: str, qapp: QApplication):
    found = stills.moments(name)
    assert len(found) == stills.MOMENTS
    assert found[0].size() == stills.TILE
    assert found[0].toImage() != found[8].toImage()


def test_the_still_is_the_first_moment(qapp: QApplication):
    alone, first = stills.still("flow_smear"), stills.moments("flow_smear")[0]
    assert alone.size() == first.size()
    assert alone.toImage().pixelColor(9, 9) == first.toImage().pixelColor(9, 9)


def test_a_preset_without_pictures_has_none(qapp: QApplication):
    assert stills.moments("nothing") == []
    assert stills.still("nothing").isNull()


def test_frames_of_any_shape_are_cut_around_their_middle(qapp: QApplication):
    from PySide6.QtGui import QImage

    tall = QImage(64, 256, QImage.Format.Format_RGB32)
    tall.fill(Qt.GlobalColor.red)
    sheet = stills.laid_out([tall] * stills.LAST)
    assert sheet.pixelColor(0, 0) == sheet.pixelColor(1151, 647) == Qt.GlobalColor.red


def test_too_few_frames_leave_the_rest_black(qapp: QApplication):
    assert stills.laid_out([]).pixelColor(700, 300) == Qt.GlobalColor.black


def test_a_card_plays_under_the_pointer_and_rests_else(cards: Cards, clock: Clock):
    first, second = cards.cards[:2]
    pictures = [first.grab().toImage()]
    enter(first)
    rested = second.grab().toImage()
    clock.now = 4 / stills.RATE + 0.01
    cards.tick()
    pictures.append(first.grab().toImage())
    assert pictures[0] != pictures[1]
    assert second.grab().toImage() == rested


def test_nothing_plays_where_motion_is_reduced(cards: Cards, clock: Clock):
    motion.reduce(True)
    card = cards.cards[0]
    before = card.grab().toImage()
    enter(card)
    clock.now = 0.9
    cards.tick()
    assert card.grab().toImage().pixelColor(40, 40) == before.pixelColor(40, 40)


def test_a_click_chooses(cards: Cards, qtbot: QtBot):
    with qtbot.waitSignal(cards.chosen) as chosen:
        qtbot.mouseClick(cards.cards[2], Qt.MouseButton.LeftButton)
    assert chosen.args == [cards.cards[2].offer.name]


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Space])
def test_the_keyboard_chooses(cards: Cards, qtbot: QtBot, key: Qt.Key):
    cards.cards[1].setFocus()
    with qtbot.waitSignal(cards.chosen) as chosen:
        qtbot.keyClick(cards.cards[1], key)
    assert chosen.args == [cards.cards[1].offer.name]


def test_arrows_walk_the_rows(cards: Cards, qtbot: QtBot):
    cards.cards[0].setFocus()
    walked = []
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Left, Qt.Key.Key_Up):
        qtbot.keyClick(QApplication.focusWidget(), key)
        walked.append(cards.cards.index(QApplication.focusWidget()))
    columns = sum(card.y() == 0 for card in cards.cards)
    assert walked == [1, 1 + columns, 1, 0, 0]


def test_cards_take_as_many_columns_as_fit_and_never_overlap(cards: Cards):
    for width in (230, 500, 1400):
        cards.resize(width, 300)
        places = [card.geometry() for card in cards.cards]
        assert all(place.right() < width for place in places)
        assert not any(a.intersects(b) for n, a in enumerate(places) for b in places[:n])
        assert cards.height() > places[-1].bottom()
