"""Tile: grids, mirrors and wedges."""

from __future__ import annotations

import pytest
import torch

from engine.values import Frame
from nodes.compose.tile import Tile


def gradient(height: int, width: int) -> Frame:
    across = torch.linspace(0, 1, width).expand(height, width)
    down = torch.linspace(0, 1, height)[:, None].expand(height, width)
    return Frame(torch.stack([across, down, across * down])[None])


def test_a_grid_repeats_the_small_picture():
    tiled = Tile(mode="grid", columns=4, rows=2).process(gradient(16, 32)).tensor
    assert tiled.shape == (1, 3, 16, 32)
    assert torch.equal(tiled[..., :8, :8], tiled[..., 8:, 24:])


def test_a_mirror_grid_meets_at_its_seams():
    tiled = Tile(mode="mirror", columns=2, rows=2).process(gradient(16, 32)).tensor
    assert torch.equal(tiled, tiled.flip(3))
    assert torch.equal(tiled, tiled.flip(2))


def test_one_by_one_is_the_picture():
    frame = gradient(5, 7)
    assert torch.equal(Tile(mode="grid", columns=1, rows=1).process(frame).tensor, frame.tensor)


def test_the_kaleidoscope_has_its_symmetries():
    tiled = Tile(segments=4).process(gradient(64, 64)).tensor
    assert torch.allclose(tiled, tiled.rot90(1, (2, 3)), atol=1e-4)
    assert torch.allclose(tiled, tiled.flip(3), atol=1e-4)
    assert tiled.std() > 0.01


@pytest.mark.parametrize("mode", ["grid", "mirror", "kaleidoscope"])
@pytest.mark.parametrize("size", [(1, 1), (7, 5), (2, 63)])
def test_odd_sizes_and_alpha_keep_their_shape(mode, size):
    frame = Frame(torch.rand(1, 3, *size), torch.rand(1, 1, *size))
    tiled = Tile(mode=mode, columns=3, rows=5, segments=7).process(frame)
    assert tiled.tensor.shape == frame.tensor.shape
    assert tiled.alpha.shape == frame.alpha.shape
