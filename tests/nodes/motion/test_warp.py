"""Warp: a picture goes where the field says."""

from __future__ import annotations

import pytest
import torch

from engine.values import Flow, Frame
from nodes.motion.warp import Warp


def row(*levels: float) -> Frame:
    return Frame(torch.tensor(levels).expand(1, 3, 1, -1).contiguous())


def right(pixels: float, width: int = 4) -> Flow:
    field = torch.zeros(1, 2, 1, width)
    field[:, 0] = pixels
    return Flow(field)


FRAME = row(0.1, 0.2, 0.3, 0.4)


@pytest.mark.parametrize(
    ("amount", "levels"),
    [(1.0, [0, 0.1, 0.2, 0.3]), (-1.0, [0.2, 0.3, 0.4, 0]), (2.0, [0, 0, 0.1, 0.2])],
)
def test_the_picture_goes_along_the_motion(amount, levels):
    warped = Warp(amount=amount, border="black").process(FRAME, right(1.0))
    assert warped.tensor[0, 0, 0].tolist() == pytest.approx(levels, abs=1e-6)


def test_the_edge_comes_in_from_beside():
    warped = Warp().process(FRAME, right(1.0))
    assert warped.tensor[0, 0, 0].tolist() == pytest.approx([0.1, 0.1, 0.2, 0.3], abs=1e-6)


def test_a_field_of_another_size_keeps_its_meaning():
    warped = Warp(border="black").process(FRAME, right(0.5, width=2))
    assert warped.tensor[0, 0, 0].tolist() == pytest.approx([0, 0.1, 0.2, 0.3], abs=1e-6)


def test_without_a_field_or_amount_the_picture_stays():
    assert Warp().process(FRAME) is FRAME
    assert Warp(amount=0.0).process(FRAME, right(1.0)) is FRAME


def test_alpha_goes_along():
    frame = Frame(FRAME.tensor, torch.tensor([1.0, 0, 0, 0]).view(1, 1, 1, 4))
    warped = Warp(border="black").process(frame, right(1.0))
    assert warped.alpha.flatten().tolist() == pytest.approx([0, 1, 0, 0], abs=1e-6)
