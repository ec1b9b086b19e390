"""Feedback: what is left of the past, where it moves, and that it never runs away."""

from __future__ import annotations

import pytest
import torch

from engine.node import Tick
from engine.packet import flicks
from engine.values import Frame
from nodes.compose.feedback import Feedback

STILL = {"zoom": 1.0, "rotate": 0.0, "hue": 0.0}
BLACK, WHITE = Frame.solid(9, 9), Frame.solid(9, 9, (1.0, 1.0, 1.0))


def at(node: Feedback, second: float, frame: Frame) -> torch.Tensor:
    return node.process(frame, Tick(flicks(second), flicks(0.1))).tensor


def dot(row: int, column: int) -> Frame:
    picture = torch.zeros(1, 3, 9, 9)
    picture[:, :, row, column] = 1
    return Frame(picture)


def test_the_first_frame_is_itself():
    assert at(Feedback(), 0, WHITE) is WHITE.tensor


def test_the_light_of_the_past_halves_in_its_time():
    node = Feedback(trail=0.1, mode="normal", **STILL)
    at(node, 0, WHITE)
    # half the light is 0.7354 in sRGB, a quarter 0.5371
    assert at(node, 0.1, BLACK).mean() == pytest.approx(0.7354, abs=1e-3)
    assert at(node, 0.2, BLACK).mean() == pytest.approx(0.5371, abs=1e-3)


def test_the_frame_rate_does_not_change_the_trail():
    means = []
    for steps in (5, 20):
        node = Feedback(trail=0.5, mode="lighten", **STILL)
        at(node, 0, WHITE)
        means.append([at(node, (i + 1) / steps, BLACK) for i in range(steps)][-1].mean().item())
    assert means[0] == pytest.approx(means[1], abs=2e-3)


def test_no_trail_is_no_past():
    node = Feedback(trail=0.0)
    at(node, 0, WHITE)
    assert at(node, 0.1, BLACK) is BLACK.tensor


def test_the_past_moves_right_and_down():
    node = Feedback(trail=60.0, mode="lighten", **STILL, x=1.0, y=2.0)
    at(node, 0, dot(2, 3))
    moved = at(node, 1 / 9, BLACK)[0, 0]
    assert divmod(int(moved.argmax()), 9) == (4, 4)


def test_the_past_grows_about_the_middle():
    node = Feedback(trail=60.0, mode="lighten", zoom=100.0, rotate=0.0, hue=0.0)
    at(node, 0, dot(4, 4))
    grown = at(node, 0.2, BLACK)[0, 0]  # 100 ** 0.2 is 2.5 times
    assert grown[3:6, 3:6].min() > 0.2
    assert grown[0].max() == 0


@pytest.mark.parametrize("mode", Feedback.spec.param("mode").choices)
def test_it_never_runs_away(mode):
    node = Feedback(trail=60.0, mode=mode)
    frame = Frame(torch.rand(1, 3, 9, 9, generator=torch.Generator().manual_seed(1)))
    for step in range(40):
        picture = at(node, step / 10, frame)
    assert torch.isfinite(picture).all()
    assert picture.min() >= 0
    assert picture.max() <= 1


def test_a_stray_nan_leaves_again():
    node = Feedback(trail=1.0, mode="normal")
    broken = dot(4, 4).tensor
    broken[0, 0, 0, 0] = float("nan")
    at(node, 0, Frame(broken))
    assert torch.isfinite(at(node, 0.1, BLACK)).all()


def test_another_size_goes_on():
    node = Feedback()
    at(node, 0, WHITE)
    assert at(node, 0.1, Frame.solid(5, 7)).shape == (1, 3, 5, 7)


def test_transparent_frames_leave_transparent_trails():
    node = Feedback(trail=1.0, mode="normal", **STILL)
    at(node, 0, Frame(WHITE.tensor, torch.ones(1, 1, 9, 9)))
    out = node.process(Frame(BLACK.tensor, torch.zeros(1, 1, 9, 9)), Tick(flicks(0.1), 1))
    assert out.alpha.mean() == pytest.approx(0.5**0.1)


def test_a_keyed_picture_stays_before_its_trail():
    node = Feedback(trail=1.0, mode="normal", **STILL)
    at(node, 0, Frame(WHITE.tensor, torch.ones(1, 1, 9, 9)))
    cover = torch.zeros(1, 1, 9, 9)
    cover[..., 4, 4] = 1
    out = node.process(Frame(BLACK.tensor, cover), Tick(flicks(0.1), 1))
    assert out.tensor[0, 0, 4, 4] == pytest.approx(0, abs=1e-5)
    assert out.tensor[0, 0, 0, 0] == pytest.approx(1, abs=1e-5)
    assert out.alpha[0, 0, 4, 4] == 1


def test_reset_forgets():
    node = Feedback()
    at(node, 0, WHITE)
    node.reset()
    assert at(node, 0.1, BLACK) is BLACK.tensor
