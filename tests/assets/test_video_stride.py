"""The student whose steps go as far as several small ones."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import Tensor

from assets.recipes import video_stride, video_student
from assets.recipes.video_parts import SCHEDULE
from assets.recipes.video_stride import SMALL_STEPS, StrideStage, after, strode
from nodes.rollout.flow import euler
from tests.assets.given_latents import Given
from tests.assets.given_parts import parts


def stage() -> StrideStage:
    torch.manual_seed(0)
    return StrideStage(parts(), Given(), batch=2)


def test_a_stride_goes_from_each_step_of_the_schedule_to_the_next():
    sigmas = [*(step.sigma for step in SCHEDULE.steps()), 0.0]
    for here, coming in pairwise(sigmas):
        assert after(torch.tensor(here), 1.0).item() == pytest.approx(coming, abs=2e-3)
        assert after(torch.tensor(here), 0.0).item() == pytest.approx(here)


def test_along_a_straight_flow_a_stride_is_the_flow():
    torch.manual_seed(0)
    straight, x = torch.randn(2, 3, 16, 4, 4), torch.randn(2, 3, 16, 4, 4)
    found = strode(lambda _x, _sigma: straight, x, torch.rand(2, 3) * 0.9 + 0.1)
    assert torch.allclose(found, straight, atol=1e-3)


def test_one_stride_ends_where_the_small_steps_do(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(video_stride, "WAY", 1.0)
    torch.manual_seed(0)
    start, x = 0.9, torch.randn(1, 3, 16, 4, 4)
    sigma = torch.full((1, 3), start)

    def bent(x: Tensor, sigma: Tensor) -> Tensor:
        return x * (1 + sigma[..., None, None, None])

    end = after(torch.tensor(start), 1.0).item()
    small, levels = x, torch.linspace(start, end, SMALL_STEPS + 1).tolist()
    for here, coming in pairwise(levels):
        small = euler(small, bent(small, torch.full((1, 3), here)), here, coming)
    whole = euler(x, strode(bent, x, sigma), start, end)
    assert torch.allclose(whole, small, atol=1e-4)
    assert not torch.allclose(euler(x, bent(x, sigma), start, end), small, atol=1e-2)


def test_a_student_goes_a_part_of_the_way(monkeypatch: pytest.MonkeyPatch):
    torch.manual_seed(0)
    x, sigma = torch.randn(1, 3, 16, 4, 4), torch.full((1, 3), 0.9)
    found = []
    for way in (0.0, 0.5, 1.0):
        monkeypatch.setattr(video_stride, "WAY", way)
        found.append(strode(lambda x, _sigma: x, x, sigma))
    assert torch.equal(found[0], x)
    assert torch.allclose(found[1], (found[0] + found[2]) / 2, atol=1e-5)
    assert not torch.allclose(found[0], found[2], atol=1e-2)


def test_what_is_finished_goes_nowhere(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(video_stride, "WAY", 1.0)
    found = strode(lambda x, _sigma: x, torch.ones(1, 3, 16, 4, 4), torch.zeros(1, 3))
    assert not found.any()


def test_a_student_begins_as_its_teacher_and_learns_to_stride(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(video_student, "OWN", 0.0)
    monkeypatch.setattr(video_student, "PEAK", 1e-3)
    made = stage()
    sample = made.supply.opening()
    with torch.no_grad():
        target = made.wanted(sample)
        assert torch.equal(made.supply.flow(sample, made.student), made.supply.flow(sample))

    def gap() -> float:
        with torch.no_grad():
            return float((made.supply.flow(sample, made.student) - target).square().mean())

    before = gap()
    assert before > 0
    for index in range(100, 120):  # behind the slow beginning
        made.step(index, 10_000)
    assert gap() < 0.98 * before


def test_behind_its_own_pictures_a_fresh_student_is_off_by_the_small_steps_alone(
    monkeypatch: pytest.MonkeyPatch,
):
    made = stage()
    assert made._onward().item() > 1e-4
    monkeypatch.setattr(video_stride, "SMALL_STEPS", 1)
    assert made._onward().item() == pytest.approx(0, abs=1e-6)
