"""A point that is put somewhere lies there."""

from __future__ import annotations

from engine.node import Context, Stream
from nodes.motion.point import PutPoint


def put(**params) -> PutPoint:
    node = PutPoint(**params)
    node.ctx = Context(stream=Stream(160, 90))
    return node


def test_a_point_that_is_put_somewhere_lies_there():
    told = put(x=0.25, y=1.0).process()
    assert told.tensor.tolist() == [[[40, 90]]]
    assert bool(told.visible)


def test_a_point_that_is_off_holds_nothing():
    assert not bool(put(on=False).process().visible)


def test_it_stays_the_same_point_wherever_it_goes():
    first, then = put(x=0.1).process(), put(x=0.9).process()
    assert first.ids.tolist() == then.ids.tolist()
