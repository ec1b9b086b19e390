"""A point that is led by hand goes where its knobs are, and as fast."""

from __future__ import annotations

from fractions import Fraction

import pytest

from engine.node import Context, Stream, Tick
from engine.packet import flicks
from engine.values import Tracks
from nodes.motion.lead import Lead
from nodes.rollout.steering import EASY
from nodes.rollout.video.helm import Helm

WIDE, HIGH = 160, 90


def led(x: float, y: float, at: float = 0.0) -> Tracks:
    lead = Lead(x=x, y=y)
    lead.ctx = Context(stream=Stream(WIDE, HIGH, Fraction(10)))
    return lead.process(Tick(flicks(at), flicks(0.1)))


def test_a_point_lies_where_its_knobs_are():
    assert led(0.25, 0.5).tensor.tolist() == [[[40.0, 45.0]]]


@pytest.mark.parametrize(
    ("x", "y", "seen"),
    [(0, 0, True), (1, 1, True), (-0.01, 0.5, False), (1.2, 0.5, False), (0.5, -0.2, False)],
)
def test_a_point_beyond_the_picture_is_not_seen(x: float, y: float, seen: bool):
    assert led(x, y).visible.tolist() == [[seen]]


def test_a_dream_is_steered_as_fast_as_the_point_goes():
    size = {"frame": (HIGH, WIDE), "size": (128, 128)}
    helm, first = Helm().turned(0, None, led(0.4, 0.5), **size)
    _, later = helm.turned(flicks(0.5), None, led(0.45, 0.4), **size)
    assert (first.points[0].across, first.points[0].down) == (0, 0)
    point = later.points[0]
    assert point.across == pytest.approx(0.05 * WIDE / HIGH / 0.5 / EASY)
    assert point.down == pytest.approx(-0.1 / 0.5 / EASY)
    assert point.v == pytest.approx(0.4)
