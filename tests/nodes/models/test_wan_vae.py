"""The autoencoder of Wan 2.1 in a stream: any chunks are the clip at once, states are values."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nodes.models.wan_vae import Trail, VaeState, WanVae, WanVaeConfig

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


def test_a_latent_is_of_no_later_frame():
    vae, pixels = made(), clip(9)
    later = pixels.clone()
    later[:, 5:] = 0
    assert torch.equal(vae.encode_all(later)[:, :2], vae.encode_all(pixels)[:, :2])
    assert not torch.equal(vae.encode_all(later)[:, 2], vae.encode_all(pixels)[:, 2])


def test_the_second_latent_grows_from_black_and_not_from_the_first():
    up = made().decoder.upsamples[2]
    first, second = torch.randn(2, 1, 12, 1, 2, 2)
    trail = Trail(VaeState())
    up(first, trail)
    assert [not past.any() for past in trail.state().past] == [True]
    trail = Trail(trail.state())
    up(second, trail)
    assert torch.equal(trail.state().past[0], torch.cat([second * 0, second], 2))


def test_the_state_is_of_the_layers_that_look_back():
    with torch.device("meta"):
        vae = WanVae()
        _, encoder = vae.encode(torch.empty(1, 1, 3, 8, 8), vae.encode_begin())
        _, decoder = vae.decode(torch.empty(1, 1, 16, 1, 1), vae.decode_begin())
    assert (len(encoder.past), len(decoder.past)) == (24, 32)


def test_the_sizes_of_wan_are_those_of_the_public_file():
    with torch.device("meta"):
        vae = WanVae()
    assert sum(weight.numel() for weight in vae.parameters()) == 126892531


def test_a_state_is_a_snapshot_that_goes_on_bit_for_bit():
    vae = made()
    _, kept = vae.decode(latent(2), vae.decode_begin())
    before = [tensor.clone() for tensor in kept.past]
    once = vae.decode(latent(1), kept)[0]
    vae.decode(latent(2) * 3, kept)
    assert torch.equal(vae.decode(latent(1), kept)[0], once)
    assert all(map(torch.equal, kept.past, before))


def test_a_state_does_not_hold_the_chunk_it_came_from():
    vae = made(at_once=9)
    sizes = []
    for frames in (9, 25):
        _, state = vae.encode(clip(frames, size=8), vae.encode_begin())
        sizes.append([past.untyped_storage().nbytes() for past in state.past])
    assert sizes[0] == sizes[1]


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ((1, 3, 3, 16, 16), r"3 frames came where 1 \+ 4k are taken at once"),
        ((1, 1, 1, 16, 16), r"frames are \(B, T, 3, H, W\)"),
        ((1, 1, 3, 16, 12), "12x16 does not divide by 8; crop or resize it"),
    ],
)
def test_frames_that_cannot_be_taken_are_refused(shape, said):
    with pytest.raises(ValueError, match=said):
        made().encode_all(torch.zeros(shape))


def test_latents_of_another_family_are_refused():
    with pytest.raises(ValueError, match=r"latents are \(B, F, 4, h, w\), not \(1, 1, 16, 2, 2\)"):
        made().decode_all(torch.zeros(1, 1, 16, 2, 2))


def test_a_stream_of_another_size_is_refused():
    vae = made()
    _, state = vae.decode(latent(1), vae.decode_begin())
    with pytest.raises(ValueError, match="begin anew"):
        vae.decode(latent(1, size=3), state)


@pytest.mark.parametrize(
    "odd", [{"shorten": (True,)}, {"mean": (0.0,)}, {"std": (1.0, 1.0)}, {"channels": 5}]
)
def test_a_config_that_contradicts_itself_is_refused(odd):
    with pytest.raises(ValueError, match="4 stages need 3 entries of shorten"):
        WanVaeConfig(**odd)
