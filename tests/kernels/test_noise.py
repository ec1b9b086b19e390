"""Noise: the published Philox vectors, independence of order and pieces, and pictures of noise."""

from __future__ import annotations

import math

import pytest
import torch

from kernels.noise import bits, fbm, gaussian, perlin, philox, uniform, worley

ONES = 0xFFFFFFFF


def tensor_words(*words: int) -> tuple[torch.Tensor, ...]:
    return tuple(torch.tensor([word]) for word in words)


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((ONES,) * 4, (ONES,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_gives_the_vectors_of_random123(counter, key, expected):
    assert philox(counter, key) == expected
    assert tuple(int(word) for word in philox(tensor_words(*counter), key)) == expected


def test_counter_and_key_are_laid_out_as_documented():
    seed, stream, block, step = 0x1122334455667788, 7, 8, 9
    words = bits((4,), seed=seed, stream=stream, block=block, step=step, offset=4 * 5)
    expected = philox((5, step, block, 0x11223344), (0x55667788, stream))
    assert tuple(words.tolist()) == expected


@pytest.mark.parametrize("draw", [bits, uniform, gaussian])
@pytest.mark.parametrize(("start", "count"), [(0, 7), (1, 6), (130_000, 9), (131_071, 2)])
def test_a_piece_of_a_draw_equals_the_draw_from_its_offset(draw, start, count):
    whole = draw((140_000,), seed=3, stream=1, step=2)
    piece = draw((count,), seed=3, stream=1, step=2, offset=start)
    assert torch.equal(piece, whole[start : start + count])


def test_rows_of_a_batch_can_be_drawn_alone():
    batch = gaussian((3, 4, 8, 8), seed=5, stream=0)
    row = gaussian((4, 8, 8), seed=5, stream=0, offset=2 * 4 * 8 * 8)
    assert torch.equal(batch[2], row)


def test_every_address_has_its_own_noise():
    draws = [
        uniform((64,), seed=1, stream=1),
        uniform((64,), seed=2, stream=1),
        uniform((64,), seed=1 + (1 << 32), stream=1),
        uniform((64,), seed=1, stream=2),
        uniform((64,), seed=1, stream=1, block=1),
        uniform((64,), seed=1, stream=1, step=1),
        uniform((64,), seed=1, stream=1, offset=64),
    ]
    assert len({tuple(draw.tolist()) for draw in draws}) == len(draws)


def test_the_order_of_calls_and_the_global_generator_play_no_part():
    first = gaussian((10,), seed=1, stream=0)
    torch.manual_seed(99)
    gaussian((33,), seed=8, stream=4)
    assert torch.equal(gaussian((10,), seed=1, stream=0), first)


def test_uniform_is_even_and_never_one():
    draw = uniform((1 << 18,), seed=4, stream=2)
    assert draw.min() >= 0
    assert draw.max() < 1
    share = torch.histc(draw, bins=16, min=0, max=1) / len(draw)
    assert (share - 1 / 16).abs().max() < 0.002


def test_gaussian_has_the_moments_of_a_gaussian():
    draw = gaussian((1 << 19,), seed=4, stream=2).double()
    assert abs(draw.mean()) < 0.005
    assert abs(draw.var() - 1) < 0.01
    assert abs((draw**3).mean()) < 0.02
    assert abs((draw**4).mean() - 3) < 0.05
    assert abs((draw[::2] * draw[1::2]).mean()) < 0.01


def test_gaussian_agrees_with_double_precision_to_1e_6():
    u, v = bits((200_000,), seed=6, stream=0).view(-1, 2).unbind(1)
    radius = (-2 * ((u + 1).float() * 2.0**-32).double().log()).sqrt()
    angle = ((v >> 8).float() * 2.0**-24 * math.tau).double()
    exact = torch.stack((radius * angle.cos(), radius * angle.sin()), dim=1).flatten()
    error = (gaussian((200_000,), seed=6, stream=0) - exact).abs() / exact.abs().clamp(min=1)
    assert error.max() < 5e-7  # so that two such devices differ by less than 1e-6


def test_the_least_and_the_greatest_word_make_finite_noise():
    from kernels.noise import _pair

    radius, _ = _pair(torch.tensor([0, ONES]), torch.tensor([0, 0]))
    assert radius.tolist() == pytest.approx([math.sqrt(2 * 32 * math.log(2)), 0.0])


def test_a_scalar_and_nothing_can_be_drawn():
    assert uniform((), seed=1, stream=0).shape == ()
    assert gaussian((0, 4), seed=1, stream=0).shape == (0, 4)


def test_a_negative_seed_counts_modulo_2_to_the_64():
    assert torch.equal(
        uniform((4,), seed=-1, stream=0), uniform((4,), seed=(1 << 64) - 1, stream=0)
    )


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"stream": -1}, "stream -1 is outside"),
        ({"stream": 1 << 32}, "stream 4294967296 is outside"),
        ({"block": -3}, "block -3"),
        ({"step": 1 << 40}, "step"),
        ({"offset": -1}, "offset -1"),
        ({"offset": 1 << 34}, "positions"),
    ],
)
def test_an_address_that_does_not_exist_is_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        uniform((4,), **{"seed": 1, "stream": 0, **bad})


@pytest.mark.parametrize("make", [perlin, fbm, worley])
def test_a_window_of_picture_noise_can_be_made_alone(make):
    options = {"scale": 13.7, "seed": 2, "z": 0.3} | ({"octaves": 4} if make is fbm else {})
    whole = make(80, 90, **options)
    window = make(20, 30, x=41.0, y=33.0, **options)
    assert torch.allclose(window, whole[:, :, 33:53, 41:71], atol=2e-5)


@pytest.mark.parametrize("z", [-1.25, 0.0, 0.999, 7.0])
def test_picture_noise_moves_smoothly_through_z(z):
    for make in (perlin, worley):
        here, next_ = (make(64, 64, scale=16, seed=1, z=z + dz) for dz in (0, 1e-3))
        assert (next_ - here).abs().max() < 0.02
        assert not torch.equal(here, make(64, 64, scale=16, seed=1, z=z + 0.5))


def test_perlin_is_zero_on_its_lattice_and_within_one():
    noise = perlin(64, 64, scale=8, seed=3, x=-0.5, y=-0.5)
    assert noise[:, :, ::8, ::8].abs().max() < 1e-5
    assert noise.abs().max() <= 1
    assert noise.std() > 0.1


def test_fbm_is_grey_on_average_whatever_the_octaves():
    for octaves in (1, 3, 8):
        noise = fbm(512, 512, scale=24, octaves=octaves, seed=5)
        assert abs(noise.mean() - 0.5) < 0.02
        assert abs(noise.std() - 0.155) < 0.025
        assert noise.min() >= 0
        assert noise.max() <= 1


def test_octaves_finer_than_a_pixel_are_left_out():
    fine = fbm(64, 64, scale=16, octaves=5, seed=5)
    finer = fbm(64, 64, scale=16, octaves=20, seed=5)
    assert torch.allclose(fine, finer, atol=5e-4)


def test_worley_is_the_distance_to_its_points():
    noise = worley(96, 96, scale=24, seed=3)
    rows = worley(96, 96, scale=24, seed=3, feature="edge")
    assert noise.min() < 0.05
    assert noise.max() <= 1
    assert 0 <= rows.min() < 0.02
    steps = (noise[..., 1:] - noise[..., :-1]).abs().max()
    assert steps <= 1 / 24 + 1e-5  # no distance changes faster than the way does


def test_worley_is_back_at_every_whole_z():
    assert torch.allclose(
        worley(40, 40, scale=10, seed=1, z=0.25),
        worley(40, 40, scale=10, seed=1, z=3.25),
        atol=1e-5,
    )


@pytest.mark.parametrize("scale", [0.5, 0.0, -3.0, float("nan")])
def test_a_scale_below_a_pixel_is_refused(scale):
    with pytest.raises(ValueError, match="below 1 pixel"):
        perlin(8, 8, scale=scale, seed=0)
