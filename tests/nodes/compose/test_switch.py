"""Switch: the chosen picture, or the first."""

from __future__ import annotations

import pytest

from engine.values import Frame
from nodes.compose.switch import Switch

A, B, C = (Frame.solid(1, 1, (level, 0, 0)) for level in (0.1, 0.2, 0.3))


@pytest.mark.parametrize(("choose", "shown"), [("a", A), ("b", B), ("c", C), ("d", A)])
def test_it_shows_the_chosen_or_else_the_first(choose, shown):
    assert Switch(choose=choose).process(A, B, C) is shown


def test_a_number_counts_the_pictures_from_zero():
    choose = Switch.spec.param("choose")
    assert [choose.parse(number) for number in (0, 1, 2.0, 5)] == ["a", "b", "c", "b"]
