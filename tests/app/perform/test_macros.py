"""Macros: kept in the document, turned live, faithful to nodes that are renamed or removed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.perform import macros as m
from engine.errors import GraphError
from tests.app.cues.rig import Rig


@pytest.fixture
def rig() -> Rig:
    rig = Rig({"name": "a cue"})
    rig.document = m.add_macro(rig.document, "paint", "level")
    return rig


def knob(rig: Rig, slot: int = 0) -> m.Macro:
    return m.macros(rig.document)[slot]


def test_a_macro_sweeps_its_parameter(rig: Rig):
    knob(rig).turn(rig, 0.25)
    assert (rig.value("paint", "level"), knob(rig).position(rig)) == (0.25, 0.25)


def test_one_knob_moves_several_parameters_each_in_its_range(rig: Rig):
    document = m.add_macro(rig.document, "other", "hue", slot=0)
    rig.document = m.set_range(document, 0, "other.hue", 0.8, 0.2)
    knob(rig).turn(rig, 0.5)
    knob(rig).turn(rig, 1.0)
    assert (rig.value("paint", "level"), rig.value("other", "hue")) == (1, pytest.approx(0.2))


@given(st.floats(0, 1, allow_subnormal=False))
def test_a_position_comes_back_from_the_live_value(position: float):
    rig = Rig()
    rig.document = m.invert(m.add_macro(rig.document, "paint", "hue"), 0)
    knob(rig).turn(rig, position)
    assert knob(rig).position(rig) == pytest.approx(position)


def test_a_cue_that_moves_the_parameter_moves_the_knob(rig: Rig):
    rig.cue({("paint", "level"): 0.75})
    assert knob(rig).position(rig) == 0.75


def test_let_go_the_value_is_the_document_s_again(rig: Rig):
    knob(rig).turn(rig, 1.0)
    knob(rig).release(rig)
    assert rig.value("paint", "level") == 0


def test_a_macro_follows_a_renamed_node_and_forgets_a_removed_one(rig: Rig):
    rig.edit(rig.document.rename("paint", "canvas"))
    assert knob(rig).targets[0].end == "canvas.level"
    rig.edit(rig.document.remove("canvas"))
    assert (knob(rig).targets, knob(rig).position(rig)) == ((), 0.0)


def test_the_first_free_knob_is_taken_until_all_are(rig: Rig):
    document = rig.document
    for _ in range(15):
        document = m.add_macro(document, "paint", "hue")
    assert sorted(m.macros(document)) == list(range(16))
    with pytest.raises(GraphError, match="all 16 knobs are taken"):
        m.add_macro(document, "paint", "hue")


@pytest.mark.parametrize(("name", "why"), [("text", "no number"), ("steps", "fixed"), ("no", "no")])
def test_what_no_knob_can_move_is_refused_with_the_reason(rig: Rig, name: str, why: str):
    with pytest.raises(GraphError, match=why):
        m.add_macro(rig.document, "paint", name)


def test_ranges_stay_within_the_parameter_s_limits(rig: Rig):
    rig.document = m.set_range(rig.document, 0, "paint.level", -5, 70)
    assert (knob(rig).targets[0].span.low, knob(rig).targets[0].span.high) == (0, 1)


def test_knobs_change_places(rig: Rig):
    document = m.add_macro(rig.document, "other", "hue", slot=5)
    found = m.macros(m.move_macro(document, 0, 5))
    assert (found[5].targets[0].end, found[0].targets[0].end) == ("paint.level", "other.hue")


def test_a_parameter_is_taken_off_and_the_knob_with_the_last(rig: Rig):
    document = m.add_macro(rig.document, "other", "hue", slot=0)
    document = m.remove_target(document, 0, "paint.level")
    assert [t.end for t in m.macros(document)[0].targets] == ["other.hue"]
    assert m.macros(m.remove_target(document, 0, "other.hue")) == {}


@pytest.mark.parametrize("ends", [None, 7, "0 1", [1], [1, "x"], [0, 1, 2], {}])
def test_ends_that_a_file_spoilt_are_passed_over(ends: object):
    rig = Rig({"name": "m", "row": -2, "column": 3, "set": {"paint.level": ends}})
    assert knob(rig, 3).targets == ()


def test_a_switch_and_an_empty_knob_are_no_trouble(rig: Rig):
    rig.document = m.add_macro(rig.document, "paint", "on")
    knob(rig, 1).turn(rig, 0.9)
    assert (rig.value("paint", "on"), knob(rig, 1).text(rig)) == (True, "True")
    with pytest.raises(GraphError, match="knob 9 is empty"):
        m.invert(rig.document, 8)
