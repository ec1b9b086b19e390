"""An autoencoder fed as pictures come: any chunks make the latents of the whole, memory is flat."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import ParamError
from nodes.models.taehv import Taehv, TaehvConfig
from nodes.models.wan_vae import WanVae, WanVaeConfig
from nodes.rollout.video.vae_stream import VAEStream

TINY = TaehvConfig(channels=4, encoder=(6, 6, 6, 6), decoder=(8, 6, 6, 6), blocks=1, ahead=False)
WAN = WanVaeConfig(dim=4, channels=4, mult=(1, 1, 2, 2), blocks=1, mean=(), std=())
SEED = torch.Generator()


@pytest.fixture(autouse=True)
def _no_grad():
    with torch.no_grad():
        yield


def stream(kind=Taehv, config=TINY, **more) -> VAEStream:
    torch.manual_seed(0)
    return VAEStream(kind(config), **more)


def clip(frames: int, height: int = 16, width: int = 16, batch: int = 1) -> torch.Tensor:
    return torch.rand(batch, frames, 3, height, width, generator=SEED.manual_seed(1))


def latent(frames: int) -> torch.Tensor:
    return torch.randn(1, frames, 4, 2, 2, generator=SEED.manual_seed(2))


def encoded(made: VAEStream, parts) -> torch.Tensor:
    state, found = made.encode_begin(), []
    for part in parts:
        latents, state = made.encode(part, state)
        found.append(latents)
    return torch.cat(found, 1)


def decoded(made: VAEStream, parts) -> torch.Tensor:
    state, found = made.decode_begin(), []
    for part in parts:
        pixels, state = made.decode(part, state)
        found.append(pixels)
    return torch.cat(found, 1)


@settings(max_examples=15, deadline=None)
@given(splits=st.lists(st.integers(0, 7), min_size=1, max_size=6), at_once=st.integers(1, 3))
def test_pictures_in_any_chunks_make_the_latents_of_the_whole(splits, at_once):
    made, pixels = stream(at_once=at_once), clip(sum(splits))
    found = encoded(made, pixels.split(splits, 1))
    full = pixels[:, : (sum(splits) - 1) // 4 * 4 + 1]
    if not full.shape[1]:
        assert found.shape[1] == 0
        return
    torch.testing.assert_close(found, made.vae.encode_all(full), rtol=0, atol=1e-5)


@settings(max_examples=10, deadline=None)
@given(splits=st.lists(st.integers(0, 3), min_size=1, max_size=4), at_once=st.integers(1, 3))
def test_latents_in_any_chunks_make_the_pictures_of_the_whole(splits, at_once):
    made, latents = stream(at_once=at_once), latent(sum(splits))
    found = decoded(made, latents.split(splits, 1))
    assert found.shape[1] == max(0, 4 * sum(splits) - 3)
    if sum(splits):
        torch.testing.assert_close(found, made.vae.decode_all(latents), rtol=0, atol=1e-5)


def test_the_autoencoder_of_wan_streams_as_well():
    made, pixels = stream(WanVae, WAN), clip(6)
    found = encoded(made, pixels.split([2, 4], 1))
    torch.testing.assert_close(found, made.vae.encode_all(pixels[:, :5]), rtol=0, atol=1e-5)
    drawn = decoded(made, found.split(1, 1))
    torch.testing.assert_close(drawn, made.vae.decode_all(found), rtol=0, atol=1e-5)


def test_the_first_picture_gives_a_latent_and_four_more_the_next():
    made = stream()
    latents, state = made.encode(clip(1), made.encode_begin())
    assert latents.shape[1] == 1
    latents, state = made.encode(clip(3), state)
    assert latents.shape[1] == 0
    assert state.count == 3
    assert made.encode(clip(1), state)[0].shape[1] == 1


def test_an_end_repeats_the_last_picture_until_the_group_is_full():
    made, pixels = stream(), clip(3)
    begun, state = made.encode(pixels, made.encode_begin())
    last, after = made.encode_end(state)
    whole = torch.cat([pixels, pixels[:, -1:], pixels[:, -1:]], 1)
    torch.testing.assert_close(torch.cat([begun, last], 1), made.vae.encode_all(whole))
    assert after.count == 0
    assert made.encode_end(after)[0].shape[1] == 0


def test_ending_what_never_began_is_refused():
    made = stream()
    with pytest.raises(ParamError, match="no picture has come"):
        made.encode_end(made.encode_begin())


@pytest.mark.parametrize(("kind", "config"), [(Taehv, TINY), (WanVae, WAN)])
def test_a_state_is_a_snapshot_that_goes_on_bit_for_bit(kind, config):
    made = stream(kind, config)
    _, kept = made.encode(clip(6), made.encode_begin())
    once = made.encode(clip(7), kept)[0]
    made.encode(clip(9) * 0.5, kept)
    assert torch.equal(made.encode(clip(7), kept)[0], once)
    _, drawn = made.decode(latent(2), made.decode_begin())
    once = made.decode(latent(2), drawn)[0]
    made.decode(latent(3) * 2, drawn)
    assert torch.equal(made.decode(latent(2), drawn)[0], once)


def test_a_cut_forgets_what_was_before():
    made = stream()
    made.encode(clip(6) * 0.5, made.encode_begin())
    assert torch.equal(encoded(made, [clip(5)]), made.vae.encode_all(clip(5)))


@pytest.mark.parametrize(("kind", "config"), [(Taehv, TINY), (WanVae, WAN)])
def test_memory_is_flat_over_a_long_stream(kind, config):
    made, held = stream(kind, config), set()
    encoding, decoding = made.encode_begin(), made.decode_begin()
    group = clip(4, 8, 8)
    _, encoding = made.encode(group[:, :1], encoding)
    for chunk in range(1000 if kind is Taehv else 60):
        latents, encoding = made.encode(group, encoding)
        _, decoding = made.decode(latents, decoding)
        if chunk % 20 == 19:
            held.add(_bytes_held(encoding.within, encoding.waiting, decoding.within))
    assert len(held) == 1


def _bytes_held(*states) -> int:
    found = [each for state in states for each in _tensors(state)]
    return sum(tensor.untyped_storage().nbytes() for tensor in found)


def _tensors(value):
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _tensors(each)


def test_what_waits_does_not_hold_the_chunk_it_came_in():
    made = stream()
    _, state = made.encode(clip(42), made.encode_begin())
    assert state.count == 1
    assert state.waiting.untyped_storage().nbytes() == 3 * 16 * 16 * 4
    _, state = made.encode(clip(40)[:, :2], state)
    assert state.waiting.untyped_storage().nbytes() == 3 * 3 * 16 * 16 * 4


def test_a_size_that_does_not_divide_is_refused_with_one_that_would():
    made = stream()
    with pytest.raises(ParamError, match="19x35 does not divide by 8; 16x32 would do"):
        made.encode(clip(1, 35, 19), made.encode_begin())


def test_cropping_takes_the_edges_alike_and_says_so():
    made = stream(fitting="crop")
    pixels = clip(1, 18, 20)
    assert made.note(18, 20) == "20x18 is cropped to 16x16, which divides evenly"
    assert made.note(16, 16) is None
    found = encoded(made, [pixels])
    assert torch.equal(found, made.vae.encode_all(pixels[..., 1:17, 2:18]))


def test_a_size_below_one_latent_is_refused_even_when_cropping():
    with pytest.raises(ParamError, match="7x16 is too small; sides are at least 8 pixels"):
        encoded(stream(fitting="crop"), [clip(1, 16, 7)])


@pytest.mark.parametrize("shape", [(1, 2, 4, 16, 16), (2, 3, 16, 16)])
def test_pictures_of_a_strange_shape_are_refused(shape):
    with pytest.raises(ParamError, match=r"pictures are \(B, T, 3, H, W\)"):
        encoded(stream(), [torch.zeros(shape)])


def test_another_size_or_batch_within_a_stream_is_refused():
    made = stream()
    _, state = made.encode(clip(1), made.encode_begin())
    with pytest.raises(ParamError, match="is 1 of 16x16 and 1 of 16x24 came; begin anew"):
        made.encode(clip(1, 24), state)
    with pytest.raises(ParamError, match="and 2 of 16x16 came"):
        made.encode(clip(1, batch=2), state)
    _, state = made.decode(latent(1), made.decode_begin())
    with pytest.raises(ParamError, match="begin anew, as after a cut"):
        made.decode(torch.zeros(1, 1, 4, 3, 2), state)


def test_latents_of_another_family_are_refused():
    with pytest.raises(ParamError, match=r"latents are \(B, F, 4, h, w\), not \(1, 1, 16, 2, 2\)"):
        decoded(stream(), [torch.zeros(1, 1, 16, 2, 2)])


def test_nothing_through_at_once_is_refused():
    with pytest.raises(ParamError, match="at_once is 0"):
        stream(at_once=0)


def test_half_precision_inside_is_float32_outside():
    torch.manual_seed(0)
    made = VAEStream(Taehv(TINY).bfloat16(), dtype=torch.bfloat16)
    latents = encoded(made, [clip(5)])
    assert latents.dtype is torch.float32
    assert decoded(made, [latents]).dtype is torch.float32
