"""Claims about the drift meter: what it notices, what it forgives, and the way back."""

from __future__ import annotations

import pytest
import torch

from kernels.filters import gaussian_blur
from nodes.rollout.score.drift import DriftMeter, brought_back, measured


def scene(seed: int = 1, frames: int = 4) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, 6, 8, generator=generator)
    return torch.nn.functional.interpolate(coarse, (48, 64)).expand(frames, -1, -1, -1) * 0.8 + 0.1


def told(*blocks: torch.Tensor, first: int = 8) -> DriftMeter:
    meter = DriftMeter(first)
    for block in blocks:
        meter = meter.after(block)
    return meter


def test_a_stream_that_stays_has_no_drift():
    assert told(*[scene()] * 6).value == pytest.approx(0, abs=1e-4)


def test_the_first_seconds_are_the_measure():
    meter = told(scene(), scene())
    assert meter.settled
    assert not told(scene()).settled
    assert told(scene(), scene() * 0.2).value == 0  # both are the beginning


@pytest.mark.parametrize(
    "spoiled",
    [
        scene() * 0.35,
        (scene() * 1.8 - 0.2).clamp(0, 1),
        scene() * torch.tensor([1.0, 0.5, 0.5]).view(1, 3, 1, 1),
        scene().mean((2, 3), keepdim=True).expand_as(scene()),
    ],
    ids=["dark", "burnt", "tinted", "grey"],
)
def test_colours_that_go_are_drift(spoiled):
    meter = told(scene(), scene(), *[spoiled] * 12)
    assert meter.value > 0.8


def test_a_picture_that_blurs_is_drift():
    soft = gaussian_blur(scene(), 6.0)
    assert told(scene(), scene(), *[soft] * 12).value > 0.8


def test_what_moves_is_no_drift():
    rolled = [scene().roll(8 * step, 3) for step in range(10)]
    assert told(*rolled).value < 0.3


def test_one_odd_block_is_not_yet_much():
    often = told(scene(), scene(), *[scene() * 0.3] * 8).value
    assert told(scene(), scene(), scene(), scene() * 0.3).value < 0.5 * often


def test_a_restyled_picture_may_change_as_its_source_does():
    meter = DriftMeter(4)
    for level in (1.0, 0.9, 0.6, 0.4):
        meter = meter.after(scene() * level, scene() * level)
    assert meter.value < 0.2


def test_after_another_prompt_the_beginning_is_measured_anew():
    meter = told(scene(), scene(), *[scene() * 0.3] * 8).anew()
    for _ in range(4):
        meter = meter.after(scene() * 0.3)
    assert meter.value == pytest.approx(0, abs=1e-4)


def test_latents_get_their_light_and_colours_back_and_keep_what_they_show():
    generator = torch.Generator().manual_seed(0)
    good = torch.randn(1, 3, 4, 6, 8, generator=generator)
    drifted = good * 1.7 + 0.4
    torch.testing.assert_close(brought_back(drifted, good), good, atol=1e-5, rtol=1e-4)


def test_flat_latents_stay_finite():
    flat = torch.zeros(1, 3, 4, 6, 8)
    assert torch.isfinite(brought_back(flat, torch.randn(1, 3, 4, 6, 8))).all()


def test_even_a_single_pixel_can_be_measured():
    assert measured(torch.rand(1, 3, 1, 1)).sharp >= 0
