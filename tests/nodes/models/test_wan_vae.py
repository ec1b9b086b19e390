"""The autoencoder of Wan 2.1: as the public one is, and a stream in any chunks is the clip at once."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nodes.models.wan_vae import WanVae, WanVaeConfig

TINY = WanVaeConfig(dim=6, channels=4, mult=(1, 2, 2, 2), blocks=1, mean=(), std=())


@pytest.fixture(autouse=True)
def _no_grad():
    with torch.no_grad():
        yield


def made(config: WanVaeConfig = TINY, **more: int) -> WanVae:
    torch.manual_seed(0)
    return WanVae(config, **more)


def clip(frames: int, size: int = 16, batch: int = 1) -> torch.Tensor:
    return torch.rand(batch, frames, 3, size, size, generator=torch.Generator().manual_seed(1))


def latent(frames: int, size: int = 2) -> torch.Tensor:
    return torch.randn(1, frames, 4, size, size, generator=torch.Generator().manual_seed(2))


def test_latents_are_one_and_a_quarter_of_the_frames_after():
    found = made().encode_all(clip(9, batch=2))
    assert found.shape == (2, 3, 4, 2, 2)
    assert made().decode_all(found).shape == (2, 9, 3, 16, 16)


@settings(max_examples=6, deadline=None)
@given(splits=st.lists(st.integers(1, 2), min_size=1, max_size=3), at_once=st.integers(1, 3))
def test_a_stream_in_any_chunks_is_the_clip_at_once(splits, at_once):
    vae = made(at_once=at_once)
    pixels, start, state, found = clip(4 * sum(splits) - 3), 0, vae.encode_begin(), []
    for index, groups in enumerate(splits):
        end = start + 4 * groups - 3 * (index == 0)
        part, state = vae.encode(pixels[:, start:end], state)
        found.append(part)
        start = end
    whole = made(at_once=9).encode_all(pixels)
    torch.testing.assert_close(torch.cat(found, 1), whole, rtol=0, atol=1e-5)
    frames, state = [], vae.decode_begin()
    for part in whole.split(splits, 1):
        drawn, state = vae.decode(part, state)
        frames.append(drawn)
    again = made(at_once=9).decode_all(whole)
    torch.testing.assert_close(torch.cat(frames, 1), again, rtol=0, atol=1e-5)
