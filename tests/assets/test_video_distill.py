"""The student of the video recipe: guided by words and by what its teacher has learnt since it was
young, in one call."""

from __future__ import annotations

import pytest
import torch

from assets.recipes import video_student
from assets.recipes.video_distill import AGE, LATER_AGE, WORDS, DistillStage, Youth
from assets.recipes.video_flow import YOUNG, FlowStage, Sample
from assets.recipes.video_parts import BLOCK, Parts
from nodes.models.video_card import LAST, STEERING
from tests.assets.given_latents import Given
from tests.assets.given_parts import parts


def stage(teacher: Parts, young: Parts) -> DistillStage:
    torch.manual_seed(0)
    return DistillStage(teacher, Youth(young, young), Given(), batch=2)


def drawn(made: DistillStage) -> Sample:
    torch.manual_seed(1)
    return made.supply.sample(taught=True)


def test_a_teacher_that_learnt_nothing_and_is_told_nothing_is_left_as_it_is():
    made = stage(parts(0), parts(0))
    sample = drawn(made)
    control = sample.control.clone()
    control[:, :, : -STEERING[LAST]] = 0
    silent = sample._replace(texts=[""] * len(sample.texts), control=control)
    assert torch.allclose(made.wanted(silent), made.supply.flow(silent), atol=1e-3)


def test_words_guide_what_is_not_told_its_last_frame_and_age_first_blocks_most():
    teacher, young = parts(0), parts(7)
    made = stage(teacher, young)
    sample = drawn(made)
    control = sample.control.clone()
    control[:, :, : -STEERING[LAST]] = 0
    silent = sample._replace(texts=[""] * len(sample.texts), control=control)
    with torch.no_grad():
        v, untold = made.supply.flow(sample), made.supply.flow(silent)
        before, found = made.supply.flow(sample, young), made.wanted(sample)
    told = (sample.control[:, :, -STEERING[LAST]] > 0).all(2).all(2)  # (B, F)
    assert told[:, BLOCK:].any()
    words = WORDS * (v - untold)
    words[told] = 0
    gap = v - before
    age = torch.full((v.shape[1], 1, 1, 1), LATER_AGE)
    age[:BLOCK] = AGE
    wanted = v + words + age * (gap - gap.mean(-1, keepdim=True))
    assert torch.allclose(found, wanted, atol=1e-2)
    assert not torch.allclose(found, v, atol=0.1)


@pytest.mark.timeout(120)
def test_a_student_begins_as_its_teacher_and_comes_nearer_to_the_target(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(video_student, "OWN", 0.0)
    made = stage(parts(0), parts(7))
    sample = drawn(made)
    target = made.wanted(sample)

    def gap() -> float:
        with torch.no_grad():
            return float((made.supply.flow(sample, made.student) - target).square().mean())

    before = gap()
    with torch.no_grad():
        assert torch.equal(
            made.supply.flow(sample, made.student), made.supply.flow(sample, made.asked[0])
        )
    for index in range(100, 150):  # behind the slow beginning
        made.step(index, 10_000)
    assert gap() < 0.9 * before


def test_behind_its_own_pictures_a_student_that_is_its_teacher_is_off_by_age_alone():
    same = stage(parts(0), parts(0))
    assert same._onward().item() == pytest.approx(0, abs=1e-6)
    assert stage(parts(0), parts(7))._onward().item() > 0.01


def test_the_teacher_stays_as_it_is():
    teacher, young = parts(0), parts(7)
    made = stage(teacher, young)
    kept = [weight.clone() for part in (teacher, young) for weight in part.network.parameters()]
    made.step(0, 10)
    now = [weight for part in (teacher, young) for weight in part.network.parameters()]
    assert all(torch.equal(old, new) for old, new in zip(kept, now, strict=True))


def test_the_young_average_is_kept_at_its_share_of_the_steps():
    torch.manual_seed(0)
    made = FlowStage("flow", parts(0), Given(), batch=2, peak=1e-2)
    total = 10
    for index in range(int(YOUNG * total) + 1):
        made.step(index, total)
    young = [weight.clone() for weight in made.network_young.parameters()]
    assert all(map(torch.equal, young, made.network_average.parameters()))
    made.step(int(YOUNG * total) + 1, total)
    assert all(map(torch.equal, young, made.network_young.parameters()))
    assert not all(map(torch.equal, young, made.network_average.parameters()))
