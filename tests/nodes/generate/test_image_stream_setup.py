"""The image stream where there is nothing to paint with."""

from __future__ import annotations

from nodes.generate.image_stream import ImageStream


def test_teardown_after_a_failed_setup_is_harmless():
    node = ImageStream(model="nope")
    node.teardown()
    assert list(node.drain()) == []
