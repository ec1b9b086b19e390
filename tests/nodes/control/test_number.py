"""Number: what the knob says."""

from __future__ import annotations

from nodes.control.number import Number


def test_it_sends_its_value_and_follows_the_knob():
    node = Number(value=0.25)
    assert node.process() == 0.25
    node.value = 3.0
    assert node.process() == 3.0


def test_it_has_a_slider_span_and_no_limits():
    declared = Number.spec.param("value")
    assert declared.soft == (0, 1)
    assert declared.min is None
