"""Figures of a video model: a pan is found as slow as it is."""

from __future__ import annotations

import pytest
import torch

from assets.recipes.video_measure import ground_shift


@pytest.mark.parametrize("pace", [-1.5, -0.5, 0.0, 1 / 3, 2.0])
def test_a_pan_is_found_as_fast_as_it_goes(pace: float):
    torch.manual_seed(0)
    wide = torch.rand(3, 96, 256)
    film = torch.stack([wide.roll(round(pace * t), 2)[..., 64:192] for t in range(24)])
    assert ground_shift(film) == pytest.approx(pace, abs=1 / 12)


def test_a_sky_that_drifts_over_still_ground_is_no_pan():
    torch.manual_seed(0)
    film = torch.rand(1, 3, 96, 128).repeat(24, 1, 1, 1)
    film[:, :, :48] = torch.rand(24, 3, 48, 128)
    assert ground_shift(film) == 0
