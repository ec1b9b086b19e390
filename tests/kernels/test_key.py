"""Keys: the key colour goes, greys and other hues stay, edges are soft, spill is taken out."""

from __future__ import annotations

import pytest
import torch

from kernels.color import luma
from kernels.key import chroma_key, luma_key
from kernels.noise import uniform

PICTURE = uniform((2, 3, 12, 14), seed=1, stream=0)


def pixel(*rgb: float) -> torch.Tensor:
    return torch.tensor(rgb, dtype=torch.float32).view(1, 3, 1, 1)


@pytest.mark.parametrize("plane", ["oklab", "cbcr"])
@pytest.mark.parametrize("color", [(0, 1, 0), (0.1, 0.5, 0.15), (0, 0.2, 0.9)])
def test_the_key_colour_goes_and_greys_stay(plane, color):
    for grey in (0.0, 0.5, 1.0):
        assert chroma_key(pixel(grey, grey, grey), color=color, plane=plane)[1].item() == 1
    assert chroma_key(pixel(*color), color=color, plane=plane)[1].item() == 0


@pytest.mark.parametrize("plane", ["oklab", "cbcr"])
def test_other_hues_stay(plane):
    for other in (pixel(1, 0, 0), pixel(0, 0, 1), pixel(0.9, 0.6, 0.5)):
        assert chroma_key(other, plane=plane)[1].item() == 1


def test_oklab_forgives_a_shadow_on_the_screen():
    screen, shadow = (0.2, 0.7, 0.25), pixel(0.12, 0.42, 0.15)
    assert chroma_key(shadow, color=screen)[1].item() == 0


def test_softness_rises_from_the_tolerance():
    mix = torch.linspace(0, 1, 101).view(1, 1, 1, -1)
    ways = mix * pixel(0.5, 0.5, 0.5) + (1 - mix) * pixel(0, 1, 0)
    mask = chroma_key(ways, tolerance=0.3, softness=0.4, plane="cbcr")[1].flatten()
    assert mask[:30].max() == 0
    assert mask[71:].min() == 1
    assert (mask.diff() >= 0).all()
    assert mask[50] == pytest.approx(0.5, abs=0.01)


def test_no_softness_is_a_hard_edge():
    mask = chroma_key(PICTURE, softness=0)[1]
    assert ((mask == 0) | (mask == 1)).all()


def test_spill_is_taken_and_luma_kept():
    green_skin = pixel(0.6, 0.75, 0.5)
    clean, _ = chroma_key(green_skin)
    assert clean[0, 1] < green_skin[0, 1]
    assert luma(clean).item() == pytest.approx(luma(green_skin).item(), abs=1e-5)
    assert chroma_key(green_skin, spill=0)[0] is green_skin


def test_colours_opposite_the_key_have_no_spill():
    for other in (pixel(0.9, 0.1, 0.8), pixel(0.5, 0.5, 0.5)):
        assert torch.allclose(chroma_key(other)[0], other, atol=1e-6)


def test_the_key_colour_without_spill_is_grey():
    clean = chroma_key(pixel(0.1, 0.6, 0.2), color=(0.1, 0.6, 0.2))[0].flatten()
    assert (clean - clean.mean()).abs().max() < 1e-5


@pytest.mark.parametrize("grey", [(0, 0, 0), (0.5, 0.5, 0.5), (1, 1, 1)])
def test_a_grey_key_colour_is_refused(grey):
    with pytest.raises(ValueError, match="no hue to key by"):
        chroma_key(PICTURE, color=grey)


def test_luma_key_keeps_a_range_with_soft_ends():
    ramp = torch.linspace(0, 1, 101).expand(1, 3, 1, 101)
    mask = luma_key(ramp, low=0.4, high=0.6, softness=0.1).flatten()
    assert mask[41:60].min() == 1
    assert mask[:30].max() == 0
    assert mask[71:].max() == 0
    assert mask[35] == pytest.approx(0.5, abs=0.01) == mask[65]


def test_luma_key_of_everything_keeps_everything():
    assert luma_key(PICTURE).min() == 1
    assert luma_key(PICTURE).shape == (2, 1, 12, 14)


def test_an_empty_range_is_refused():
    with pytest.raises(ValueError, match=r"from 0\.8 to 0\.2 is empty"):
        luma_key(PICTURE, low=0.8, high=0.2)


def test_the_input_is_not_written():
    before = PICTURE.clone()
    chroma_key(PICTURE)
    luma_key(PICTURE, low=0.3)
    assert torch.equal(PICTURE, before)
