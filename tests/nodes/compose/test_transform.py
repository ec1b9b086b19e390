"""Transform: where which pixel lands, what is beside the picture, and odd formats."""

from __future__ import annotations

import pytest
import torch

from engine.node import Context, Stream
from engine.values import Frame
from nodes.compose.transform import Transform


def made(width: int = 4, height: int = 2, **knobs) -> Transform:
    node = Transform(**knobs)
    node.ctx = Context(stream=Stream(width, height))
    return node


def row(*levels: float) -> Frame:
    return Frame(torch.tensor(levels).expand(1, 3, 1, -1).contiguous())


def levels(frame: Frame) -> list[float]:
    return frame.tensor[0, 0, 0].tolist()


def test_a_picture_of_the_right_size_is_not_touched():
    frame = Frame(torch.rand(1, 3, 2, 4))
    assert torch.equal(made().process(frame).tensor, frame.tensor)


@pytest.mark.parametrize(
    ("size", "shape"), [("stream", (2, 4)), ("own", (5, 7)), ("custom", (3, 9))]
)
def test_the_format_is_the_streams_its_own_or_custom(size, shape):
    node = made(4, 2, size=size)
    node.width, node.height = 9, 3
    assert node.process(Frame(torch.rand(1, 3, 5, 7))).tensor.shape[2:] == shape


def test_fill_cuts_and_fit_leaves_bars():
    frame = row(0.1, 0.2, 0.3, 0.4)
    assert levels(made(2, 1, fit="fill").process(frame)) == pytest.approx([0.2, 0.3])
    fitted = made(4, 3, fit="fit").process(frame).tensor[0, 0]
    assert fitted[1].tolist() == pytest.approx([0.1, 0.2, 0.3, 0.4])
    assert fitted[0].tolist() == fitted[2].tolist() == [0, 0, 0, 0]


def test_stretch_pulls_to_shape_and_pixels_keeps_every_pixel():
    frame = row(0.2, 0.6)
    assert levels(made(4, 1, fit="stretch", filter="nearest").process(frame)) == pytest.approx(
        [0.2, 0.2, 0.6, 0.6]
    )
    assert levels(made(4, 1, fit="pixels").process(frame)) == pytest.approx([0, 0.2, 0.6, 0])


def test_crop_takes_shares_off():
    node = made(size="own", left=0.25, right=0.5)
    assert levels(node.process(row(0.1, 0.2, 0.3, 0.4))) == pytest.approx([0.2])


def test_a_crop_of_everything_leaves_a_pixel():
    node = made(size="own", left=1.0, right=1.0, top=1.0, bottom=1.0)
    assert node.process(Frame(torch.rand(1, 3, 5, 7))).tensor.shape[2:] == (1, 1)


def test_flip_mirrors():
    node = made(4, 1, flip="horizontal")
    assert levels(node.process(row(0.1, 0.2, 0.3, 0.4))) == pytest.approx([0.4, 0.3, 0.2, 0.1])
    tall = Frame(torch.tensor([0.1, 0.9]).view(1, 1, 2, 1).expand(1, 3, 2, 4).contiguous())
    assert made(flip="vertical").process(tall).tensor[0, 0, :, 0].tolist() == pytest.approx(
        [0.9, 0.1]
    )


def test_x_moves_right_by_shares_of_the_format():
    node = made(4, 1, x=0.25)
    assert levels(node.process(row(0.1, 0.2, 0.3, 0.4))) == pytest.approx(
        [0, 0.1, 0.2, 0.3], abs=1e-6
    )


def test_a_quarter_turn_goes_clockwise():
    picture = torch.zeros(1, 3, 3, 3)
    picture[:, :, 0, 1] = 1  # top
    turned = made(3, 3, rotate=90.0).process(Frame(picture)).tensor[0, 0]
    assert turned[1, 2] == pytest.approx(1, abs=1e-5)  # right
    assert turned.sum() == pytest.approx(1, abs=1e-5)


def test_zooming_out_shows_what_lies_beside():
    node = made(4, 4, scale=0.5, filter="nearest")
    white = Frame.solid(4, 4, (1.0, 1.0, 1.0))
    assert node.process(white).tensor[0, 0].sum() == pytest.approx(4)
    node.border = "edge"
    assert node.process(white).tensor.min() == pytest.approx(1)


def test_moving_shows_what_fill_has_cut():
    node = made(2, 1, fit="fill", x=0.5)
    assert levels(node.process(row(0.1, 0.2, 0.3, 0.4))) == pytest.approx([0.1, 0.2], abs=1e-6)


def test_bars_may_be_transparent_and_black_bars_are_opaque():
    frame = row(0.5, 0.5)
    clear = made(2, 3, fit="fit", border="transparent").process(frame)
    assert clear.alpha[0, 0, :, 0].tolist() == [0, 1, 0]
    half = Frame(frame.tensor, torch.full((1, 1, 1, 2), 0.5))
    black = made(2, 3, fit="fit").process(half)
    assert black.alpha[0, 0, :, 0].tolist() == pytest.approx([1, 0.5, 1])
    assert black.tensor[0, 0, :, 0].tolist() == pytest.approx([0, 0.5, 0])


def test_transparent_colour_does_not_bleed_when_turned():
    picture = torch.zeros(1, 3, 8, 8)
    picture[:, 1] = 1.0  # green, of which nothing is seen
    picture[:, :, 2:6, 2:6] = torch.tensor([1.0, 0, 0]).view(1, 3, 1, 1)
    alpha = torch.zeros(1, 1, 8, 8)
    alpha[..., 2:6, 2:6] = 1
    turned = made(8, 8, rotate=30.0).process(Frame(picture, alpha))
    assert (turned.tensor * turned.alpha)[:, 1].max() == pytest.approx(0, abs=1e-5)


def test_zooming_far_out_is_the_mean_and_not_a_stray_pixel():
    checker = (torch.arange(64)[:, None] + torch.arange(64)) % 2
    frame = Frame(checker.float().expand(1, 3, 64, 64).contiguous())
    small = made(64, 64, scale=1 / 16, border="edge").process(frame).tensor
    assert small[0, 0, 31:33, 31:33].mean() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("fit", ["fill", "fit", "stretch", "pixels"])
@pytest.mark.parametrize("filter", ["bilinear", "bicubic", "nearest"])
def test_a_single_pixel_fills_any_format(fit, filter):
    node = made(33, 17, fit=fit, filter=filter, rotate=10.0, scale=0.3, border="wrap")
    picture = node.process(Frame.solid(1, 1, (0.25, 0.5, 0.75))).tensor
    assert picture.shape == (1, 3, 17, 33)
    assert picture[0, 1].mean() == pytest.approx(0.5, abs=1e-4)
