"""Cues read and written: nothing in a file is lost, nonsense passed over, every cue has a pad."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cues.cue import Cue, cue_list, pads, read_cues, row_of
from tests.app.cues.rig import Rig

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_subnormal=False)
    | st.integers()
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)
FIELDS = ["fade", "beats", "curve", "quantize", "row", "column", "color", "notes", "follow", "mine"]
GIVEN = st.dictionaries(st.sampled_from(FIELDS), JSON).map(lambda rest: {"name": "a", **rest})


@given(GIVEN)
def test_whatever_a_file_holds_comes_back_as_it_was(given: dict[str, Any]):
    assert Cue.read(given).written() == given


def test_a_field_that_was_changed_is_written_and_unknown_ones_stay():
    given = {"name": "drop", "set": {"a.b": 1}, "fade": 2.0, "lamp": "blue"}
    changed = replace(Cue.read(given), fade=None, curve="s", name="rise")
    assert changed.written() == {"name": "rise", "set": {"a.b": 1}, "curve": "s", "lamp": "blue"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("fade", -1), ("fade", "long"), ("fade", 1e9), ("curve", "wild"), ("curve", [])),
        *(("row", 1.5), ("follow", "never"), ("quantize", True), ("color", 7), ("pre_wait", None)),
    ],
)
def test_nonsense_is_as_if_left_out(field: str, value: object):
    assert Cue.read({"name": "a", field: value}) == Cue("a", {})


def test_cues_of_no_pad_take_the_first_free_ones():
    rig = Rig({"name": "a"}, {"name": "b", "row": 0, "column": 0}, {"name": "c"})
    assert pads(rig.document) == {(0, 0): 1, (0, 1): 0, (0, 2): 2}


def test_of_two_cues_for_one_pad_the_second_moves_on():
    rig = Rig(*({"name": name, "row": 2, "column": 3} for name in "ab"))
    assert pads(rig.document) == {(2, 3): 0, (0, 0): 1}


def test_more_cues_than_pads_stay_in_the_list():
    rig = Rig(*({"name": str(n)} for n in range(40)))
    assert (len(pads(rig.document)), len(cue_list(rig.document))) == (32, 40)


def test_snapshots_and_macros_are_no_cues_of_the_list():
    rig = Rig({"name": "s", "row": -1, "column": 3}, {"name": "m", "row": -2, "column": 0})
    assert (cue_list(rig.document), pads(rig.document)) == ({}, {})
    assert (row_of(rig.document, -1), len(read_cues(rig.document))) == ({3: 0}, 2)
