"""FlowPicture: colours for directions, brightness for speed."""

from __future__ import annotations

import pytest
import torch

from engine.values import Flow
from nodes.compose.flow_to_frame import FlowPicture


def colour(x: float, y: float, valid: float | None = None) -> list[float]:
    field = torch.tensor([x, y]).view(1, 2, 1, 1)
    flow = Flow(field, None if valid is None else torch.full((1, 1, 1, 1), valid))
    return FlowPicture(full=4.0).process(flow).tensor.flatten().tolist()


@pytest.mark.parametrize(
    ("x", "y", "rgb"),
    [(4, 0, [1, 0, 0]), (0, 4, [0.5, 1, 0]), (-4, 0, [0, 1, 1]), (0, -4, [0.5, 0, 1]),
     (2, 0, [0.5, 0, 0]), (0, 0, [0, 0, 0]), (400, 0, [1, 0, 0])],
)  # fmt: skip
def test_direction_is_hue_and_speed_is_brightness(x, y, rgb):
    assert colour(float(x), float(y)) == pytest.approx(rgb, abs=1e-5)


def test_what_is_not_trusted_is_black():
    assert colour(4.0, 0.0, valid=0.0) == [0, 0, 0]
