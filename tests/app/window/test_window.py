"""The main window: every command is there, workspaces come back, edits are safe, files are kept."""

from __future__ import annotations

import signal
from argparse import Namespace
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton

from app.actions import ACTIONS
from app.settings import Preferences
from app.window import studio
from app.window.studio import _ends_on_signals
from engine.journal import Snapshot
from tests.app.shows import waits_for

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.session import Session
    from app.window.main_window import MainWindow


def test_every_command_of_the_table_is_done_by_somebody(window: MainWindow) -> None:
    assert {action.id for action in ACTIONS} - window.commands.ids() == set()


def test_every_command_with_a_menu_stands_in_it(window: MainWindow) -> None:
    shown = {action for menu in window.menus.values() for action in menu.actions()}
    for action in ACTIONS:
        assert not action.menu or window.commands.actions[action.id] in shown


def test_it_fits_a_small_laptop(window: MainWindow) -> None:
    for name in ("edit", "perform", "map", "tune"):
        window.workspaces.go(name)
        assert window.minimumSizeHint().width() <= 1280
        assert window.minimumSizeHint().height() <= 800


def test_every_menu_is_seen_on_a_small_laptop(window: MainWindow) -> None:
    window.resize(1280, 800)
    QApplication.processEvents()
    bar = window.menuBar()
    for action in bar.actions():
        assert 0 < bar.actionGeometry(action).right() < window.header.x(), action.text()


def test_at_first_the_canvas_has_most_of_the_window(window: MainWindow) -> None:
    QApplication.processEvents()
    assert window.center.width() > 0.45 * window.width()
    assert window.center.height() > 0.65 * window.height()


def test_workspaces_come_back_as_they_were_left(window: MainWindow) -> None:
    window.docks.docks["inspector"].hide()
    window.workspaces.go("perform")
    assert not any(dock.isVisible() for dock in window.docks.docks.values())
    window.workspaces.go("edit")
    assert not window.docks.docks["inspector"].isVisible()
    assert window.docks.docks["nodes"].isVisible()


def test_the_canvas_alone_and_back(window: MainWindow) -> None:
    before = {name for name, dock in window.docks.docks.items() if dock.isVisible()}
    window.commands.run("canvas.maximize")
    assert window.docks.are_hidden
    window.commands.run("canvas.maximize")
    assert {name for name, dock in window.docks.docks.items() if dock.isVisible()} == before


def test_locked_nothing_is_edited_and_all_is_played(window: MainWindow, session: Session) -> None:
    window.commands.run("edit.lock")
    before = session.document
    session.edit("Soften", session.graph.set("blur", radius=9.0))
    assert session.document is before
    session.set("blur", "radius", 9.0)
    assert session.value("blur", "radius") == 9.0
    window.commands.run("edit.lock")
    session.edit("Soften", session.graph.set("blur", radius=9.0))
    assert session.document is not before


def test_letters_are_text_where_text_is_typed(
    window: MainWindow, session: Session, qtbot: QtBot
) -> None:
    window.parts.library.search.setFocus()
    session.select(["blur"])
    qtbot.keyClicks(QApplication.focusWidget(), "dm")
    assert window.parts.library.search.text() == "dm"
    assert session.graph.nodes["blur"].flags == frozenset()


def test_a_letter_on_the_canvas_is_a_command(
    window: MainWindow, session: Session, qtbot: QtBot
) -> None:
    window.parts.canvas.setFocus()
    session.select(["blur"])
    qtbot.keyClick(window.parts.canvas, Qt.Key.Key_D)
    assert session.graph.nodes["blur"].flags == {"bypass"}


def test_what_is_said_is_toasted_and_logged(window: MainWindow, session: Session) -> None:
    session.said.tell("the camera went away", "warning")
    assert window.parts.toasts.history[-1].text == "the camera went away"
    assert window.parts.log.counts()["warning"] == 1


def test_a_theme_is_put_on_at_once(window: MainWindow) -> None:
    window.commands.run("theme.light")
    assert window.preferences.value.theme == "light"
    assert window.commands.actions["theme.light"].isChecked()
    window.commands.run("theme.dark")


def test_saving_without_a_file_asks_for_one_and_the_file_opens_again(
    window: MainWindow, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "kept.json"
    monkeypatch.setattr(
        "app.window.files.QFileDialog.getSaveFileName", lambda *_, **__: (str(target), "")
    )
    session.edit("Soften", session.graph.set("blur", radius=9.0))
    window.commands.run("file.save")
    assert session.is_saved
    session.new()
    assert window.files.open(target)
    assert session.graph.value("blur", "radius") == 9.0
    assert str(target) in window.preferences.value.recent


def test_a_broken_file_is_a_sentence_and_what_was_open_stays(
    window: MainWindow, session: Session, tmp_path: Path
) -> None:
    (tmp_path / "broken.json").write_text("{")
    before = session.document
    assert not window.files.open(tmp_path / "broken.json")
    assert session.document is before
    assert window.parts.toasts.history[-1].severity == "error"


def test_work_is_not_lost_by_closing(
    window: MainWindow, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def ask(*words: object) -> QMessageBox.StandardButton:
        asked.append(str(words[2]))
        return QMessageBox.StandardButton.Cancel

    monkeypatch.setattr("app.window.files.QMessageBox.question", ask)
    session.edit("Soften", session.graph.set("blur", radius=9.0))
    window.close()
    assert window.isVisible()
    assert "Save the changes" in asked[0]
    session.recover(Snapshot(session.text(), "", "Soften", 0.0))
    window.close()
    assert len(asked) == 2


@pytest.mark.parametrize(("answer", "stays"), [("Go on", True), ("End the show", False)])
def test_a_show_on_air_is_ended_on_purpose_only(
    window: MainWindow, session: Session, tmp_path: Path, answer: str, stays: bool
) -> None:
    session.start()
    assert waits_for(session.picture)
    session.record(tmp_path / "take.mp4")
    QTimer.singleShot(0, lambda: press(answer))
    assert window.close() is not stays
    assert window.isVisible() is stays
    session.record(None)


def press(words: str) -> None:
    """Presses a button of the question that is asked."""
    asked = QApplication.activeModalWidget()
    next(each for each in asked.findChildren(QPushButton) if each.text() == words).click()


def test_the_workspace_that_is_shown_is_lit_from_the_start(window: MainWindow) -> None:
    assert window.commands.actions["view.edit"].isChecked()


def test_solo_puts_the_selected_picture_on_air_and_the_output_back(
    window: MainWindow, session: Session
) -> None:
    session.select(["pattern"])
    window.commands.run("graph.solo")
    assert session.solo == "pattern.out"
    window.commands.run("graph.solo")
    assert session.solo is None


def test_commands_without_an_object_change_nothing_and_a_failure_is_said(
    window: MainWindow, session: Session
) -> None:
    session.select([])
    QApplication.clipboard().clear()
    before, heard = session.document, []
    session.said.listen(lambda text, _: heard.append(text))
    for action in ("graph.swap", "clip.paste", "graph.enter", "graph.ungroup", "record.screenshot"):
        window.commands.run(action)
    assert session.document is before
    assert heard == ["there is no picture yet; start the engine first"]


def test_a_document_that_cannot_be_opened_is_said_and_a_picture_moves_all_the_same(
    folders: None, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(studio, "FIRST", "feedback_tunnel")
    words = {"document": "no_such_show", "recover": False, "no_crash_prompt": True}
    options = Namespace(**words, output=False, perform=False, safe_mode=True)
    heard: list[str] = []
    session.said.listen(lambda text, _: heard.append(text))
    opened = studio._window(session, Preferences(tmp_path / "settings.json"), options, None)
    assert "no_such_show" in heard[0]
    assert session.document.title.startswith("Feedback tunnel")
    assert waits_for(session.picture)
    session.stop()
    opened.close()


def test_locked_a_node_that_is_dragged_goes_back(
    window: MainWindow, session: Session, qtbot: QtBot
) -> None:
    canvas = window.parts.canvas
    item = canvas.canvas.node("blur")
    assert item is not None
    before = item.pos()
    at = canvas.mapFromScene(before.x() + 40, before.y() + 12)
    window.commands.run("edit.lock")
    qtbot.mousePress(canvas.viewport(), Qt.MouseButton.LeftButton, pos=at)
    for step in range(1, 9):
        qtbot.mouseMove(canvas.viewport(), QPoint(at.x() + 10 * step, at.y() + 8 * step))
    qtbot.mouseRelease(canvas.viewport(), Qt.MouseButton.LeftButton, pos=at + QPoint(80, 64))
    assert item.pos() == before
    assert session.history.undo_label is None


def test_where_one_looks_is_kept_in_the_file_and_is_no_edit(
    window: MainWindow, session: Session, tmp_path: Path
) -> None:
    window.parts.canvas.camera.zoom_at(QPointF(10, 10), 1.5)
    before = session.document
    session.save(tmp_path / "show.json")
    assert session.document is before
    assert "@camera" in (tmp_path / "show.json").read_text()
    look = window.parts.canvas.camera.look
    window.parts.canvas.camera.zoom_at(QPointF(10, 10), 0.3)
    session.open(tmp_path / "show.json")
    assert window.parts.canvas.camera.look.is_near(look)


def test_ctrl_c_asks_while_the_clock_goes_on(qapp: QApplication) -> None:
    calls: list[str] = []
    windows = SimpleNamespace(closeAllWindows=lambda: calls.append("close"))
    with _ends_on_signals(cast("QApplication", windows)):
        signal.raise_signal(signal.SIGINT)
        assert calls == []  # not amid whatever the signal came into
        qapp.processEvents()
    assert calls == ["close"]


def test_a_mangled_layout_costs_only_the_layout(window: MainWindow, session: Session) -> None:
    window.preferences.set(layouts={"window": "###", "edit": "AAAA"})
    again = type(window)(session, window.preferences)
    assert again.docks.docks["nodes"].isVisibleTo(again)
    again.parts.close()
    again.deleteLater()
