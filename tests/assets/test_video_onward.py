"""The stage that goes on behind its own pictures: what it sees there is what a stage would show."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from assets.recipes import video_onward
from assets.recipes.video_flow import FILM, FlowStage, Sample
from assets.recipes.video_onward import OnwardStage, falls, onward
from assets.recipes.video_parts import BLOCK, RENEWAL, SCHEDULE
from assets.recipes.video_rollout import Call, is_told, leaning
from nodes.models.video_card import LAST, STEERING
from nodes.rollout.flow import add_noise
from tests.assets.given_latents import Given
from tests.assets.given_parts import parts


def supply() -> FlowStage:
    torch.manual_seed(0)
    return FlowStage("supply", parts(), Given(), batch=2, peak=0)


@pytest.fixture
def rolled(monkeypatch: pytest.MonkeyPatch) -> list[Tensor]:
    """What is rolled out from now on; every row is told its last frame."""
    kept: list[Tensor] = []
    roll = video_onward._rolled

    def kept_roll(call: Call, x0: Tensor) -> Tensor:
        kept.append(roll(call, x0))
        return kept[-1]

    monkeypatch.setattr(video_onward, "_rolled", kept_roll)
    monkeypatch.setattr(video_onward, "DROP", -1.0)
    return kept


def test_all_blocks_but_the_first_are_learnt_behind_what_was_made_of_those_before(
    rolled: list[Tensor],
):
    film = supply().film()
    stretches = list(onward(film, [parts()]))
    assert len(stretches) == FILM // BLOCK - 1
    assert len(rolled) == len(stretches) - 1  # nothing is made that nobody sees
    lasts = [film.x0[:, BLOCK - 1], *(made[:, -1] for made in rolled)]
    for stretch, last in zip(stretches, lasts, strict=True):
        told = stretch.calls[0].control[:, :, -last.shape[1] :]
        assert torch.equal(told, last[:, None].expand_as(told))


def test_behind_a_true_past_a_rollout_says_what_teacher_forcing_says(rolled: list[Tensor]):
    made = supply()
    film = made.film()
    first = next(onward(film, [made.parts]))
    assert not rolled
    x0, two = film.x0[:, : 2 * BLOCK], 2 * BLOCK
    eps = torch.cat([torch.zeros_like(film.x0[:, :BLOCK]), first.wanted + x0[:, BLOCK:]], 1)
    sigma = torch.cat([torch.zeros_like(first.sigma), first.sigma], 1)
    untold = torch.zeros_like(first.calls[0].control)
    untold[:, :, : -STEERING[LAST]] = film.steered[:, :BLOCK]
    control = torch.cat([untold, first.calls[0].control], 1)
    counts = film.counts[:, :two]
    apart = torch.zeros(len(x0), dtype=torch.bool)
    sample = Sample(x0, eps, sigma, counts, film.texts, control, apart, past=x0)
    assert torch.allclose(made.flow(sample)[:, BLOCK:], first.flow(), atol=1e-4)


def test_a_second_network_sees_the_same_past():
    film = supply().film()
    twins, others = [parts(), parts()], [parts(), parts(7)]
    with torch.no_grad():
        assert all(torch.equal(part.flow(0), part.flow(1)) for part in onward(film, twins))
        stretches = list(onward(film, others))
    controls = [[call.control for call in part.calls] for part in stretches]
    assert all(torch.equal(one, other) for one, other in controls)


def test_no_gradient_goes_through_what_was_rolled_out():
    made = supply()
    film = made.film()
    film.x0.requires_grad_()
    *_, last = onward(film, [made.parts])
    assert not last.calls[0].control.requires_grad


def test_noise_that_leans_leads_from_what_a_block_begins_with_to_its_picture():
    x0, carried, eps = torch.randn(3, 2, 3, 16, 4, 4)
    told = torch.tensor([[True] * 3, [False] * 3])
    lean = leaning(eps, x0, carried, told)
    begins = add_noise(carried, eps, RENEWAL)
    assert torch.allclose(add_noise(x0, lean, RENEWAL)[0], begins[0], atol=1e-5)
    assert torch.equal(lean[1], eps[1])
    half = add_noise(x0, lean, RENEWAL / 2)[0]
    assert torch.allclose(half, (begins[0] + x0[0]) / 2, atol=1e-5)


def test_frames_that_are_told_the_last_one_are_never_noisier_than_they_begin():
    sample = supply().sample(taught=True)
    told = is_told(sample.control)
    assert told.any()
    assert sample.sigma[told].max() <= RENEWAL


def test_a_rollout_begins_as_the_program_does():
    made = supply()
    film = made.film()
    call = next(onward(film, [made.parts])).calls[0]
    eps, steps = torch.randn_like(film.x0[:, :BLOCK]), SCHEDULE.steps()
    x, left = call.begins(eps, steps)
    assert torch.equal(x, add_noise(call.carried(), eps, RENEWAL))
    assert tuple(left) == SCHEDULE.steps_below(RENEWAL)
    untold = call._replace(control=torch.zeros_like(call.control))
    assert untold.begins(eps, steps) == (eps, steps)


@pytest.mark.parametrize("share", [0.4, 0.6, 1.0])
def test_a_share_of_the_steps_falls_evenly(share: float):
    turns = [falls(index, share) for index in range(100)]
    assert sum(turns) == round(100 * share)
    assert all(sum(turns[i : i + 10]) == round(10 * share) for i in range(0, 100, 10))


def test_denoiser_and_words_learn_and_the_advection_stays_as_it_was():
    torch.manual_seed(0)
    stage = OnwardStage("onward", parts(), Given(), batch=2, peak=1e-2)
    kept = {name: part.clone() for name, part in stage.parts.network.named_parameters()}
    words = [part.clone() for part in stage.parts.text.parameters()]
    for index in range(4):
        assert stage.step(index, 100) > 0
    now = dict(stage.parts.network.named_parameters())
    for name in ("blocks.0.self_attn.k.weight", "head.head.weight"):
        assert not torch.equal(kept[name], now[name]), name
    assert all(torch.equal(kept[name], now[name]) for name in now if name.startswith("advect."))
    assert not all(map(torch.equal, words, stage.parts.text.parameters()))
