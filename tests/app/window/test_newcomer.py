"""A newcomer's way, by mouse and keyboard alone: from the start to a cue that is performed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLineEdit

from tests.app.shows import waits_for

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from app.session import Session
    from app.window.main_window import MainWindow

LEFT = Qt.MouseButton.LeftButton
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def on_canvas(window: MainWindow, key: str) -> QPoint:
    """Where the title of a node is, in the pixels of the canvas."""
    item = window.parts.canvas.canvas.node(key)
    assert item is not None
    at = item.sceneBoundingRect().topLeft()
    return window.parts.canvas.mapFromScene(at.x() + 40, at.y() + 12)


def press(qtbot: QtBot, key: Qt.Key, modifier: Qt.KeyboardModifier | None = None) -> None:
    """A key, to whatever has the keyboard."""
    popup = QApplication.activePopupWidget()
    target = popup.focusWidget() or popup if popup else QApplication.focusWidget()
    assert target is not None
    qtbot.keyClick(target, key, modifier or Qt.KeyboardModifier.NoModifier)
    QApplication.processEvents()


def test_from_a_moving_picture_to_a_performed_cue(
    window: MainWindow, session: Session, qtbot: QtBot
) -> None:
    canvas = window.parts.canvas
    session.start()
    assert waits_for(session.picture)
    canvas.setFocus()
    press(qtbot, Qt.Key.Key_Home)

    # a node is found by a few letters and lands behind the selected one
    qtbot.mouseClick(canvas.viewport(), LEFT, pos=on_canvas(window, "blur"))
    assert session.selection == ("blur",)
    press(qtbot, Qt.Key.Key_Tab)
    popup = QApplication.activePopupWidget()
    assert popup is not None
    search = popup.findChild(QLineEdit)
    assert search is not None
    qtbot.keyClicks(search, "edg")
    press(qtbot, Qt.Key.Key_Return)
    assert session.graph.nodes["edges"].type == "compose.edges"
    assert any(link.target_key == "edges" for link in session.graph.links)

    # undo, and it is gone; redo, and it is back; the picture ran on
    before = session.picture()
    press(qtbot, Qt.Key.Key_Z, CONTROL)
    assert "edges" not in session.graph.nodes
    press(qtbot, Qt.Key.Key_Z, CONTROL | SHIFT)
    assert "edges" in session.graph.nodes
    assert before is not None
    assert waits_for(lambda: (session.picture() or before).serial > before.serial)

    # a parameter is typed in the inspector
    qtbot.mouseClick(canvas.viewport(), LEFT, pos=on_canvas(window, "blur"))
    assert session.selection == ("blur",)
    row = window.parts.inspector.row("radius")
    row.field.setFocus()
    press(qtbot, Qt.Key.Key_Return)
    qtbot.keyClicks(QApplication.focusWidget(), "4*3")
    press(qtbot, Qt.Key.Key_Return)
    assert session.graph.value("blur", "radius") == 12.0

    # a snapshot of it is kept, the parameter moves on, and the stage view brings it back
    press(qtbot, Qt.Key.Key_F1)
    assert window.workspaces.name == "perform"
    press(qtbot, Qt.Key.Key_1, CONTROL | SHIFT)
    session.set("blur", "radius", 2.0)
    assert session.value("blur", "radius") == 2.0
    press(qtbot, Qt.Key.Key_1, SHIFT)

    def ticked() -> bool:
        window.tick()
        return session.value("blur", "radius") == 12.0

    assert waits_for(ticked)
    press(qtbot, Qt.Key.Key_F1)
    assert window.workspaces.name == "edit"
