"""The stage in which a judge teaches the video student: what it is shown, and what stays."""

from __future__ import annotations

import torch

from assets.recipes import video_parts
from assets.recipes.video_adversarial import WARM, AdversarialStage, Case, cut
from assets.recipes.video_flow import Sample
from assets.recipes.video_parts import BLOCK, SPREAD
from nodes.models.video_card import LAST, STEERING
from tests.assets.test_video_training import Given

PLANES = STEERING[LAST]


def stage(batch: int = 4) -> AdversarialStage:
    torch.manual_seed(0)
    return AdversarialStage(video_parts.build(0, "micro"), Given(), batch=batch)


def weights(module: torch.nn.Module) -> torch.Tensor:
    return torch.cat([weight.detach().flatten() for weight in module.parameters()])


def test_the_judge_learns_alone_before_the_student_follows_it() -> None:
    taught = stage()
    before, judge = weights(taught.student.network), weights(taught._judging.judge)
    taught.step(0, 100)
    assert torch.equal(weights(taught.student.network), before)
    assert not torch.equal(weights(taught._judging.judge), judge)
    taught.step(WARM, 100)
    assert not torch.equal(weights(taught.student.network), before)
    assert torch.equal(weights(taught.before), before)


def test_blocks_stand_at_the_students_levels_behind_a_finished_past() -> None:
    taught = stage()
    for _ in range(8):
        sample = taught._drawn()
        assert torch.isin(sample.sigma[:, -BLOCK:], taught._levels).all()
        assert not sample.sigma[:, :-BLOCK].any()
        assert (sample.sigma[:, -BLOCK:] == sample.sigma[:, -1:]).all()


def test_the_judge_sees_the_frame_that_a_block_follows() -> None:
    x0 = torch.randn(2, 9, 16, 4, 4)
    sigma, alone = torch.zeros(2, 9), torch.zeros(2, dtype=torch.bool)
    control = torch.zeros(2, 9, sum(STEERING.values()), 4, 4)
    told = cut(Sample(x0, x0, sigma, sigma, ["", ""], control, alone), 6)
    spread = torch.tensor(SPREAD)[:, None, None]
    seen = Case(told.control[:, -BLOCK], spread).of(told.x0[:, -BLOCK:])
    assert seen.shape == (2, 3 * 16 + control.shape[2], 4, 4)
    assert torch.allclose(seen[:, :16] * spread, x0[:, 3])
    last = told.control[:, -BLOCK, -16:]
    rows = told.control[:, -1, -PLANES].amax((1, 2)) > 0  # of a tenth it goes unsaid
    assert torch.equal(last[rows], x0[rows, 2])
