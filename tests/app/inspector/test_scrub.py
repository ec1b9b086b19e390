"""The number field under mouse, wheel and keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.inspector.entry import Entry
from app.inspector.inspector import Inspector
from app.session import Session
from tests.app.inspector.conftest import drag, turn

NONE = Qt.KeyboardModifier.NoModifier
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def field(inspector: Inspector):
    """The radius of the blur: 4, slider to 40, limit 512."""
    return inspector.row("radius").field


def radius(session: Session) -> float:
    return session.graph.value("blur", "radius")


def entry(field) -> Entry:
    return field.findChild(Entry)


def test_a_drag_of_200_moves_is_one_step(session: Session, field) -> None:
    before = len(session.history.labels)
    drag(field, 90, moves=200)
    assert radius(session) == pytest.approx(16, abs=0.3)
    assert len(session.history.labels) == before + 1
    session.undo()
    assert radius(session) == 4.0
    assert field.number == 4.0


def test_two_drags_are_two_steps(session: Session, field) -> None:
    before = len(session.history.labels)
    drag(field, 30)
    drag(field, 30)
    assert len(session.history.labels) == before + 2


def test_shift_drags_a_tenth_as_far(session: Session, field) -> None:
    drag(field, 30, SHIFT)
    assert radius(session) == pytest.approx(4.4)


def test_control_snaps_to_steps(session: Session, field) -> None:
    drag(field, 40, CONTROL)
    assert radius(session) == 10


def test_a_drag_stops_at_the_end_of_the_slider(session: Session, field) -> None:
    drag(field, 900, moves=3)
    assert radius(session) == 40
    drag(field, -900, moves=3)
    assert radius(session) == 0


def test_a_click_that_drifts_changes_nothing(session: Session, field) -> None:
    before = session.document
    drag(field, 2)
    assert session.document is before


def test_escape_takes_a_drag_back(session: Session, field) -> None:
    before = len(session.history.labels)
    field.setFocus()
    drag(field, 60, moves=5, let_go=False)
    assert radius(session) == 12
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert radius(session) == 4.0
    assert len(session.history.labels) == before


def test_a_third_is_typed_as_a_sum(session: Session, field) -> None:
    QTest.mouseDClick(field, Qt.MouseButton.LeftButton)
    QTest.keyClicks(entry(field), "1/3")
    QTest.keyClick(entry(field), Qt.Key.Key_Return)
    assert radius(session) == pytest.approx(1 / 3)
    assert field.text() == "0.33"


def test_typing_begins_with_a_digit_and_goes_beyond_the_slider(session: Session, field) -> None:
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_2)
    QTest.keyClicks(entry(field), "00")
    QTest.keyClick(entry(field), Qt.Key.Key_Return)
    assert radius(session) == 200


def test_what_is_typed_beyond_the_limit_is_clamped_and_said(session: Session, field, said) -> None:
    field.type_into("9000")
    QTest.keyClick(entry(field), Qt.Key.Key_Return)
    assert radius(session) == 512
    assert "0 to 512" in said[0]


@pytest.mark.parametrize("text", ["abc", "1/0", "9**9**9", "NaN", "1" * 1_000_000])
def test_bad_text_stays_open_with_a_sentence(session: Session, field, said, text: str) -> None:
    before = session.document
    field.type_into("x")
    entry(field).setText(text)
    QTest.keyClick(entry(field), Qt.Key.Key_Return)
    assert session.document is before
    assert len(said) == 1
    assert entry(field) is not None


def test_escape_leaves_the_value(session: Session, field) -> None:
    before = session.document
    field.type_into("77")
    QTest.keyClick(entry(field), Qt.Key.Key_Escape)
    assert session.document is before
    assert field.text() == "4.00"


def test_tab_takes_the_number_and_types_in_the_next_field(inspector: Inspector) -> None:
    inspector.session.select(["grade"])
    first, second = inspector.rows[0].field, inspector.rows[1].field
    first.type_into("1")
    QTest.keyClick(entry(first), Qt.Key.Key_Tab)
    assert inspector.session.graph.value("grade", "exposure") == 1.0
    assert entry(second) is not None


def test_the_wheel_needs_control(session: Session, field) -> None:
    assert not turn(field, 1, NONE).isAccepted()
    assert radius(session) == 4.0
    assert turn(field, 1, CONTROL).isAccepted()
    assert radius(session) == 6.0


def test_arrow_keys_step(session: Session, field) -> None:
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_Up)
    assert radius(session) == 6.0
    QTest.keyClick(field, Qt.Key.Key_Left, SHIFT)
    assert radius(session) == pytest.approx(5.8)
    QTest.keyClick(field, Qt.Key.Key_Home)
    assert radius(session) == 0.0


def test_backspace_resets(session: Session, field) -> None:
    drag(field, 90)
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_Backspace)
    assert radius(session) == 4.0


def test_a_screen_reader_hears_name_role_and_value(field) -> None:
    heard = QAccessible.queryAccessibleInterface(field)
    assert heard.role() == QAccessible.Role.Slider
    assert heard.text(QAccessible.Text.Name) == "Radius"
    assert heard.text(QAccessible.Text.Description) == "4.00 px"


def test_selecting_another_node_while_typing_keeps_what_was_typed(inspector: Inspector) -> None:
    field = inspector.row("radius").field
    field.type_into("7")
    inspector.session.select(["grade"])
    QApplication.processEvents()
    assert inspector.session.graph.value("blur", "radius") == 7.0
