"""How a frame looks at its canvas: turned by a pinhole camera, and never beyond what is painted."""

from __future__ import annotations

import math

import pytest
import torch

from nodes.worlds.view import carried, hand, view


def test_a_level_camera_sees_the_canvas_itself() -> None:
    plain, canvas = view((8, 12), (8, 12), 0.5), torch.rand(1, 3, 8, 12)
    assert plain.plain
    assert plain.shown(canvas) is canvas
    assert torch.allclose(plain.to_canvas, torch.eye(3, dtype=torch.float64), atol=1e-12)


def test_who_looks_up_sees_the_horizon_sink_and_the_picture_keep_its_sides() -> None:
    canvas = torch.zeros(1, 1, 140, 140)
    canvas[:, :, 70:] = 1
    up = view((100, 100), (140, 140), 0.5, (math.radians(8), 0, 0), (math.radians(8), 0))
    column = up.shown(canvas)[0, 0, :, 50]
    assert float((column < 0.5).float().mean()) == pytest.approx(0.5 + 0.14 * 1.4, abs=0.02)


def test_a_camera_that_leans_turns_the_picture_the_other_way() -> None:
    canvas = torch.zeros(1, 1, 140, 140)
    canvas[:, :, 70:] = 1
    lean = view((100, 100), (140, 140), 0.5, (0, 0, math.radians(10)), (0, math.radians(10)))
    left, right = lean.shown(canvas)[0, 0, :, [5, 95]].mean(0)
    assert right > left + 0.1


@pytest.mark.parametrize("frame", [(54, 96), (96, 54), (20, 200), (48, 48)])
@pytest.mark.parametrize("over", [1.0, 1.4])
@pytest.mark.parametrize("sign", [-1, 1])
def test_a_frame_never_leaves_the_canvas(frame: tuple[int, int], over: float, sign: int) -> None:
    high, wide = canvas = (math.ceil(frame[0] * over), math.ceil(frame[1] * over))
    most = math.radians(4), math.radians(6)
    turned = sign * most[0] * 0.97, most[0] * 0.97, sign * most[1]
    seen = view(frame, canvas, 0.5, turned, most)
    x = torch.tensor([0.0, frame[1], 0.0, frame[1]])
    y = torch.tensor([0.0, 0.0, frame[0], frame[0]])
    at_x, at_y = carried(seen.to_canvas, x, y)
    assert -0.04 * wide <= at_x.min() <= at_x.max() <= 1.04 * wide
    assert -0.04 * high <= at_y.min() <= at_y.max() <= 1.04 * high


def test_a_hand_shakes_softly_within_its_reach_and_by_its_seed() -> None:
    way = torch.tensor([hand(step / 24, 3) for step in range(2400)])
    assert way.abs().max() <= 1
    assert (way.amax(0) - way.amin(0)).min() > 0.8
    assert (way[1:] - way[:-1]).abs().max() < 0.2
    assert hand(1.0, 3) == hand(1.0, 3) != hand(1.0, 4)
