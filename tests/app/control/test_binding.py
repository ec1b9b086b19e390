"""Bindings as JSON and back without loss, and edits of a document's bindings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.control.binding import Binding, Unreadable, bind, read, rebind, unbind
from app.control.source import BindingError
from engine.document import Document, dumps, loads
from engine.registry import Registry

KNOB: dict[str, Any] = {"param": "knobs.level", "source": "midi:X/1/cc/74"}
FULL: dict[str, Any] = {
    **KNOB,
    "range": [0.2, 0.9],
    "takeover": "scale",
    "mode": "relative",
    "encoder": "signed",
    "speed": 2.0,
    "curve": "s",
    "invert": True,
    "resolution": 14,
    "note": "the left one",
}
GO: dict[str, Any] = {"param": "@action.run", "source": "key:Space", "action": "cue.go"}


@pytest.mark.parametrize("data", [KNOB, FULL, GO, {**KNOB, "invert": False}])
def test_a_binding_is_written_as_it_was_read(data: dict[str, Any]) -> None:
    assert Binding.of(data).json() == data


def test_a_change_keeps_what_is_not_known_here() -> None:
    data = replace(Binding.of(FULL), range=None, invert=False).json()
    assert data["note"] == "the left one"
    assert data["invert"] is False
    assert "range" not in data


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"source": 3}, "source is text"),
        ({"source": "knob"}, "is no control"),
        ({"mode": "continous"}, "did you mean 'continuous'"),
        ({"takeover": "jump"}, "takeover is"),
        ({"curve": "zigzag"}, "curve is"),
        ({"range": [1]}, "two numbers"),
        ({"range": [1, 1]}, "two different ends"),
        ({"range": [0, "a"]}, "is a number"),
        ({"range": [0, float("nan")]}, "is a number"),
        ({"invert": "yes"}, "true or false"),
        ({"resolution": 8}, "7 or 14 bits"),
        ({"speed": 10**400}, "is a number"),
        ({"param": ""}, "names nothing"),
        ({"mode": ["cycle"]}, "mode is"),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, Any], said: str) -> None:
    with pytest.raises(BindingError, match=said):
        Binding.of({**KNOB, **change})


NUMBERS = st.floats(allow_subnormal=False)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_subnormal=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from([*FULL, "action", "cue"]), JSON))
def test_any_json_is_read_or_refused(change: dict[str, Any]) -> None:
    try:
        binding = Binding.of({**KNOB, **change})
    except BindingError:
        return
    assert Binding.of(binding.json()) == binding


def test_a_binding_is_added_changed_and_taken_away(document: Document) -> None:
    knob = Binding.of(KNOB)
    bound = bind(document, knob)
    assert read(bound) == (knob,)
    other = rebind(bound, 0, replace(knob, invert=True))
    assert other.bindings[0]["invert"] is True
    assert unbind(other, 0).bindings == ()
    assert rebind(bound, 0, knob) is bound


def test_the_same_control_binds_the_same_target_once(document: Document) -> None:
    twice = bind(bind(document, Binding.of(KNOB)), Binding.of({**KNOB, "invert": True}))
    assert len(twice.bindings) == 1
    assert twice.bindings[0]["invert"] is True


def test_a_binding_that_is_not_there_cannot_be_changed(document: Document) -> None:
    with pytest.raises(BindingError, match="there are 0 bindings"):
        unbind(document, 0)


def test_an_unreadable_binding_stays_in_its_document(document: Document) -> None:
    broken = replace(document, bindings=({**KNOB, "source": "knob"},))
    found = read(bind(broken, Binding.of(KNOB)))
    assert isinstance(found[0], Unreadable)
    assert isinstance(found[1], Binding)


def test_a_file_keeps_bindings_to_actions_cues_and_renamed_nodes(
    document: Document, types: Registry
) -> None:
    for data in (KNOB, GO, {"source": "midi:1/program", "cue": "*"}):
        document = bind(document, Binding.of(data))
    saved, _ = loads(dumps(document), types)
    assert read(saved) == read(document)
    moved = read(saved.rename("knobs", "dials"))
    assert [each.target for each in moved if isinstance(each, Binding)] == [
        "dials.level",
        "cue.go",
        "cue *",
    ]
    assert len(read(saved.remove("knobs"))) == 2
