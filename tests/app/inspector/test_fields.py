"""Switches, choices, texts, files, names, colours and triggers under mouse and keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.inspector.editors import editor
from app.inspector.files import image_models, video_models
from app.inspector.inspector import Inspector
from app.session import Session
from tests.app.inspector.conftest import drag, turn

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def field(inspector: Inspector, key: str, name: str):
    inspector.session.select([key])
    row = inspector.row(name)
    row.setVisible(True)
    inspector.page.lines.ensureWidgetVisible(row)
    return row.field


def shown(inspector: Inspector, type_id: str, name: str):
    session = inspector.session
    session.edit("Add", session.graph.add(type_id, "it"))
    session.break_merge()
    return field(inspector, "it", name)


def test_a_switch_flips_by_click_and_space(inspector: Inspector, session: Session) -> None:
    linear = field(inspector, "blur", "linear")
    QTest.mouseClick(linear, Qt.MouseButton.LeftButton)
    assert session.graph.value("blur", "linear") is False
    linear.setFocus()
    QTest.keyClick(linear, Qt.Key.Key_Space)
    assert session.graph.value("blur", "linear") is True
    assert session.history.labels[-2:] == ["Linear", "Linear"]


def test_segments_choose_by_click_arrow_and_wheel(inspector: Inspector, session: Session) -> None:
    shape = field(inspector, "blur", "shape")
    QTest.mouseClick(shape.buttons["box"], Qt.MouseButton.LeftButton)
    assert session.graph.value("blur", "shape") == "box"
    QTest.keyClick(shape, Qt.Key.Key_Right)
    assert session.graph.value("blur", "shape") == "gaussian"
    assert not turn(shape, 1, Qt.KeyboardModifier.NoModifier).isAccepted()
    turn(shape, -1, CONTROL)
    assert session.graph.value("blur", "shape") == "box"


def test_a_long_list_drops_down_and_turns_with_control(inspector: Inspector) -> None:
    mode = shown(inspector, "compose.blend", "mode")
    turn(mode, -1, CONTROL)
    assert inspector.session.graph.value("it", "mode") == "add"
    assert mode.currentText() == "Add"
    assert mode.count() == 18


def test_a_text_is_committed_by_enter_and_not_by_letters(inspector: Inspector) -> None:
    session = inspector.session
    text = shown(inspector, "sources.text", "text")
    text.setFocus()
    text.selectAll()
    QTest.keyClicks(text, "hello")
    assert session.graph.value("it", "text") == "Slipstream"
    QTest.keyClick(text, Qt.Key.Key_Return, SHIFT)
    QTest.keyClicks(text, "there")
    QTest.keyClick(text, Qt.Key.Key_Return)
    assert session.graph.value("it", "text") == "hello\nthere"
    assert session.history.undo_label == "Text"


def test_escape_leaves_a_text_as_it_was(inspector: Inspector) -> None:
    text = shown(inspector, "sources.text", "text")
    text.setFocus()
    QTest.keyClicks(text, "no")
    QTest.keyClick(text, Qt.Key.Key_Escape)
    assert text.toPlainText() == "Slipstream"


def test_leaving_a_text_commits_it(inspector: Inspector) -> None:
    text = shown(inspector, "sources.text", "text")
    text.setFocus()
    text.selectAll()
    QTest.keyClicks(text, "left")
    text.clearFocus()
    assert inspector.session.graph.value("it", "text") == "left"


def test_keys_of_the_studio_are_swallowed_by_texts(inspector: Inspector) -> None:
    text = shown(inspector, "sources.text", "text")
    for key, keys in ((Qt.Key.Key_Return, CONTROL), (Qt.Key.Key_Escape, _none()), (_b(), _none())):
        override = QKeyEvent(QKeyEvent.Type.ShortcutOverride, key, keys, "b")
        override.ignore()
        text.event(override)
        assert override.isAccepted()


def _none() -> Qt.KeyboardModifier:
    return Qt.KeyboardModifier.NoModifier


def _b() -> Qt.Key:
    return Qt.Key.Key_B


def test_a_megabyte_of_text_is_refused_with_a_sentence(inspector: Inspector, said) -> None:
    text = shown(inspector, "sources.text", "text")
    data = QMimeData()
    data.setText("x" * 1_000_000)
    text.insertFromMimeData(data)
    assert text.toPlainText() == "Slipstream"
    assert "1,000,000" in said[0]


def test_a_file_is_dropped_on_its_field(inspector: Inspector, tmp_path: Path) -> None:
    path = shown(inspector, "sources.video_file", "path")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "clip.mp4"))])
    path.dropEvent(
        QDropEvent(
            QPointF(4, 4), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, _none()
        )
    )
    assert inspector.session.graph.value("it", "path") == tmp_path / "clip.mp4"


def test_a_missing_file_is_marked_at_its_row(inspector: Inspector, tmp_path: Path) -> None:
    path = shown(inspector, "sources.video_file", "path")
    path.line.setFocus()
    path.line.setText(str(tmp_path / "gone.mp4"))
    QTest.keyClick(path.line, Qt.Key.Key_Return)
    inspector.tick()
    row = inspector.row("path")
    assert "gone.mp4" in row.problem
    assert "gone.mp4" in row.toolTip()


def test_models_are_listed_with_those_at_hand_first(inspector: Inspector) -> None:
    assert next(iter(image_models())) == "slipstream-tiny"
    assert "taesd" not in image_models()


def test_video_models_are_listed_without_their_parts(inspector: Inspector) -> None:
    assert {"slipstream-video", "longlive", "self-forcing"} <= set(video_models())
    assert not {"taehv", "wan2.1", "slipstream-tiny"} & set(video_models())
    param = inspector.session.registry.get("generate.image_stream").param("model")
    model = editor(param, "generate.image_stream")
    model.setParent(inspector)
    told: list[str] = []
    model.edited.connect(told.append)
    QTest.keyClicks(model.line, "owner/model")
    QTest.keyClick(model.line, Qt.Key.Key_Return)
    assert told == ["owner/model"]


def test_cameras_are_listed_when_they_are_asked_for(inspector: Inspector, monkeypatch) -> None:
    device = shown(inspector, "sources.camera", "device")
    monkeypatch.setattr(device, "_known", lambda: {"usb-cam": "Webcam"})
    QTest.mouseClick(device.button, Qt.MouseButton.LeftButton)
    menu = QApplication.activePopupWidget()
    menu.actions()[0].trigger()
    menu.close()
    assert inspector.session.graph.value("it", "device") == "usb-cam"


def test_escape_takes_a_line_back(inspector: Inspector) -> None:
    path = shown(inspector, "sources.video_file", "path")
    path.line.setFocus()
    QTest.keyClicks(path.line, "nowhere")
    QTest.keyClick(path.line, Qt.Key.Key_Escape)
    path.line.clearFocus()
    assert inspector.session.graph.value("it", "path") == Path()


@pytest.mark.parametrize(("typed", "color"), [("#FF8800", "#ff8800"), ("f80", "#ff8800")])
def test_a_colour_is_typed(inspector: Inspector, typed: str, color: str) -> None:
    key = shown(inspector, "compose.chroma_key", "key")
    key.line.setText(typed)
    key.line.commit()
    assert inspector.session.graph.value("it", "key") == color


def test_a_text_that_is_no_colour_is_refused(inspector: Inspector, said) -> None:
    key = shown(inspector, "compose.chroma_key", "key")
    key.line.setText("mauve")
    key.line.commit()
    assert key.line.text() == "#10c840"
    assert "#rrggbb" in said[0]


def test_a_drag_in_the_picker_is_one_step(inspector: Inspector, qtbot) -> None:
    session = inspector.session
    key = shown(inspector, "compose.chroma_key", "key")
    steps = len(session.history.labels)
    picker = key.open_picker()
    drag(picker.square, 60, moves=20)
    assert session.graph.value("it", "key") != "#10c840"
    assert len(session.history.labels) == steps + 1
    QTest.mouseClick(
        picker.strip, Qt.MouseButton.LeftButton, _none(), QPoint(4, picker.strip.height() - 1)
    )
    assert len(session.history.labels) == steps + 2
    picker.close()


def test_a_trigger_counts_up_at_the_press(inspector: Inspector) -> None:
    tap = shown(inspector, "control.beat_clock", "tap")
    QTest.mousePress(tap, Qt.MouseButton.LeftButton)
    assert inspector.session.value("it", "tap") == 1
    QTest.mouseRelease(tap, Qt.MouseButton.LeftButton)
    QTest.mouseClick(tap, Qt.MouseButton.LeftButton)
    assert inspector.session.value("it", "tap") == 2
