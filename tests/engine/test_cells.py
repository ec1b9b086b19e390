"""Layers of a parameter: the newest touch wins, releases return, caps only lower."""

from __future__ import annotations

import math
import threading
from typing import Literal

import pytest

from engine.cells import LINK, Cells
from engine.errors import ParamError
from engine.node import Node, param


class Knobs(Node, id="test.knobs"):
    """Has knobs."""

    level: float = param(default=0.5, doc="How much", min=0, max=1)
    steps: int = param(default=4, doc="How many", min=1, max=50)
    on: bool = param(default=False, doc="Whether")
    mode: Literal["soft", "hard"] = param(default="soft", doc="How")

    def process(self) -> float:
        return self.level


@pytest.fixture
def cells() -> Cells:
    return Cells(Knobs.spec, {})


def read(cells: Cells, name: str, pts: int = 0) -> object:
    node = Knobs()
    cells.changed = True
    cells.write(node, pts)
    return getattr(node, name)


def test_the_document_is_the_base(cells: Cells):
    cells.follow({"level": 0.25})
    assert read(cells, "level") == 0.25


def test_of_two_controllers_the_last_touch_wins(cells: Cells):
    cells.drive("level", 0.1, "midi")
    cells.drive("level", 0.9, "osc")
    cells.release("level", "midi")
    assert read(cells, "level") == 0.9


def test_a_released_value_returns_to_the_base(cells: Cells):
    cells.drive("level", 0.1, "midi")
    cells.release("level", "midi")
    assert read(cells, "level") == 0.5


def test_an_edit_is_the_latest_touch(cells: Cells):
    cells.drive("level", 0.1, "midi")
    cells.follow({"level": 0.7})
    assert read(cells, "level") == 0.7


def test_a_link_keeps_driving_through_an_edit(cells: Cells):
    cells.drive("level", 0.1, LINK)
    cells.follow({"level": 0.7})
    assert read(cells, "level") == 0.1


def test_an_unchanged_document_touches_nothing(cells: Cells):
    cells.drive("level", 0.1, "midi")
    cells.follow({"level": 0.5})
    assert read(cells, "level") == 0.1


def test_a_fade_is_a_function_of_time(cells: Cells):
    cells.fade("level", 1.0, start=100, end=200)
    assert [read(cells, "level", pts) for pts in (0, 100, 150, 200, 999)] == [0.5, 0.5, 0.75, 1, 1]


def test_a_fade_of_a_choice_switches_at_its_start(cells: Cells):
    cells.fade("mode", "hard", start=100, end=200)
    assert [read(cells, "mode", pts) for pts in (99, 100)] == ["soft", "hard"]


def test_a_cap_lowers_and_is_taken_away_again(cells: Cells):
    cells.cap("steps", 2)
    capped = read(cells, "steps")
    cells.cap("steps", None)
    assert (capped, read(cells, "steps")) == (2, 4)


@pytest.mark.parametrize("value", [math.nan, math.inf, "much", None, [1]])
def test_what_a_number_cannot_hold_is_refused(cells: Cells, value: object):
    with pytest.raises(ParamError, match="level takes a number"):
        cells.drive("level", value, "osc")


def test_controllers_are_clamped(cells: Cells):
    cells.drive("level", 7, "midi")
    assert read(cells, "level") == 1


def test_a_number_drives_switches_and_choices(cells: Cells):
    cells.drive("on", 0.8, LINK)
    cells.drive("mode", 1.0, LINK)
    assert (read(cells, "on"), read(cells, "mode")) == (True, "hard")


def test_values_a_file_spoilt_fall_back_to_the_default():
    assert read(Cells(Knobs.spec, {"level": "loud", "steps": 900}), "level") == 0.5


def test_the_last_value_of_a_storm_of_touches_is_never_lost():
    for _ in range(20):
        cells, node = Cells(Knobs.spec, {}), Knobs()
        writer = threading.Thread(
            target=lambda c=cells: [c.drive("steps", i, "x") for i in range(1, 51)]
        )
        writer.start()
        while writer.is_alive():
            if cells.pending:
                cells.write(node, 0)
        if cells.pending:
            cells.write(node, 0)
        assert node.steps == 50
