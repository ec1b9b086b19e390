"""The graph that pictures and films carry is found, and nothing else is taken for one."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from app import editing
from app.embedded_graph import graph_text, write_png
from app.program import registry
from engine.document import dumps, loads
from engine.errors import DocumentError, MediaError
from engine.values import Frame
from nodes.sinks.snapshot import KEY
from nodes.sinks.stills import encoded, with_text
from tests.app.editing.shows import show as small_show

GRAPH = '{"format": 1, "title": "ü"}'


def film(path: Path, comment: str, **options: str) -> Path:
    """Three black frames with a comment."""
    with av.open(str(path), "w", options=options) as container:
        container.metadata["comment"] = comment
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(3):
            black = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")
            container.mux(stream.encode(black))
        container.mux(stream.encode())
    return path


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv"])
def test_a_film_carries_its_graph_in_the_comment(tmp_path: Path, name: str):
    assert graph_text(film(tmp_path / name, GRAPH)) == GRAPH


def test_a_film_that_was_written_in_fragments_too(tmp_path: Path):
    path = film(tmp_path / "a.mp4", GRAPH, movflags="+frag_keyframe+empty_moov+default_base_moof")
    assert graph_text(path) == GRAPH


@pytest.mark.parametrize("name", ["out.mp4", "out.mov", "out.mkv"])
def test_a_film_that_was_rendered_here_brings_its_graph_back(
    says: Callable[..., tuple[int, str]], show: Path, folder: Path, name: str
):
    assert says("render", show, "--out", name)[0] == 0
    document, _ = loads(graph_text(folder / name) or "", registry())
    assert document.title == "Test"
    assert {"clip", "grade"} < set(document.graph.nodes)


def test_a_long_graph_is_found_whole(tmp_path: Path):
    graph = '{"format": 1, "title": "' + "x" * 40000 + '"}'
    assert graph_text(film(tmp_path / "a.mp4", graph)) == graph
    assert graph_text(film(tmp_path / "a.mkv", graph)) == graph


def test_a_picture_carries_its_graph_as_text(tmp_path: Path):
    path = tmp_path / "a.png"
    png = encoded(Frame.solid(8, 8, (0, 0, 0)), ".png", deep=False, quality=90)
    path.write_bytes(with_text(png, KEY, GRAPH))
    assert graph_text(path) == GRAPH.replace("ü", "\\u00fc")


def test_a_picture_is_written_with_its_graph_and_every_pixel(tmp_path: Path):
    path = tmp_path / "a.png"
    rgb = np.random.default_rng(3).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    write_png(path, rgb[:, ::-1], GRAPH)
    assert graph_text(path) == GRAPH.replace("ü", "\\u00fc")
    pixels = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR_RGB)
    assert np.array_equal(pixels, rgb[:, ::-1])
    with pytest.raises(MediaError, match="gone"):
        write_png(tmp_path / "gone" / "a.png", rgb, GRAPH)


def test_a_picture_brings_back_the_graph_that_it_was_made_with(tmp_path: Path):
    rgb = np.zeros((4, 4, 3), np.uint8)
    write_png(tmp_path / "a.png", rgb, dumps(small_show()))
    text = graph_text(tmp_path / "a.png") or ""
    assert loads(text, small_show().graph.types)[0].graph == small_show().graph
    _, keys = editing.paste_text(small_show(), text, (0, 400))
    assert len(keys) == 4


def chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


@pytest.mark.parametrize(
    "text",
    [
        chunk(b"iTXt", b"slipstream\0\0\0\0\0" + GRAPH.encode()),
        chunk(b"iTXt", b"slipstream\0\1\0de\0\0" + zlib.compress(GRAPH.encode())),
        chunk(b"zTXt", b"slipstream\0\0" + zlib.compress(GRAPH.encode())),
    ],
)
def test_a_picture_that_another_program_saved_again_carries_it_still(tmp_path: Path, text: bytes):
    path = tmp_path / "a.png"
    png = encoded(Frame.solid(8, 8, (0, 0, 0)), ".png", deep=False, quality=90)
    path.write_bytes(png[:-12] + chunk(b"tEXt", b"Software\0other") + text + png[-12:])
    assert graph_text(path) == GRAPH


def test_a_comment_of_another_program_is_no_graph(tmp_path: Path):
    assert graph_text(film(tmp_path / "a.mp4", "made by hand")) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n\xff\xff\xff\xfftEXtslipstream\0{",
        b"\x89PNG\r\n\x1a\n" + b"\0\0\0\x0fzTXtslipstream\0\0abc",
        b"\x89PNG\r\n\x1a\n" + b"\0\0\0\x0biTXtslipstream\0",
        b"\x1aE\xdf\xa3" + b"E\xa3\x87COMMENTD\x87\x00",
        b"\x1aE\xdf\xa3" + b"E\xa3\x87COMMENTD\x87",
        b"\0\0\0\x08moov" * 3,
        b"\0\0\0\x01moov\0\0\0\0\0\0\0\0",
        b"\0\0\0\0moov" * 4000,
        b"\0\0\0\x20moov\0\0\0\x18udta\0\0\0\x10keys\0\0\0\0\0\0\0\xff",
        b"\0\0\0\x28moov\0\0\0\x20keys\0\0\0\0\0\0\0\1\0\0\0\x0fmdtacomment",
        bytes(range(256)) * 40,
    ],
)
def test_a_mangled_file_carries_none(tmp_path: Path, content: bytes):
    path = tmp_path / "a.bin"
    path.write_bytes(content)
    assert graph_text(path) is None


def test_a_file_that_is_not_there_is_said(tmp_path: Path):
    with pytest.raises(DocumentError, match="gone"):
        graph_text(tmp_path / "gone.png")
