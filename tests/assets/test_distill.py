"""The student of the image recipe: guided by words and by what its teacher has learnt since it was
young."""

from __future__ import annotations

from copy import deepcopy

import pytest
import torch

from assets.recipes import image_model
from assets.recipes.image_model import Parts, tokens
from assets.recipes.train_distill import AGE, WORDS, DistillStage
from assets.recipes.train_unet import YOUNG, Sample, Supply, UnetStage


class Given(Supply):
    """Noise in place of pictures."""

    def __init__(self, ids: torch.Tensor) -> None:
        self.ids = ids

    def draw(self, step: int, total: int) -> Sample:
        latents = torch.randn(2, image_model.CHANNELS, 8, 8)
        return Sample(latents, latents, self.ids, torch.zeros(2, dtype=torch.bool))


@pytest.fixture
def parts() -> Parts:
    made = image_model.build(0, image_model.default_tokenizer())
    torch.nn.init.normal_(made.unet.conv_out.weight, std=0.1)
    return made


def supply(made: Parts) -> Given:
    return Given(tokens(made.tokenizer, ["mountains at dawn", "a city at night"]))


def stage(teacher: Parts, young: Parts) -> DistillStage:
    unets = deepcopy(teacher.unet), deepcopy(teacher.unet)
    return DistillStage(teacher, young, *unets, supply(teacher))


def guided(made: DistillStage, noisy: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        context = made.teacher.text(ids).last_hidden_state
        return made._guided(noisy, torch.tensor([500, 900]), context, ids)


def velocity(made: Parts, noisy: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        context = made.text(ids).last_hidden_state
        return made.unet(noisy, torch.tensor([500, 900]), context).sample


def without_rows(gap: torch.Tensor) -> torch.Tensor:
    return gap - gap.mean(3, keepdim=True)


def test_without_words_and_without_age_the_teacher_is_left_as_it_is(parts):
    noisy = torch.randn(2, image_model.CHANNELS, 8, 8)
    silent = tokens(parts.tokenizer, ["", ""])
    found = guided(stage(parts, parts), noisy, silent)
    assert torch.allclose(found, velocity(parts, noisy, silent), atol=1e-4)


def test_the_target_is_guided_by_words_and_by_age(parts):
    young = deepcopy(parts)
    torch.nn.init.normal_(young.unet.conv_out.weight, std=0.1)
    noisy, ids = torch.randn(2, image_model.CHANNELS, 8, 8), supply(parts).ids
    found = guided(stage(parts, young), noisy, ids)
    v, untold = (velocity(parts, noisy, t) for t in (ids, tokens(parts.tokenizer, ["", ""])))
    before = velocity(young, noisy, ids)
    wanted = (1 + WORDS) * v - WORDS * untold + AGE * without_rows(v - before)
    assert torch.allclose(found, wanted, atol=1e-3)
    assert not torch.allclose(found, v, atol=0.1)


@pytest.mark.timeout(120)
def test_the_young_average_is_kept_at_its_share_of_the_steps(parts):
    torch.manual_seed(0)
    live, average = deepcopy(parts), deepcopy(parts)
    made, total = UnetStage(live, average, supply(parts)), 20
    at = int(YOUNG * total)
    for index in range(at + 1):
        made.step(index, total)
    young = [weight.clone() for weight in made.keep()["unet_young"].parameters()]
    assert all(map(torch.equal, young, average.unet.parameters()))
    made.step(at + 1, total)
    assert all(map(torch.equal, young, made.keep()["unet_young"].parameters()))
    assert not all(map(torch.equal, young, average.unet.parameters()))
