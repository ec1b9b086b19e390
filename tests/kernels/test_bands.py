"""Bands: what is made band by band equals what is made at once, whatever the band."""

from __future__ import annotations

import pytest
import torch

from kernels import bands, blend, color, filters, key
from kernels.bands import banded, in_bands
from kernels.noise import uniform

PICTURE, TOP = (uniform((2, 3, 37, 50), seed=seed, stream=0) for seed in (1, 2))
MASK = TOP[:, :1]

CHAINS = {
    "srgb": color.srgb_to_linear,
    "oklab": color.rgb_to_oklab,
    "hsv": color.rgb_to_hsv,
    "grade": lambda x: color.grade(x, exposure=1, hue=0.2, contrast=1.2),
    "levels": lambda x: color.levels(x, gamma=2),
    "blend": lambda x: blend.blend(x, TOP, mode="hue")[0],
    "mask of a blend": lambda x: blend.blend(x, TOP, base_alpha=MASK, top_alpha=1 - MASK)[1],
    "batch of one": lambda x: blend.blend(x[:1], TOP, opacity=0.5, top_alpha=MASK)[0],
    "key": lambda x: torch.cat(key.chroma_key(x), dim=1),
    "gaussian": lambda x: filters.gaussian_blur(x, 4),
    "box": lambda x: filters.box_blur(x, 9.5),
    "dilate": lambda x: filters.dilate(x, 6),
    "wide blur": lambda x: filters.box_blur(x, 60),
}


@pytest.mark.parametrize("pixels", [1, 150, 1000])
@pytest.mark.parametrize("name", CHAINS)
def test_bands_change_nothing(name, pixels, monkeypatch):
    whole = CHAINS[name](PICTURE)
    monkeypatch.setattr(bands, "PIXELS", pixels)
    monkeypatch.setattr(filters, "BAND", pixels)
    parted = CHAINS[name](PICTURE)
    assert parted.shape == whole.shape
    assert torch.allclose(parted, whole, atol=1e-6)


def test_a_step_sees_every_row_once_and_in_order(monkeypatch):
    monkeypatch.setattr(bands, "PIXELS", 2 * 50 * 10)
    seen = []

    def step(picture, mask):
        seen.append((len(picture[0, 0]), mask))
        return (picture, picture[:, :1])

    both = in_bands(step, PICTURE, None)
    assert seen == [(10, None), (10, None), (10, None), (7, None)]
    assert torch.equal(both[0], PICTURE)
    assert torch.equal(both[1], PICTURE[:, :1])


def test_small_pictures_and_other_shapes_are_passed_on_whole():
    @banded
    def same(picture):
        return picture

    line = torch.zeros(100_000)
    assert same(PICTURE) is PICTURE
    assert same(line) is line
