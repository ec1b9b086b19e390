"""LutFile: the look from a file, as strong as asked."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.errors import MediaError
from engine.node import Context
from engine.values import Frame
from nodes.compose.lut import LutFile


def made(file: Path, strength: float = 1.0) -> LutFile:
    node = LutFile(file=file, strength=strength)
    node.setup(Context())
    return node


@pytest.fixture
def inverting(tmp_path) -> Path:
    path = tmp_path / "invert.cube"
    path.write_text("LUT_1D_SIZE 2\n1 1 1\n0 0 0\n")
    return path


def test_without_a_file_the_picture_stays():
    frame = Frame.solid(2, 2, (0.1, 0.2, 0.3))
    assert made(Path()).process(frame) is frame


def test_the_look_is_applied_in_part(inverting):
    frame = Frame.solid(1, 1, (0.0, 0.25, 1.0))
    assert made(inverting).process(frame).tensor.flatten().tolist() == [1, 0.75, 0]
    assert made(inverting, 0.5).process(frame).tensor.flatten().tolist() == [0.5, 0.5, 0.5]
    assert made(inverting, 0.0).process(frame) is frame


def test_alpha_passes(inverting):
    frame = Frame(torch.rand(1, 3, 2, 2), torch.rand(1, 1, 2, 2))
    assert made(inverting).process(frame).alpha is frame.alpha


def test_a_missing_file_is_one_sentence():
    with pytest.raises(MediaError, match=r"none\.cube cannot be read"):
        made(Path("none.cube"))
