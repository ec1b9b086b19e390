"""Claims about the motion-aware noise controller: StreamDiffusionV2's formula to the digit."""

from __future__ import annotations

import pytest
import torch

from engine.errors import ParamError
from nodes.rollout.flow import Schedule
from nodes.rollout.video.motion_noise import MotionNoise, motion_of


def grey(*levels: float) -> torch.Tensor:
    return torch.stack([torch.full((3, 4, 6), level) for level in levels])


def run(chunks: list[torch.Tensor], strength: float = 0.8) -> list[float]:
    noise, found = MotionNoise(), []
    for chunk in chunks:
        noise = noise.after(chunk, strength)
        found.append(noise.strength)
    return found


def test_a_still_scene_keeps_what_is_asked_for():
    assert run([grey(0.5, 0.5, 0.5, 0.5)] * 5) == pytest.approx([0.8] * 5)


def test_full_motion_takes_a_tenth():
    assert run([grey(0, 1, 0, 1)] * 12)[-1] == pytest.approx(0.7, abs=1e-9)


def test_a_vector_computed_by_hand():
    # 0.05 in [0, 1] is 0.1 in [-1, 1], half of all motion: s = 0.9 (0.8 - 0.05) + 0.1 s_previous
    first = 0.9 * 0.75 + 0.1 * 0.8
    found = run([grey(0.5, 0.55), grey(0.5, 0.5)])
    assert found[0] == pytest.approx(first)
    assert found[1] == pytest.approx(0.9 * 0.75 + 0.1 * first)  # the step back to 0.5 counts


def test_more_motion_is_never_more_noise():
    found = [run([grey(0.2, 0.2 + step / 100)])[0] for step in range(0, 30, 2)]
    assert found == sorted(found, reverse=True)


def test_the_largest_step_of_a_chunk_counts():
    assert motion_of(grey(0, 0, 0.1, 0.1)) == pytest.approx(0.2)


def test_the_picture_before_the_chunk_counts():
    assert motion_of(grey(0.3, 0.3), grey(0.4)[0]) == pytest.approx(0.2)


def test_a_single_first_picture_has_no_motion():
    assert run([grey(0.7)]) == pytest.approx([0.8])


def test_a_picture_of_another_size_begins_anew():
    before = MotionNoise(0.8, torch.zeros(3, 8, 8))
    assert before.after(grey(0.5, 0.5), 0.8).strength == pytest.approx(0.8)


def test_the_network_is_told_a_hundred_below():
    strength = run([grey(0, 1)])[0]
    schedule = Schedule((700, 500, 400, 200), shift=8, warp=False)
    step = schedule.steps_from(strength, 2, spread="first", quirk=True)[0]
    assert step.t == int(1000 * strength) - 100


@pytest.mark.parametrize("strength", [0.0, -1.0, 1.5, float("nan")])
def test_a_strength_that_is_none_is_refused(strength):
    with pytest.raises(ParamError, match="strength is"):
        MotionNoise().after(grey(0.5), strength)


def test_low_strengths_stay_above_nought():
    assert run([grey(0, 1)] * 4, strength=0.02)[-1] > 0
