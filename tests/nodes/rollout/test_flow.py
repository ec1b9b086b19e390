"""Claims about flow-matching schedules; the numbers are those of the causal Wan sheet, part 3."""

from __future__ import annotations

import itertools

import pytest
import torch

from nodes.rollout.flow import Schedule, Step, add_noise, euler, predict_x0

SELF_FORCING = Schedule((1000, 750, 500, 250), shift=5)
STREAM_V2 = Schedule((700, 500, 400, 200, 0), shift=8, warp=False)

TABLE = [
    ((1000, 750, 500, 250), 5, True, (1000, 937.5, 833.333, 625)),
    ((1000, 937, 833, 625, 0), 5, False, (1000, 937, 833, 625)),
    ((1000, 757, 522, 0), 8, False, (1000, 757, 522)),
    ((1000, 750, 500, 250, 0), 8, True, (1000, 960, 888.889, 727.273)),
    ((1000, 740, 500, 260), 8, True, (1000, 957.929, 888.889, 737.589)),
    ((700, 500, 400, 200, 0), 8, False, (700, 500, 400, 200)),
]


@pytest.mark.parametrize(("raw", "shift", "warp", "effective"), TABLE)
def test_published_lists_give_the_published_timesteps(raw, shift, warp, effective):
    steps = Schedule(raw, shift=shift, warp=warp).steps()
    assert [step.t for step in steps] == pytest.approx(effective, abs=1e-3)


@pytest.mark.parametrize(("raw", "shift", "warp", "effective"), TABLE)
def test_every_sigma_is_the_nearest_of_the_training_table(raw, shift, warp, effective):
    rows = [1 - i / 1000 for i in range(1000)]
    table = [shift * u / (1 + (shift - 1) * u) for u in rows]
    for step in Schedule(raw, shift=shift, warp=warp).steps():
        nearest = min(table, key=lambda sigma: abs(1000 * sigma - step.t))
        assert step.sigma == pytest.approx(nearest, abs=1e-12)


def test_noise_and_the_exact_flow_give_the_picture_back():
    x0, eps = torch.randn(1, 3, 4, 2, 2), torch.randn(1, 3, 4, 2, 2)
    for _, sigma in SELF_FORCING.steps():
        assert torch.allclose(predict_x0(add_noise(x0, eps, sigma), eps - x0, sigma), x0, atol=1e-6)


def test_frames_of_a_block_may_lie_at_levels_of_their_own():
    x0, eps = torch.randn(2, 3, 4, 2, 2), torch.randn(2, 3, 4, 2, 2)
    sigma = torch.rand(2, 3)
    mixed = add_noise(x0, eps, sigma)
    assert torch.equal(mixed[1, 2], (1 - sigma[1, 2]) * x0[1, 2] + sigma[1, 2] * eps[1, 2])


def test_euler_along_the_exact_flow_ends_in_the_picture():
    x0, eps = torch.randn(1, 1, 4, 2, 2), torch.randn(1, 1, 4, 2, 2)
    x, sigmas = eps, [step.sigma for step in SELF_FORCING.steps()] + [0.0]
    for now, then in itertools.pairwise(sigmas):
        x = euler(x, eps - x0, now, then)
    assert torch.allclose(x, x0, atol=1e-5)


def test_half_precision_is_rounded_once():
    x, v = torch.randn(64).bfloat16(), torch.randn(64).bfloat16()
    once = (x.double() - 0.9375 * v.double()).bfloat16()
    assert torch.equal(predict_x0(x, v, 0.9375), once)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 30])
def test_any_number_of_steps_falls_from_the_same_noise(count):
    ts = [step.t for step in SELF_FORCING.steps(count)]
    assert len(ts) == count
    assert ts[0] == 1000
    assert ts == sorted(set(ts), reverse=True)


def test_as_many_steps_as_trained_are_the_trained_ones():
    assert SELF_FORCING.steps(4) == SELF_FORCING.steps()
    assert [s.t for s in SELF_FORCING.steps(2)] == pytest.approx([1000, 833.333], abs=1e-3)


def test_stream_v2_keeps_the_first_steps():
    assert [s.t for s in STREAM_V2.steps(2, "first")] == [700, 500]
    with pytest.raises(ValueError, match="has 4"):
        STREAM_V2.steps(5, "first")


def test_a_source_begins_at_its_strength():
    steps = STREAM_V2.steps_from(0.8, 2, spread="first")
    assert steps[0] == Step(800, 0.8)
    assert steps[1] == STREAM_V2.steps()[1]


def test_below_a_strength_are_itself_and_the_steps_that_are_left():
    whole = Schedule((1000, 733, 467, 200), shift=3.0)
    assert whole.steps_below(0.6) == (Step(600, 0.6), whole.steps()[-1])
    assert whole.steps_below(0.6, 2) == (Step(600, 0.6),)
    assert whole.steps_below(1.0) == whole.steps()
    assert whole.steps_below(0.01) == (Step(10, 0.01),)


def test_the_quirk_tells_a_hundred_less_than_the_noise():
    steps = STREAM_V2.steps_from(0.7654, 4, spread="first", quirk=True)
    assert steps[0].t == 665
    assert steps[0].sigma == STREAM_V2.sigma(665)
    assert steps[1:] == STREAM_V2.steps()[1:]


@pytest.mark.parametrize("quirk", [False, True])
@pytest.mark.parametrize("strength", [0.01, 0.1, 0.3, 0.5, 0.9, 1.0])
def test_steps_from_a_weak_strength_still_fall(strength, quirk):
    ts = [step.t for step in STREAM_V2.steps_from(strength, quirk=quirk)]
    assert len(ts) == 4
    assert ts == sorted(set(ts), reverse=True)
    assert ts[-1] > 0


@pytest.mark.parametrize("raw", [(), (0,), (500, 500), (250, 500), (1001, 5), (5, -1)])
def test_steps_that_do_not_fall_are_refused(raw):
    with pytest.raises(ValueError, match="falling numbers"):
        Schedule(raw)


@pytest.mark.parametrize("strength", [0.0, -1.0, 1.1, float("nan")])
def test_a_strength_outside_its_range_is_refused(strength):
    with pytest.raises(ValueError, match="strength is"):
        SELF_FORCING.steps_from(strength)


def test_bad_counts_and_shifts_are_refused():
    with pytest.raises(ValueError, match="at least 1"):
        SELF_FORCING.steps(0)
    with pytest.raises(ValueError, match="shift"):
        Schedule((1000,), shift=0)
