"""Picture files and taps: snapshots, sequences, previews and nothing at all."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from engine.errors import MediaError
from engine.node import Context
from engine.values import Frame, Trigger
from nodes.sinks.image_sequence import SaveSequence
from nodes.sinks.null import Null
from nodes.sinks.preview import PreviewTap
from nodes.sinks.snapshot import Snapshot
from nodes.sources.stills import load_still
from tests.nodes.sinks.film import pictures

GRAPH = json.dumps({"prompt": "naïve 流れ 😀"}, ensure_ascii=False)


def ready(node: Any) -> Any:
    node.ctx = Context(describe=lambda: GRAPH)
    node.setup(node.ctx)
    return node


def chunks(png: bytes) -> dict[bytes, bytes]:
    """The chunks of a PNG by name, their check sums proven."""
    found, at = {}, 8
    while at < len(png):
        (size,) = struct.unpack_from(">I", png, at)
        name, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        assert struct.unpack_from(">I", png, at + 8 + size)[0] == zlib.crc32(name + body)
        found[name] = body
        at += 12 + size
    return found


def test_a_snapshot_holds_picture_and_graph(tmp_path: Path) -> None:
    node = ready(Snapshot(path=tmp_path / "a.png"))
    frame = pictures(1)[0]
    node.process(frame)
    node.take = Trigger(1)
    node.process(frame)
    key, text = chunks(node.last.read_bytes())[b"tEXt"].split(b"\0")
    assert key == b"slipstream"
    assert json.loads(text) == json.loads(GRAPH)
    assert torch.equal(load_still(node.last)[0], frame.tensor)


def test_snapshots_are_taken_when_triggered_and_numbered(tmp_path: Path) -> None:
    node = ready(Snapshot(path=tmp_path / "a.png", take=Trigger(7)))
    for take in (7, 7, 8, 8, 9):
        node.take = Trigger(take)
        node.process(pictures(1, alpha=True)[0])
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.png", "a_2.png"]


@pytest.mark.parametrize("name", ["a.jpg", "gone/a.png"])
def test_a_snapshot_that_cannot_be_written_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(MediaError):
        ready(Snapshot(path=tmp_path / name))


@pytest.mark.parametrize("bits", ["8", "16"])
@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("alpha", [False, True])
def test_a_sequence_comes_back(tmp_path: Path, suffix: str, bits: str, alpha: bool) -> None:
    node = ready(SaveSequence(path=tmp_path / f"shot{suffix}", bits=bits))
    made = pictures(3, 21, 13, alpha=alpha)
    for frame in made:
        node.process(frame)
    for number, frame in enumerate(made, 1):
        rgb, cover = load_still(tmp_path / f"shot_{number:06d}{suffix}")
        assert (rgb - frame.tensor).abs().max() < 1e-4
        assert cover is None if not alpha else (cover - frame.alpha).abs().max() < 1e-4


def test_sixteen_bits_are_finer_than_eight(tmp_path: Path) -> None:
    node = ready(SaveSequence(path=tmp_path / "a.png", bits="16"))
    node.process(Frame(torch.full((1, 3, 4, 4), 0.5003)))
    assert (load_still(tmp_path / "a_000001.png")[0] - 0.5003).abs().max() < 1e-5


def test_jpeg_lies_over_black_and_is_small(tmp_path: Path) -> None:
    node = ready(SaveSequence(path=tmp_path / "a.jpg", quality=60))
    node.process(Frame(torch.ones(1, 3, 16, 16), torch.zeros(1, 1, 16, 16)))
    assert cv2.imread(str(tmp_path / "a_000001.jpg")).max() == 0


def test_an_earlier_take_is_kept(tmp_path: Path) -> None:
    for _ in range(2):
        node = ready(SaveSequence(path=tmp_path / "a.png"))
        node.process(pictures(1)[0])
        node.teardown()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a_000001.png", "a_2_000001.png"]


@pytest.mark.parametrize(("name", "bits"), [("a.gif", "8"), ("a.jpg", "16"), ("gone/a.png", "8")])
def test_a_sequence_that_cannot_be_written_is_told(tmp_path: Path, name: str, bits: str) -> None:
    with pytest.raises(MediaError):
        ready(SaveSequence(path=tmp_path / name, bits=bits))


def test_the_preview_is_small_and_newest(tmp_path: Path) -> None:
    node = ready(PreviewTap(limit=32))
    assert node.latest is None
    for value in (0.2, 0.8):
        node.process(Frame(torch.full((1, 3, 50, 100), value)))
        kept = node.latest
    assert kept.shape == (16, 32, 3)
    assert kept.dtype == np.uint8
    assert kept.min() == kept.max() == 204


def test_a_preview_that_was_taken_does_not_change() -> None:
    node = ready(PreviewTap())
    node.process(Frame(torch.zeros(1, 3, 8, 8)))
    taken = node.latest
    node.process(Frame(torch.ones(1, 3, 8, 8)))
    assert taken.max() == 0


def test_null_counts() -> None:
    node = ready(Null())
    for frame in pictures(3):
        node.process(frame)
    assert node.received == 3
