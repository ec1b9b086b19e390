"""Claims about how pictures enter a restyle: framed for the autoencoder, encoded and decoded in
pieces as if they had come at once.
"""

from __future__ import annotations

import pytest
import torch

from nodes.models.video_model import load_video_model
from nodes.rollout.video.look import VideoLook, VideoPast
from nodes.rollout.video.restyle import framed
from nodes.rollout.video.stream import VideoRollout
from tests.nodes.generate.video_parts import write

CPU = torch.device("cpu")
LOOK = VideoLook((("sea", 1.0),), (32, 48), 1)
BEGUN = VideoPast(encoding=())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("models") / "little-video")


@pytest.fixture
def stream(folder) -> VideoRollout:
    return VideoRollout(load_video_model(folder, device=CPU, dtype=torch.float32))


def clip(frames: int, seed: int = 1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(frames, 3, 32, 48, generator=generator)


@pytest.mark.parametrize("count", range(1, 10))
def test_a_first_window_waits_behind_its_first_picture_until_the_group_is_full(count):
    given = clip(count)
    pictures, times = framed(VideoPast(), given, tuple(range(count)), 4)
    lacking = len(pictures) - count
    assert len(pictures) % 4 == 1
    assert times == (*[None] * lacking, *range(count))
    assert torch.equal(pictures[lacking:], given)
    assert all(torch.equal(picture, given[0]) for picture in pictures[:lacking])


@pytest.mark.parametrize("count", range(1, 10))
def test_a_last_window_stands_on_its_last_picture(count):
    given = clip(count)
    pictures, times = framed(BEGUN, given, tuple(range(count)), 4)
    assert len(pictures) % 4 == 0
    assert times == (*range(count), *[None] * (len(pictures) - count))
    assert all(torch.equal(picture, given[-1]) for picture in pictures[count:])


@pytest.mark.parametrize("windows", [(1, 8, 8), (5, 4, 8), (9, 8)])
def test_windows_make_the_latents_and_pictures_of_the_whole(stream, windows):
    vae, pictures, found, drawn = stream.model.vae, clip(17), [], []
    encoding = decoding = None
    with torch.no_grad():
        for part in pictures.split(windows):
            latents, encoding = stream.encode(part, encoding)
            shown, decoding = stream.decode(latents, decoding, LOOK)
            found.append(latents)
            drawn.append(shown)
        whole = vae.encode_all(pictures[None])
        seen = vae.decode_all(whole)[0].clamp(0, 1)
    torch.testing.assert_close(torch.cat(found, 1), whole, rtol=0, atol=1e-5)
    torch.testing.assert_close(torch.cat(drawn), seen, rtol=0, atol=1e-5)


def test_what_the_autoencoder_remembers_stays_as_small_however_long_it_runs(stream):
    held, encoding, decoding = set(), None, None
    with torch.no_grad():
        _, encoding = stream.encode(clip(1), encoding)
        for window in range(60):
            latents, encoding = stream.encode(clip(8, window), encoding)
            _, decoding = stream.decode(latents, decoding, LOOK)
            held.add(sum(tensor.untyped_storage().nbytes() for tensor in tensors(encoding)))
            held.add(sum(tensor.untyped_storage().nbytes() for tensor in tensors(decoding)))
    assert len(held) <= 2


def tensors(value):
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from tensors(each)


def test_half_precision_inside_is_float32_outside(folder):
    stream = VideoRollout(load_video_model(folder, device=CPU, dtype=torch.bfloat16))
    with torch.no_grad():
        latents, _ = stream.encode(clip(5), None)
        shown, _ = stream.decode(latents, None, LOOK)
    assert latents.dtype is shown.dtype is torch.float32
