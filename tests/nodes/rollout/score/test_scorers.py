"""Claims about critics: each notices its own fault, and a broken frame cannot hide in a mean."""

from __future__ import annotations

import pytest
import torch

from engine.errors import ParamError
from engine.values import Scorer
from kernels.filters import gaussian_blur
from kernels.noise import fbm
from nodes.rollout.score.scorers import (
    ColourDrift,
    FlowSeam,
    Sharpness,
    Weighed,
    best,
    motion,
    pooled,
)


def pan(frames: int, pixels: float = 2.0, start: float = 0.0, size: int = 96) -> torch.Tensor:
    """A camera that moves over a cloudy picture, (T, 3, size, size)."""
    shots = [
        torch.cat(
            [fbm(size, size, scale=24, octaves=4, seed=c, x=start + i * pixels) for c in range(3)],
            1,
        )
        for i in range(frames)
    ]
    return torch.cat(shots)


ALL = [Sharpness(), FlowSeam(), ColourDrift(), Weighed(((Sharpness(), 1.0), (FlowSeam(), 2.0)))]


@pytest.mark.parametrize("critic", ALL)
@pytest.mark.parametrize("frames", [1, 2, 5])
def test_each_frame_gets_a_number_between_0_and_1(critic, frames):
    said = critic.score(pan(frames), None)
    assert said.shape == (frames,)
    assert said.dtype == torch.float32
    assert ((said >= 0) & (said <= 1)).all()
    assert isinstance(critic, Scorer)


@pytest.mark.parametrize("critic", ALL)
def test_what_is_not_frames_is_refused(critic):
    with pytest.raises(ParamError, match=r"\(T, 3, H, W\)"):
        critic.score(torch.zeros(3, 8, 8), None)


def test_blur_loses_sharpness():
    frames = pan(1)
    said = [Sharpness().score(gaussian_blur(frames, sigma), None).item() for sigma in (0, 1, 2, 4)]
    assert said == sorted(said, reverse=True)
    assert Sharpness().score(torch.full((1, 3, 9, 9), 0.5), None).item() == pytest.approx(
        0, abs=1e-6
    )


@pytest.mark.parametrize("shift", [(1.5, 0.0), (0.0, -3.0), (5.0, 4.0)])
def test_motion_is_followed(shift):
    x, y = shift
    here = fbm(64, 64, scale=24, octaves=3, seed=4)
    there = fbm(64, 64, scale=24, octaves=3, seed=4, x=x, y=y)
    flow = motion(there, here)[:, :, 12:-12, 12:-12]
    assert flow.mean((0, 2, 3)).tolist() == pytest.approx([x, y], abs=0.4)


def test_a_steady_pan_scores_above_a_cut_a_flash_and_a_jerk():
    steady = FlowSeam().score(pan(6), None)
    cut = FlowSeam().score(torch.cat([pan(3), pan(3, start=900)]), None)
    flash = pan(6)
    flash[3] = (flash[3] + 0.3).clamp(0, 1)
    jerk = torch.cat([pan(3), pan(3, start=18)])
    assert steady.min() > 0.6
    for broken in (cut, FlowSeam().score(flash, None), FlowSeam().score(jerk, None)):
        assert broken[3] < 0.75 * steady[3]
        assert broken.argmin() in (3, 4)


def test_burnt_and_faded_colours_drift_from_their_reference():
    frames, reference = pan(3), pan(1)
    critic = ColourDrift(reference)
    said = [critic.score(frames.mul(gain).clamp(0, 1), None).mean() for gain in (1.0, 0.8, 0.5)]
    assert said == sorted(said, reverse=True)
    assert critic.score(reference, None).item() == pytest.approx(1, abs=1e-5)
    tinted = frames * torch.tensor([1.0, 0.7, 0.5]).view(1, 3, 1, 1)
    assert critic.score(tinted, None).mean() < 0.7 * said[0]


def test_weighed_critics_agree_with_their_mean():
    frames = pan(3)
    both = Weighed(((Sharpness(), 1.0), (ColourDrift(), 3.0))).score(frames, None)
    expected = (Sharpness().score(frames, None) + 3 * ColourDrift().score(frames, None)) / 4
    assert torch.allclose(both, expected)


@pytest.mark.parametrize("weights", [(), (0.0, 0.0), (-1.0, 2.0), (float("nan"), 1.0)])
def test_weights_that_weigh_nothing_are_refused(weights):
    with pytest.raises(ParamError, match="weights"):
        Weighed(tuple((Sharpness(), weight) for weight in weights))


def test_the_worst_frame_counts_unless_asked_otherwise():
    scores = torch.tensor([0.9, 0.1, 0.8, 0.8])
    assert pooled(scores).item() == pytest.approx(0.1)
    assert pooled(scores, "mean").item() == pytest.approx(0.65)
    assert pooled(scores, "quantile", quantile=0.5).item() == pytest.approx(0.8)
    assert best([pooled(scores), pooled(scores, "mean"), pooled(scores)]) == 1


def test_nothing_to_pool_is_refused():
    with pytest.raises(ParamError, match="at least one frame"):
        pooled(torch.zeros(0))
    with pytest.raises(ParamError, match="quantile"):
        pooled(torch.ones(2), "quantile", quantile=2)
