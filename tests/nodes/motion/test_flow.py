"""OpticalFlow: direction, scale, trust, and odd pictures."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import interpolate

from engine.node import Context
from engine.values import Frame
from nodes.motion.flow import OpticalFlow


def texture(height: int, width: int) -> torch.Tensor:
    """Smooth blobs with detail for the search, (1, 3, H, W)."""
    dots = torch.rand(1, 1, height // 6, width // 6, generator=torch.Generator().manual_seed(3))
    smooth = interpolate(dots, (height, width), mode="bicubic", align_corners=False).clamp(0, 1)
    return smooth.expand(1, 3, height, width).contiguous()


def moved(picture: torch.Tensor, x: int, y: int) -> Frame:
    return Frame(torch.roll(picture, (y, x), dims=(2, 3)))


def between(node: OpticalFlow, *frames: Frame):
    node.setup(Context())
    return [node.process(frame) for frame in frames][-1]


def middle(field: torch.Tensor) -> torch.Tensor:
    height, width = field.shape[2:]
    return field[..., height // 4 : -height // 4, width // 4 : -width // 4]


def test_the_first_frame_has_not_moved():
    flow = between(OpticalFlow(), Frame(texture(48, 64)))
    assert flow.tensor.shape == (1, 2, 48, 64)
    assert not flow.tensor.any()


@pytest.mark.parametrize("quality", ["ultrafast", "fast", "medium"])
def test_what_went_right_and_up_has_that_vector(quality):
    picture = texture(144, 192)
    flow = between(OpticalFlow(quality=quality), moved(picture, 0, 0), moved(picture, 3, -2))
    x, y = middle(flow.tensor).median(-1).values.median(-1).values[0]
    assert x == pytest.approx(3, abs=0.25)
    assert y == pytest.approx(-2, abs=0.25)


def test_a_reduced_search_gives_pixels_of_the_frame():
    picture = interpolate(texture(144, 192), scale_factor=4, mode="bilinear")
    flow = between(OpticalFlow(size=192), moved(picture, 0, 0), moved(picture, 12, 8))
    x, y = middle(flow.tensor).median(-1).values.median(-1).values[0]
    assert flow.tensor.shape == (1, 2, 576, 768)
    assert x == pytest.approx(12, abs=1)
    assert y == pytest.approx(8, abs=1)


def test_warping_the_past_back_gives_the_present():
    picture = texture(96, 128)
    now = moved(picture, 4, 1)
    flow = between(OpticalFlow(size=128), moved(picture, 0, 0), now)
    x, y = middle(flow.tensor).round().long()[0].float().mean((1, 2))
    back = torch.roll(now.tensor, (-round(float(y)), -round(float(x))), dims=(2, 3))
    assert torch.equal(back, picture)


def test_the_check_trusts_the_middle_and_not_what_left():
    picture = texture(144, 192)
    flow = between(OpticalFlow(check=True), moved(picture, 0, 0), moved(picture, 8, 0))
    assert set(flow.valid.unique().tolist()) <= {0.0, 1.0}
    assert middle(flow.valid).mean() > 0.9
    assert flow.valid[..., -4:].mean() < 0.5


def test_a_change_of_size_begins_again():
    node = OpticalFlow()
    flow = between(node, Frame(texture(48, 64)), Frame(texture(96, 64)))
    assert not flow.tensor.any()


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 37), (5, 3), (17, 33), (301, 7)])
def test_odd_pictures_have_a_finite_flow(height, width):
    frames = [Frame(torch.rand(1, 3, height, width)) for _ in range(3)]
    flow = between(OpticalFlow(check=True, size=16), *frames)
    assert flow.tensor.shape == (1, 2, height, width)
    assert flow.valid.shape == (1, 1, height, width)
    assert torch.isfinite(flow.tensor).all()


def test_quality_may_change_while_it_runs():
    node = OpticalFlow(quality="ultrafast")
    between(node, Frame(texture(48, 64)), Frame(texture(48, 64)))
    node.quality = "medium"
    assert torch.isfinite(node.process(Frame(texture(48, 64))).tensor).all()
