"""What falls onto the canvas from the library and from other programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from app.palette.listing import MIME
from engine.values import Prompt
from tests.app.canvas.tools.conftest import Desk

SPACE = QPointF(420, 60)
COPY = Qt.DropAction.CopyAction


def drop(desk: Desk, data: QMimeData, at: QPointF = SPACE) -> bool:
    """A drag that enters and lets go there; whether it was taken."""
    on = desk.on_view(at)
    held = (COPY, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    entered = QDragEnterEvent(on, *held)
    QApplication.sendEvent(desk.view.viewport(), entered)
    dropped = QDropEvent(QPointF(on), *held)
    QApplication.sendEvent(desk.view.viewport(), dropped)
    return entered.isAccepted() and dropped.isAccepted()


def files(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def node(id: str) -> QMimeData:
    data = QMimeData()
    data.setData(MIME, id.encode())
    return data


def file(folder: Path, name: str, content: bytes = b"x") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("a.mp4", "video_file"),
        ("a.MOV", "video_file"),
        ("song.wav", "video_file"),
        ("a.jpg", "image"),
        ("a.png", "image"),
    ],
)
def test_a_file_becomes_the_node_that_reads_it(desk: Desk, tmp_path: Path, name: str, key: str):
    path = file(tmp_path, name)
    assert drop(desk, files(path))
    assert desk.session.graph.value(key, "path") == path
    assert desk.selection == (key,)
    assert len(desk.steps) == 1


def test_several_files_lie_below_each_other(desk: Desk, tmp_path: Path):
    drop(desk, files(file(tmp_path, "a.jpg"), file(tmp_path, "b.jpg")))
    assert desk.place("image")[1] < desk.place("image_2")[1]


def test_a_file_dropped_on_a_node_that_reads_files_is_given_to_it(desk: Desk, tmp_path: Path):
    first, second = file(tmp_path, "a.mp4"), file(tmp_path, "b.mp4")
    drop(desk, files(first))
    drop(desk, files(second), desk.title("video_file"))
    assert desk.session.graph.value("video_file", "path") == second
    assert "video_file_2" not in desk.session.graph.nodes


def test_a_text_becomes_a_prompt(desk: Desk, tmp_path: Path):
    drop(desk, files(file(tmp_path, "idea.txt", b"a river\nof light")))
    assert desk.session.graph.value("prompt", "text") == Prompt.of("a river of light")


def test_words_from_another_program_become_a_prompt(desk: Desk):
    data = QMimeData()
    data.setText("green hills")
    drop(desk, data)
    assert desk.session.graph.value("prompt", "text") == Prompt.of("green hills")


def test_a_lora_becomes_a_line_of_a_generator_and_another_one_more(desk: Desk, tmp_path: Path):
    header = json.dumps({"x.lora_A.weight": {"dtype": "F16", "shape": [1], "data_offsets": [0, 2]}})
    content = len(header).to_bytes(8, "little") + header.encode() + b"\0\0"
    first = file(tmp_path, "ink.safetensors", content)
    second = file(tmp_path, "oil.safetensors", content)
    drop(desk, files(first))
    drop(desk, files(second), desk.title("image_stream"))
    assert desk.session.graph.value("image_stream", "loras") == f"{first}\n{second}"


@pytest.mark.parametrize("name", ["model.safetensors", "script.py", "noise.xyz", "notext.txt"])
def test_what_does_not_belong_is_refused_with_a_sentence(desk: Desk, tmp_path: Path, name: str):
    before = desk.session.document
    drop(desk, files(file(tmp_path, name, b"\xff\xfe\x00\x81")))
    assert desk.session.document is before
    assert name in desk.said[-1]


def test_a_file_that_is_no_more_does_no_harm(desk: Desk, tmp_path: Path):
    drop(desk, files(tmp_path / "gone.safetensors", tmp_path / "gone.txt", tmp_path / "gone.png"))
    assert desk.scene.nodes


def test_a_document_is_asked_to_be_opened(desk: Desk, tmp_path: Path):
    asked: list[Path] = []
    desk.hand.open_asked.listen(asked.append)
    path = file(tmp_path, "show.json", b"{}")
    drop(desk, files(path))
    assert asked == [path]


def test_a_node_type_from_the_library_lands_where_it_is_dropped(desk: Desk):
    desk.session.select(["noise"])
    drop(desk, node("compose.edges"))
    assert desk.scene.nodes["edges"].rect.contains(SPACE)
    assert not any("edges" in link for link in desk.links)


def test_a_node_type_dropped_on_a_link_is_put_into_it(desk: Desk):
    at = desk.on_link("pattern.out -> blur.frame")
    drop(desk, node("compose.edges"), at)
    assert {"pattern.out -> edges.frame", "edges.out -> blur.frame"} <= desk.links


def test_what_lies_behind_makes_room_for_a_node_dropped_on_a_link(desk: Desk):
    drop(desk, node("compose.edges"), desk.on_link("pattern.out -> blur.frame"))
    edges, blur = (desk.scene.nodes[key].rect for key in ("edges", "blur"))
    assert blur.left() >= edges.right() + 40


def test_a_node_type_that_nobody_knows_is_refused(desk: Desk):
    before = desk.session.document
    drop(desk, node("compose.\xff"))
    assert desk.session.document is before


def test_a_film_that_carries_a_graph_is_asked_to_be_opened(desk: Desk, tmp_path: Path):
    asked: list[Path] = []
    desk.hand.open_asked.listen(asked.append)
    text = b"tEXtslipstream\0" + desk.session.text().encode("ascii", "backslashreplace")
    chunk = (len(text) - 4).to_bytes(4, "big") + text + b"\0\0\0\0"
    path = file(tmp_path, "shot.png", b"\x89PNG\r\n\x1a\n" + chunk)
    drop(desk, files(path))
    assert asked == [path]
