"""What the advection is taught: how clips move, and how it learns that."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from assets.recipes import video_parts
from assets.recipes.video_advection import HAZY, AdvectionStage, Going, goings, strayed
from assets.recipes.video_moves import LAGS, mirrored, moves_of
from nodes.models.video_card import LAST, LOUD, STEERING
from tests.assets.given_latents import Given

SIDE, CELLS = 64, 8


def panned(pixels: float, frames: int = 13) -> Tensor:
    """A textured clip (T, 3, SIDE, SIDE) in 0..255 whose picture goes aside by so many pixels from
    one to the next."""
    torch.manual_seed(0)
    wide = F.interpolate(torch.rand(1, 3, 8, 24), scale_factor=8, mode="bicubic")
    starts = [round(SIDE - pixels * at) for at in range(frames)]
    return torch.stack([255 * wide[0, :, :, at : at + SIDE].clamp(0, 1) for at in starts])


def test_a_clip_that_pans_moves_as_far_as_it_was_panned():
    moves = moves_of(panned(1.0), CELLS).float()
    assert moves.shape == (4, LAGS, 2, CELLS, CELLS)
    inner = moves[3, :, :, 2:-2, 3:-2]
    for lag in (1, 2):  # four pictures a latent
        assert inner[lag - 1, 0].mean() == pytest.approx(4 * lag / SIDE, rel=0.1)
    assert inner[:2, 1].abs().mean() < 0.005


def test_what_stands_still_does_not_move_and_nothing_comes_from_before_a_clip():
    assert not moves_of(panned(0.0), CELLS).any()
    moves = moves_of(panned(1.0), CELLS)
    assert not moves[0].any()
    assert not moves[1, 1:].any()
    assert moves[2, :2].any()


def test_the_moves_of_a_mirrored_clip_are_the_mirrored_moves():
    clip = panned(1.0)
    one, other = mirrored(moves_of(clip, CELLS)), moves_of(clip.flip(-1), CELLS)
    inner = (slice(2, None), slice(0, 2), slice(None), slice(2, -2), slice(3, -3))
    assert torch.allclose(one[inner].float(), other[inner].float(), atol=0.01)


def test_small_pictures_are_searched_too():
    assert moves_of(torch.randint(256, (5, 3, 8, 8)), 1).shape == (2, LAGS, 2, 1, 1)


def test_frames_are_drawn_with_their_own_moves_behind_the_frame_before():
    pool = Given()
    pool.kept = torch.arange(13.0).view(1, 13, 1, 1, 1).expand(6, 13, 16, 4, 4)
    torch.manual_seed(0)
    going = goings(pool, 5)
    assert torch.equal(going.x0[:, 0], going.last[:, 0] + 1)
    assert torch.equal(going.x0[:, 2], going.last[:, 0] + 3)
    assert (going.last - going.earlier).unique().tolist() in ([1.0], [0.0, 1.0])


def told() -> Going:
    torch.manual_seed(1)
    return goings(Given(), 64)


def test_some_pasts_stood_still_and_some_are_noisy_but_what_is_carried_is_clean():
    going = told()
    last, control = going.last[:, 0], going.control()
    seen = control[:, 0, -16:]
    hazy = (seen - last).flatten(1).std(1)
    assert 0.2 < (hazy > 0).float().mean() < 0.8
    assert hazy.max() <= 1.2 * HAZY
    colours = control[:, 0, -STEERING[LAST] + 1 :][:, :3]
    stood = (colours - seen[:, :3]).flatten(1).std(1) < 2 * HAZY
    assert 0.15 < stood.float().mean() < 0.6
    assert torch.equal(control[:, :, -STEERING[LAST], 0, 0], LOUD * going.ago.float())


def test_an_advection_learns_where_everything_goes():
    torch.manual_seed(0)
    parts = video_parts.build(0, "micro")
    stage = AdvectionStage("advection", parts, Given(), batch=2)
    before = strayed(parts, told()).item()
    for index in range(60):
        stage.step(index, 60)
    assert strayed(parts, told()).item() < before
    going = told()
    field = parts.network.advect.speeds(
        going.control(),
        parts.network.text_embedding(torch.zeros(64, 1, parts.network.config.text_dim))[:, 0],
    )
    assert field.mean() > 0.005
