"""Prompts: pieces with weights, added, removed, moved, mixed, and any text whole."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.inspector.inspector import Inspector
from app.session import Session
from engine.values import Prompt
from tests.app.inspector.conftest import drag

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def field(inspector: Inspector):
    """A prompt of two pieces."""
    session = inspector.session
    two = Prompt((("hills", 0.7), ("neon", 0.3)))
    session.edit("Prompt", session.graph.set("words", text=two))
    session.break_merge()
    session.select(["words"])
    return inspector.row("text").field


def prompt(session: Session) -> Prompt:
    return session.graph.value("words", "text")


def test_letters_are_no_edit_until_control_enter(session: Session, field) -> None:
    text = field.pieces[0].text
    text.setFocus()
    text.selectAll()
    QTest.keyClicks(text, "a river")
    QTest.keyClick(text, Qt.Key.Key_Return)
    QTest.keyClicks(text, "of light")
    assert prompt(session).pieces[0] == ("hills", 0.7)
    QTest.keyClick(text, Qt.Key.Key_Return, CONTROL)
    assert prompt(session).pieces == (("a river\nof light", 0.7), ("neon", 0.3))


def test_leaving_a_piece_commits_it(session: Session, field) -> None:
    field.pieces[1].text.setFocus()
    field.pieces[1].text.setPlainText("embers")
    field.pieces[0].text.setFocus()
    assert prompt(session).pieces[1] == ("embers", 0.3)


FAMILY = "👩\u200d👧"
DIRECTIONS = ("שלום עולם", "مرحبا\u200f abc")


@pytest.mark.parametrize(
    "text", ["x" * 10_000, f"🎆{FAMILY}🇯🇵", *DIRECTIONS, "e\u0301", '{"a": 1} (b:1.2)']
)
def test_any_text_survives(session: Session, field, text: str) -> None:
    field.pieces[0].text.setFocus()
    field.pieces[0].text.setPlainText(text)
    QTest.keyClick(field.pieces[0].text, Qt.Key.Key_Return, CONTROL)
    assert prompt(session).pieces[0][0] == text
    assert field.pieces[0].text.toPlainText() == text


def test_a_weight_is_dragged_in_one_step(session: Session, field) -> None:
    before = len(session.history.labels)
    drag(field.pieces[0].weight, -60, moves=30)
    assert prompt(session).pieces[0][1] == pytest.approx(0.5, abs=0.01)
    assert len(session.history.labels) == before + 1


def test_a_weight_is_typed(session: Session, field) -> None:
    field.pieces[1].weight.type_into("*2")
    field.pieces[1].weight._enter("*2")
    assert prompt(session).pieces[1] == ("neon", 0.6)


def test_pieces_are_added_moved_and_removed(session: Session, field) -> None:
    left = Qt.MouseButton.LeftButton
    QTest.mouseClick(field.add, left)
    assert prompt(session).pieces == (("hills", 0.7), ("neon", 0.3), ("", 1.0))
    field.shift(1, -1)
    assert [text for text, _ in prompt(session).pieces] == ["neon", "hills", ""]
    field.remove(2)
    field.remove(0)
    assert prompt(session).pieces == (("hills", 0.7),)
    assert len(field.pieces) == 1


def test_how_pieces_are_mixed_is_chosen(session: Session, field) -> None:
    QTest.mouseClick(field.blend.buttons["slerp"], Qt.MouseButton.LeftButton)
    assert prompt(session).blend == "slerp"


def test_undo_brings_the_former_text_back_into_the_field(session: Session, field) -> None:
    field.set_text(0, "storm")
    session.undo()
    assert field.pieces[0].text.toPlainText() == "hills"


def test_an_edit_elsewhere_leaves_letters_that_are_being_typed(session: Session, field) -> None:
    text = field.pieces[0].text
    text.setFocus()
    text.setPlainText("half a wo")
    session.edit("Mix", session.graph.set("words", mix=0.9))
    assert text.toPlainText() == "half a wo"
