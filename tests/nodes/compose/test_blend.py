"""Blend: modes in linear light, transparency, masks and unequal sizes."""

from __future__ import annotations

from typing import get_args

import pytest
import torch

from engine.values import Frame, Mask
from kernels.blend import Mode
from kernels.color import linear_to_srgb
from nodes.compose.blend import Blend


def grey(light: float, alpha: float | None = None) -> Frame:
    """A frame of so much linear light."""
    level = float(linear_to_srgb(torch.tensor([light])))
    cover = None if alpha is None else torch.full((1, 1, 2, 2), alpha)
    return Frame(torch.full((1, 3, 2, 2), level), cover)


def light(frame: Frame) -> float:
    level = float(frame.tensor[0, 0, 0, 0])
    return level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4


@pytest.mark.parametrize(
    ("mode", "result"),
    [("normal", 0.5), ("add", 0.7), ("multiply", 0.1), ("screen", 0.6), ("subtract", 0.0),
     ("difference", 0.3), ("lighten", 0.5), ("darken", 0.2)],
)  # fmt: skip
def test_light_is_mixed_by_the_mode(mode, result):
    assert light(Blend(mode=mode).process(grey(0.2), grey(0.5))) == pytest.approx(result, abs=1e-4)


def test_opacity_mixes_light_and_not_file_values():
    assert light(Blend(opacity=0.5).process(grey(0.0), grey(1.0))) == pytest.approx(0.5, abs=1e-4)
    coded = Blend(opacity=0.5, linear=False).process(grey(0.0), grey(1.0))
    assert coded.tensor[0, 0, 0, 0] == pytest.approx(0.5)


def test_what_is_transparent_shows_the_base():
    assert light(Blend().process(grey(0.2), grey(1.0, alpha=0.0))) == pytest.approx(0.2, abs=1e-4)
    assert light(Blend().process(grey(0.0), grey(1.0, alpha=0.25))) == pytest.approx(0.25, abs=1e-4)


def test_over_a_transparent_base_the_alpha_adds_up():
    blended = Blend().process(grey(0.0, alpha=0.5), grey(1.0, alpha=0.5))
    assert blended.alpha[0, 0, 0, 0] == pytest.approx(0.75)
    assert light(blended) == pytest.approx(0.5 / 0.75, abs=1e-4)


def test_a_mask_hides_the_top():
    mask = Mask(torch.tensor([[1.0, 0.0]]).view(1, 1, 1, 2))
    blended = Blend().process(grey(0.0), grey(1.0), mask)
    assert blended.tensor[0, 0, 0].tolist() == pytest.approx([1, 0], abs=1e-5)


@pytest.mark.parametrize("mode", get_args(Mode))
def test_unequal_sizes_run_in_every_mode(mode):
    top = Frame(torch.rand(1, 3, 5, 3), torch.rand(1, 1, 5, 3))
    blended = Blend(mode=mode, opacity=0.7).process(Frame(torch.rand(1, 3, 4, 7)), top)
    assert blended.tensor.shape == (1, 3, 4, 7)
