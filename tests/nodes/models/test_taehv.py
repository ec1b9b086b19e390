"""The tiny video autoencoder: a stream in any chunks is the clip at once, and states are values."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nodes.models.taehv import Taehv, TaehvConfig, TGrow

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


def test_a_latent_is_of_the_frames_that_it_decodes_to():
    vae, pixels = made(), clip(9)
    later = pixels.clone()
    later[:, 5:] = 0
    assert torch.equal(vae.encode_all(later)[:, :2], vae.encode_all(pixels)[:, :2])
    assert not torch.equal(vae.encode_all(later)[:, 2], vae.encode_all(pixels)[:, 2])


def test_looking_ahead_guesses_the_last_latent_and_forgets_the_guess():
    vae, pixels = made(AHEAD), clip(9)
    whole = vae.encode_all(pixels)
    _, state = vae.encode(pixels[:, :5], vae.encode_begin())
    assert state.rest.shape[1] == 1
    last, _ = vae.encode(pixels[:, 5:], state)
    assert last.shape[1] == 1
    torch.testing.assert_close(last, whole[:, 2:], rtol=0, atol=1e-6)


def test_looking_ahead_a_latent_is_of_the_frame_and_those_after_it():
    vae, pixels = made(AHEAD), clip(9)
    later = pixels.clone()
    later[:, 4:] = 0
    assert torch.equal(vae.encode_all(later)[:, 0], vae.encode_all(pixels)[:, 0])
    later[:, 3] = 0
    assert not torch.equal(vae.encode_all(later)[:, 0], vae.encode_all(pixels)[:, 0])


def test_a_state_is_a_snapshot_that_goes_on_bit_for_bit():
    vae = made()
    _, kept = vae.encode(clip(5), vae.encode_begin())
    before = [tensor.clone() for tensor in kept.memory]
    once = vae.encode(clip(4), kept)[0]
    vae.encode(clip(8) * 0.5, kept)
    assert torch.equal(vae.encode(clip(4), kept)[0], once)
    assert all(map(torch.equal, kept.memory, before))


def test_a_memory_does_not_hold_the_chunk_it_came_from():
    vae = made()
    _, short = vae.encode(clip(1), vae.encode_begin())
    _, long = vae.encode(clip(21), vae.encode_begin())
    sizes = [[each.untyped_storage().nbytes() for each in at.memory] for at in (short, long)]
    assert sizes[0] == sizes[1]


def test_rows_of_a_batch_do_not_meet():
    vae, pixels = made(), clip(5, batch=3)
    alone = vae.encode_all(pixels[1:2])
    torch.testing.assert_close(vae.encode_all(pixels)[1:2], alone, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("grow", "scale"), [(1, 1), (2, 1), (1, 2), (2, 2), (3, 3)])
def test_a_step_up_is_enlarging_growing_and_convolving(grow, scale):
    step, conv = TGrow(5, grow, scale), torch.nn.Conv2d(5, 4, 3, padding=1, bias=False)
    x = torch.randn(2, 5, 3, 4)
    large = torch.nn.functional.interpolate(x, scale_factor=scale)
    frames = step.conv(large).reshape(-1, 5, *large.shape[2:])
    torch.testing.assert_close(step(x, conv), conv(frames), rtol=0, atol=1e-5)


def test_it_trains_and_so_do_pictures_outside_of_the_range():
    vae = made()
    with torch.enable_grad():
        drawn, _ = vae.decode_raw(vae.encode_all(clip(5)) * 100, vae.decode_begin())
        drawn.square().mean().backward()
    assert all(weight.grad is not None for weight in vae.parameters())
    assert drawn.min() < 0


def test_half_precision_is_near():
    vae = made()
    exact = vae.decode_all(latent(2))
    found = vae.bfloat16().decode_all(latent(2).bfloat16())
    torch.testing.assert_close(found.float(), exact, rtol=0, atol=0.02)


def test_the_config_of_wan_has_the_size_of_the_public_file():
    with torch.device("meta"):
        vae = Taehv()
    names = vae.state_dict()
    assert sum(weight.numel() for weight in names.values()) == 11315539
    assert names["encoder.4.conv.0.weight"].shape == (64, 128, 3, 3)
    assert names["decoder.7.conv.weight"].shape == (256, 256, 1, 1)
    assert names["decoder.22.bias"].shape == (3,)


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ((1, 2, 3, 16, 16), r"2 frames came where 1 \+ 4k are taken at once"),
        ((1, 0, 3, 16, 16), "0 frames came"),
        ((1, 1, 4, 16, 16), r"frames are \(B, T, 3, H, W\)"),
        ((1, 3, 16, 16), r"frames are \(B, T, 3, H, W\)"),
        ((1, 1, 3, 17, 16), "16x17 does not divide by 8; crop or resize it"),
        ((1, 1, 3, 0, 16), "does not divide"),
    ],
)
def test_frames_that_cannot_be_taken_are_refused(shape, said):
    with pytest.raises(ValueError, match=said):
        made().encode_all(torch.zeros(shape))


@pytest.mark.parametrize("shape", [(1, 1, 5, 2, 2), (1, 0, 4, 2, 2), (1, 4, 2, 2)])
def test_latents_that_cannot_be_taken_are_refused(shape):
    with pytest.raises(ValueError, match=r"latents are \(B, F, 4, h, w\)"):
        made().decode_all(torch.zeros(shape))


def test_a_stream_keeps_its_framing_and_its_size():
    vae = made()
    _, state = vae.encode(clip(1), vae.encode_begin())
    with pytest.raises(ValueError, match="5 frames came where 4k are taken"):
        vae.encode(clip(5), state)
    with pytest.raises(ValueError, match="begin anew"):
        vae.encode(clip(4, size=24), state)


@pytest.mark.parametrize("odd", [{"grow": (1, 2)}, {"scale": (2,)}, {"encoder": (8, 8)}])
def test_a_config_that_contradicts_itself_is_refused(odd):
    with pytest.raises(ValueError, match="entries of grow has as many of scale"):
        TaehvConfig(**odd)
