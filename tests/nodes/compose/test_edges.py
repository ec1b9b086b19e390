"""Edges: where they are, how thick, in which ink."""

from __future__ import annotations

import pytest
import torch

from engine.values import Frame
from nodes.compose.edges import Edges


def step() -> Frame:
    picture = torch.zeros(1, 3, 16, 16)
    picture[:, 0, :, 8:] = 1
    picture[:, 1, :, 8:] = 0.5
    return Frame(picture)


@pytest.mark.parametrize("style", ["soft", "lines"])
def test_edges_are_drawn_where_the_picture_changes(style):
    drawn = Edges(style=style).process(step()).tensor[0, 0, 8]
    assert drawn[6:10].max() > 0.9
    assert drawn[:3].max() == 0
    assert drawn[13:].max() == 0


def test_an_even_picture_has_none():
    even = Frame.solid(8, 8, (0.3, 0.6, 0.9))
    assert Edges().process(even).tensor.max() == pytest.approx(0, abs=1e-5)


def test_inverted_they_are_dark_on_white():
    plain, inverted = (Edges(invert=invert).process(step()).tensor for invert in (False, True))
    assert torch.allclose(plain + inverted, torch.ones_like(plain))


def test_thickness_widens_lines():
    widths = [
        int((Edges(style="lines", thickness=t).process(step()).tensor[0, 0, 8] > 0.5).sum())
        for t in (0, 1, 2)
    ]
    assert widths[0] < widths[1] < widths[2]


def test_the_ink_may_be_the_picture():
    drawn = Edges(ink="picture").process(step()).tensor
    assert drawn[0, 2].max() == 0
    assert drawn[0, 0].max() > 0.5
