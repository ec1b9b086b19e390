"""Claims about timesteps and their tables; the numbers are those of the StreamDiffusion sheet."""

from __future__ import annotations

import pytest
import torch

from nodes.rollout.image.schedule import schedule_from_config

LCM = {"_class_name": "LCMScheduler", "timestep_spacing": "leading"}
TURBO = {"_class_name": "EulerAncestralDiscreteScheduler", "timestep_spacing": "trailing"}


@pytest.mark.parametrize(
    ("index", "t", "a", "b", "c_skip"),
    [
        (0, 999, 0.068265, 0.997667, 2.5e-9),
        (16, 679, 0.309813, 0.950798, 5.4e-9),
        (32, 359, 0.701071, 0.713092, 1.9e-8),
        (45, 99, 0.946289, 0.323322, 2.6e-7),
        (49, 19, 0.991082, 0.133252, 6.9e-6),
    ],
)
def test_tables_have_the_published_numbers(index, t, a, b, c_skip):
    schedule = schedule_from_config(LCM)
    ladder = schedule.ladder(schedule.at([index]))
    assert ladder.timesteps == (t,)
    assert ladder.a.item() == pytest.approx(a, abs=6e-7)
    assert ladder.b.item() == pytest.approx(b, abs=6e-7)
    assert ladder.c_skip.item() == pytest.approx(c_skip, rel=0.03)
    assert ladder.c_out.item() == pytest.approx((1 - ladder.c_skip.item()) ** 0.5)


@pytest.mark.parametrize("strength", [1.0, 0.8, 0.6, 0.36, 0.2])
@pytest.mark.parametrize("steps", [1, 2, 3, 4, 8])
def test_lcm_steps_are_those_of_the_reference_scheduler(steps, strength):
    from diffusers import LCMScheduler

    theirs = LCMScheduler(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012)
    theirs.set_timesteps(steps, original_inference_steps=50, strength=strength)
    assert schedule_from_config(LCM).spread(steps, strength) == tuple(theirs.timesteps.tolist())


def test_turbo_steps_are_the_four_it_was_trained_on():
    schedule = schedule_from_config(TURBO)
    assert schedule.spread(4, 1.0) == (999, 749, 499, 249)
    assert schedule.spread(1, 1.0) == (999,)
    assert schedule.spread(2, 0.5) == (499, 249)


@pytest.mark.parametrize("config", [LCM, TURBO])
@pytest.mark.parametrize("strength", [0.0, 0.01, 0.5, 1.0])
@pytest.mark.parametrize("steps", [1, 7, 20])
def test_every_spread_falls_strictly_and_stays_in_the_table(config, strength, steps):
    timesteps = schedule_from_config(config).spread(steps, strength)
    assert len(timesteps) == steps
    assert list(timesteps) == sorted(set(timesteps), reverse=True)
    assert 0 <= timesteps[-1] <= timesteps[0] <= 999


def test_more_strength_begins_further_in_noise():
    first = [schedule_from_config(LCM).spread(2, s / 10)[0] for s in range(1, 11)]
    assert first == sorted(first)
    assert first[-1] == 999


@pytest.mark.parametrize("indices", [[], [45, 32], [3, 3], [-1, 4], [12, 50]])
def test_bad_indices_are_refused_with_the_range(indices):
    with pytest.raises(ValueError, match="from 0 to 49"):
        schedule_from_config(LCM).at(indices)


@pytest.mark.parametrize(("steps", "strength"), [(0, 1.0), (-1, 1.0), (2, 1.5), (2, float("nan"))])
def test_bad_steps_and_strength_are_refused(steps, strength):
    with pytest.raises(ValueError, match="is"):
        schedule_from_config(LCM).spread(steps, strength)


@pytest.mark.parametrize("kind", ["linear", "scaled_linear", "squaredcos_cap_v2"])
@pytest.mark.parametrize("rescale", [False, True])
def test_betas_agree_with_the_reference_scheduler(kind, rescale):
    from diffusers import DDIMScheduler

    config = {
        "beta_schedule": kind,
        "beta_start": 0.001,
        "beta_end": 0.02,
        "rescale_betas_zero_snr": rescale,
    }
    theirs = DDIMScheduler(**config).alphas_cumprod.double()
    assert torch.allclose(schedule_from_config(config).alpha_bar, theirs, atol=2e-6)


@pytest.mark.parametrize(
    "config",
    [
        {"beta_schedule": "sigmoid"},
        {"prediction_type": "flow"},
        {"num_train_timesteps": "many"},
        {"num_train_timesteps": 0},
    ],
)
def test_a_config_that_cannot_be_followed_names_the_field(config):
    with pytest.raises(ValueError, match=next(iter(config))):
        schedule_from_config(config)


def test_zero_terminal_snr_stays_finite():
    schedule = schedule_from_config(
        {"rescale_betas_zero_snr": True, "prediction_type": "v_prediction"}
    )
    ladder = schedule.ladder((999,))
    assert torch.isfinite(ladder.b / ladder.a).all()
