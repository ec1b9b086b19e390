"""The governor's ladder: down when too slow, up with room to spare, no hunting between."""

from __future__ import annotations

from fractions import Fraction
from typing import ClassVar

import torch

from engine.cells import Cells
from engine.governor import Governor
from engine.node import Node, Stream, param
from engine.runner import Runner
from engine.stats import pictures_a_call
from engine.values import Clip


class Painter(Node, id="test.painter"):
    """Paints in steps."""

    ladder: ClassVar = (("steps", 2), ("steps", 1), ("size", 64))
    steps: int = param(default=4, doc="Rounds", min=1, max=8)
    size: int = param(default=128, doc="Pixels", min=8, max=512)

    def process(self, value: int) -> int:
        return value


class Dreamer(Node, id="test.dreamer"):
    """Makes a dozen pictures a call."""

    ladder: ClassVar = (("steps", 1),)
    steps: int = param(default=4, doc="Rounds", min=1, max=8)

    def process(self, value: int) -> Clip:
        return CLIP


CLIP = Clip(torch.zeros(12, 3, 2, 2), Fraction(24))


def painter() -> Runner:
    return Runner("paint", Painter.spec, Cells(Painter.spec, {}), Stream(), live=True)


def run(governor: Governor, runner: Runner, fps: float, seconds: float, start: float = 0.0) -> None:
    for i in range(int(seconds * 2)):
        for _ in range(8):
            runner.probe.add(0, round(1e9 / fps))
        governor.consider([runner], 0.5, start + i / 2)


def test_too_slow_takes_the_mildest_rung_first():
    governor, runner = Governor(target=20), painter()
    run(governor, runner, fps=10, seconds=2)
    assert runner.cells.values(0) == {"steps": 2, "size": 128}


def test_pictures_are_weighed_and_not_calls():
    runner = Runner("dream", Dreamer.spec, Cells(Dreamer.spec, {}), Stream(), live=True)
    for _ in range(8):
        runner.probe.add(0, round(1e9 / 2))
        runner.outs[0].send(CLIP, 0)
    governor = Governor(target=20)
    for second in range(10):
        governor.consider([runner], 1.0, second)
    assert (pictures_a_call(runner), governor.taken(runner)) == (12, 0)
    governor.target = 30
    governor.consider([runner], 3.0, 11)
    assert governor.taken(runner) == 1


def test_the_ladder_has_an_end():
    governor, runner = Governor(target=20), painter()
    run(governor, runner, fps=1, seconds=60)
    assert (governor.taken(runner), runner.cells.values(0)) == (3, {"steps": 1, "size": 64})


def test_a_short_stumble_changes_nothing():
    governor, runner = Governor(target=20), painter()
    run(governor, runner, fps=10, seconds=1)
    run(governor, runner, fps=21, seconds=5)
    assert governor.taken(runner) == 0


def test_room_to_spare_climbs_back_after_a_while_and_not_before():
    governor, runner = Governor(target=20), painter()
    run(governor, runner, fps=10, seconds=2)
    run(governor, runner, fps=40, seconds=30, start=2)
    early = governor.taken(runner)
    run(governor, runner, fps=40, seconds=60, start=60)
    assert (early, governor.taken(runner)) == (1, 0)


def test_the_document_is_never_touched():
    governor, runner = Governor(target=20), painter()
    run(governor, runner, fps=1, seconds=60)
    assert runner.cells["steps"].base == 4


def test_without_a_target_only_lack_of_memory_steps_down():
    governor, runner = Governor(), painter()
    run(governor, runner, fps=1, seconds=60)
    before = governor.taken(runner)
    assert (before, governor.step_down(runner), governor.taken(runner)) == (0, True, 1)
