"""Distribution matching on self-made rollouts: what learns, from what, and where to."""

from __future__ import annotations

from copy import deepcopy

import pytest
import torch

from assets.recipes import video_parts
from assets.recipes.video_forcing import CYCLE, ForcingStage, direction
from assets.recipes.video_parts import BLOCK, RENEWAL, SCHEDULE, WINDOW
from assets.recipes.video_rollout import Remembered, roll_out
from nodes.models.video_card import STEERING
from nodes.rollout.dense import Dense
from nodes.rollout.rope_plan import Slot
from tests.assets.test_video_training import Given

SHAPE = (2, WINDOW, 16, 4, 4)
CONTROL = torch.zeros(2, WINDOW, sum(STEERING.values()), 4, 4)
STEPS = SCHEDULE.steps()


def parts() -> video_parts.Parts:
    made = video_parts.build(0, "micro")
    torch.nn.init.normal_(made.network.head.head.weight, std=0.1)
    return made


def stage() -> ForcingStage:
    torch.manual_seed(0)
    teacher = parts()
    return ForcingStage(teacher, deepcopy(teacher), Given(), batch=2)


def rolled(blocks: int, made: video_parts.Parts | None = None):
    made = made or parts()
    keys = made.keys(["a red orb"] * 2)
    return roll_out(made.network, SHAPE, STEPS, keys, CONTROL, blocks)


@pytest.mark.parametrize("blocks", [1, 2, 3])
def test_remembered_blocks_are_seen_as_in_one_masked_call(blocks: int) -> None:
    made = parts()
    keys, x = made.keys(["sea"] * 2), torch.randn(2, blocks * BLOCK, 16, 4, 4)
    t, past = torch.zeros(x.shape[:2]), Remembered((2, 2))
    whole = made.network(x, t, keys, Dense(Slot(), x.shape[1], (2, 2), BLOCK))
    for part in x.split(BLOCK, 1):
        last = made.network(part, t[:, :BLOCK], keys, past)
        past.keep()
    assert torch.allclose(last, whole[:, -BLOCK:], atol=1e-5)


def test_beyond_the_window_the_first_block_and_the_newest_are_left() -> None:
    past = Remembered((1, 1))
    for block in range(5):
        row = torch.full((1, BLOCK, 1, 6), float(block))
        past.attend(0, row, row, row)
        past.keep()
    assert past._past[0][1][0, :, 0, 0].tolist() == [0, 0, 0, 4, 4, 4]


def test_a_rollout_shows_its_first_block_and_its_last_two() -> None:
    for blocks, judged in ((3, WINDOW), (5, BLOCK)):
        made = rolled(blocks)
        assert made.x0.shape == SHAPE
        assert made.judged.sum() == judged


@pytest.mark.parametrize(("blocks", "learnt"), [(3, 3), (5, 1)])
def test_only_one_step_of_a_block_is_learnt_from(blocks: int, learnt: int) -> None:
    made, calls = parts(), []
    made.network.register_forward_hook(lambda *_: calls.append(torch.is_grad_enabled()))
    rolled(blocks, made).x0.mean().backward()
    assert sum(calls) == learnt


def test_the_step_that_is_learnt_from_is_any_and_later_blocks_have_fewer() -> None:
    made, seen = parts(), set()
    for seed in range(24):
        calls: list[bool] = []
        hook = made.network.register_forward_hook(lambda *_, c=calls: c.append(True))
        torch.manual_seed(seed)
        with torch.no_grad():
            rolled(3, made)
        hook.remove()
        seen.add(len(calls))
    left = len(SCHEDULE.steps_below(RENEWAL))
    remembered = 3
    whole = range(1, len(STEPS) + 1)
    assert seen == {steps + 2 * min(steps, left) + remembered for steps in whole}


def test_what_the_teacher_agrees_with_stays() -> None:
    x0, pictures = torch.randn(SHAPE), torch.randn(SHAPE)
    assert direction(x0, pictures, pictures, torch.ones(WINDOW)).count_nonzero() == 0


def test_the_way_does_not_depend_on_how_large_latents_are() -> None:
    x0, fake, real = (torch.randn(SHAPE) for _ in range(3))
    judged = torch.ones(WINDOW)
    small, large = (direction(s * x0, s * fake, s * real, judged) for s in (1.0, 8.0))
    assert torch.allclose(small, large, atol=1e-5)


def test_the_student_goes_to_where_the_teacher_would_have_it() -> None:
    torch.manual_seed(0)
    x0, real = torch.zeros(SHAPE), torch.ones(SHAPE)
    for _ in range(50):
        x0 = x0 - 0.1 * direction(x0, x0, real, torch.ones(WINDOW)) * (real - x0).abs().mean()
    assert (x0 - real).abs().max() < 0.05


def test_student_and_fake_learn_in_turn_and_the_teacher_never() -> None:
    made = stage()
    networks = made.student.network, made.fake, made.teacher.network
    for index in range(CYCLE):
        before = [deepcopy(network.state_dict()) for network in networks]
        made.step(index, CYCLE)
        moved = [
            any(not torch.equal(old[name], new) for name, new in network.state_dict().items())
            for old, network in zip(before, networks, strict=True)
        ]
        assert moved == [index == 0, index > 0, False]
