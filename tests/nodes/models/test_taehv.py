"""The tiny video autoencoder: a stream in any chunks is the clip at once, and states are values."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nodes.models.taehv import Taehv, TaehvConfig

TINY = TaehvConfig(channels=4, encoder=(6, 6, 8, 8), decoder=(10, 8, 6, 6), blocks=2, ahead=False)
AHEAD = TaehvConfig(channels=4, encoder=(6, 6, 6, 6), decoder=(8, 8, 6, 6), blocks=1)
PATCHED = TaehvConfig(
    channels=4, encoder=(6, 6, 8, 8), decoder=(8, 8, 6, 6), scale=(2, 2, 1), patch=2, ahead=False
)


@pytest.fixture(autouse=True)
def _no_grad():
    with torch.no_grad():
        yield


def made(config: TaehvConfig = TINY) -> Taehv:
    torch.manual_seed(0)
    return Taehv(config)


def clip(frames: int, size: int = 16, batch: int = 1) -> torch.Tensor:
    return torch.rand(batch, frames, 3, size, size, generator=torch.Generator().manual_seed(1))


def latent(frames: int) -> torch.Tensor:
    return torch.randn(1, frames, 4, 2, 2, generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize("config", [TINY, AHEAD, PATCHED])
def test_latents_are_one_and_a_quarter_of_the_frames_after(config):
    vae = made(config)
    found = vae.encode_all(clip(13, batch=2))
    assert found.shape == (2, 4, 4, 2, 2)
    assert vae.decode_all(found).shape == (2, 13, 3, 16, 16)


@pytest.mark.parametrize("config", [TINY, PATCHED])
@settings(max_examples=12, deadline=None)
@given(splits=st.lists(st.integers(1, 3), min_size=1, max_size=4))
def test_encoding_in_any_chunks_is_encoding_at_once(config, splits):
    vae, state, start, found = made(config), None, 0, []
    pixels = clip(4 * sum(splits) + 1)
    for index, groups in enumerate(splits):
        end = start + 4 * groups + (index == 0)
        part, state = vae.encode(pixels[:, start:end], state or vae.encode_begin())
        found.append(part)
        start = end
    torch.testing.assert_close(torch.cat(found, 1), vae.encode_all(pixels), rtol=0, atol=1e-6)


@pytest.mark.parametrize("config", [TINY, PATCHED])
@settings(max_examples=12, deadline=None)
@given(splits=st.lists(st.integers(1, 3), min_size=1, max_size=4))
def test_decoding_in_any_chunks_is_decoding_at_once(config, splits):
    vae, state = made(config), made(config).decode_begin()
    found = []
    for part in latent(sum(splits)).split(splits, 1):
        frames, state = vae.decode(part, state)
        found.append(frames)
    whole = vae.decode_all(latent(sum(splits)))
    torch.testing.assert_close(torch.cat(found, 1), whole, rtol=0, atol=1e-6)
