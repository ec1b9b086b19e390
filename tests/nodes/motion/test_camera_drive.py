"""A camera that is driven by hand goes as fast as its knobs say."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch

from engine.node import Context, Stream, Tick
from engine.packet import flicks
from nodes.motion.camera_drive import CameraDrive
from nodes.rollout.video.helm import Helm


def driven(steps: int, **speeds: float) -> list:
    """What comes out of so many ticks, a tenth of a second each."""
    drive = CameraDrive(**speeds)
    drive.ctx = Context(stream=Stream(160, 90, Fraction(10)))
    return [drive.process(Tick(flicks(i / 10), flicks(0.1))) for i in range(steps)]


@pytest.mark.parametrize(
    ("aside", "orbit", "ahead"),
    [(1, 0, 0), (-0.5, 0, 0), (0, 1, 0), (0, -2, 0), (0, 0, 1), (0, 0, -1.5), (0, 0, 0)],
)
def test_it_steers_as_fast_as_it_is_driven(aside, orbit, ahead):
    way = driven(6, aside=aside, orbit=orbit, ahead=ahead)
    size = {"frame": (90, 160), "size": (128, 128)}
    helm, _ = Helm().turned(0, way[0], None, **size)
    _, steering = helm.turned(flicks(0.5), way[5], None, **size)
    assert steering.camera == pytest.approx((aside, orbit, ahead), abs=0.05)


def test_it_begins_where_the_world_does():
    assert torch.equal(driven(1, aside=1)[0].tensor, torch.eye(4)[None])


def test_its_lens_sees_as_high_as_the_stream_is():
    lens = driven(1)[0].intrinsics[0]
    assert lens.tolist() == [[90, 0, 80], [0, 90, 45], [0, 0, 1]]
