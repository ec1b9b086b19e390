"""Edits of cues: storing, moving, renaming; each leaves the rest of the document as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.cues import edits
from app.cues.cue import cue_list, pads, read_cues, row_of
from app.cues.live import live_values, look, of_nodes, playable, prompts, touched, whole
from engine.errors import GraphError
from engine.values import Prompt
from tests.app.cues.rig import Rig

if TYPE_CHECKING:
    from app.session import Session


@pytest.fixture
def rig() -> Rig:
    return Rig({"name": "a"}, {"name": "b"}, {"name": "c"})


def names(document: object) -> list[str]:
    return [cue.name for cue in read_cues(document)]


def test_storing_on_an_empty_pad_makes_a_cue(rig: Rig):
    after = edits.store(rig.document, {"paint.level": 0.5}, row=2, column=7)
    made = after.cues[pads(after)[2, 7]]
    assert made == {"name": "Cue", "set": {"paint.level": 0.5}, "row": 2, "column": 7}


def test_storing_on_a_cue_keeps_its_name_and_fade(rig: Rig):
    before = edits.change(rig.document, 1, fade=3.0)
    after = edits.store(before, {"paint.level": 0.5}, row=0, column=1)
    assert (after.cues[1]["name"], after.cues[1]["fade"]) == ("b", 3.0)
    assert after.cues[1]["set"] == {"paint.level": 0.5}


def test_names_are_numbered_where_they_are_taken(rig: Rig):
    document = edits.store(rig.document, {}, row=1, column=0)
    document = edits.store(document, {}, row=1, column=1)
    assert names(edits.rename(document, 0, "b"))[0] == "b 2"
    assert names(document)[3:] == ["Cue", "Cue 2"]


def test_a_name_without_letters_is_refused(rig: Rig):
    with pytest.raises(GraphError, match="needs a name"):
        edits.rename(rig.document, 0, " \n ")


def test_moving_onto_a_cue_swaps_them(rig: Rig):
    after = edits.move(rig.document, 0, 0, 2)
    assert (pads(after)[0, 2], pads(after)[0, 0]) == (0, 2)


def test_deleting_leaves_the_other_pads_where_they_are(rig: Rig):
    after = edits.delete(rig.document, 0)
    assert {names(after)[at]: pad for pad, at in pads(after).items()} == {"b": (0, 1), "c": (0, 2)}


def test_a_copy_stands_behind_its_model_on_a_pad_of_its_own(rig: Rig):
    after = edits.duplicate(edits.change(rig.document, 0, color="#ff0000"), 0)
    assert names(after) == ["a", "a 2", "b", "c"]
    assert (after.cues[1]["color"], pads(after)[0, 3]) == ("#ff0000", 1)


@pytest.mark.parametrize(("at", "to", "order"), [(0, 3, "bca"), (2, 0, "cab"), (1, 1, "abc")])
def test_the_list_is_reordered_and_pads_stay(rig: Rig, at: int, to: int, order: str):
    after = edits.reorder(rig.document, at, to)
    assert "".join(names(after)) == order
    assert {names(after)[n]: pad[1] for pad, n in pads(after).items()} == {"a": 0, "b": 1, "c": 2}


def test_what_a_cue_cannot_have_is_refused_in_a_sentence(rig: Rig):
    with pytest.raises(GraphError, match="cannot have fade -1"):
        edits.change(rig.document, 0, fade=-1)
    with pytest.raises(GraphError, match="there is no cue 10; this document has 3"):
        edits.delete(rig.document, 9)
    with pytest.raises(GraphError, match="there is no pad"):
        edits.move(rig.document, 0, 0, 8)


def test_an_edit_that_changes_nothing_is_the_same_document(rig: Rig):
    assert edits.rename(rig.document, 0, "a") is rig.document
    assert edits.change(rig.document, 0, fade=None) is rig.document


def test_a_snapshot_is_replaced_in_its_slot(rig: Rig):
    document = edits.store_snapshot(rig.document, 4, {"paint.level": 0.1})
    document = edits.store_snapshot(document, 4, {"paint.level": 0.2})
    assert len(row_of(document, -1)) == 1
    assert document.cues[3]["set"] == {"paint.level": 0.2}
    assert len(cue_list(document)) == 3


def test_renaming_and_removing_nodes_reach_cues_and_snapshots(rig: Rig):
    values = {"paint.level": 0.1, "other.level": 0.2}
    document = edits.store_snapshot(edits.store(rig.document, values, row=0, column=0), 0, values)
    document = document.rename("paint", "canvas").remove("other")
    assert [document.cues[n]["set"] for n in (0, 3)] == [{"canvas.level": 0.1}] * 2


def test_a_cue_of_everything_leaves_out_what_cannot_change_live():
    rig = Rig(clock=True)
    assert "paint.level" in whole(rig)
    assert not {"paint.steps", "clock.tap"} & set(whole(rig))


def test_a_look_leaves_films_outputs_and_sizes_alone(session: Session):
    graph = session.graph.add("sources.video_file", "film").add("compose.transform", "fill")
    graph = graph.add("sinks.record", "record").add("control.lfo", "swing")
    session.edit("More", graph.add("sources.solid", "sky"))
    kept = set(look(session))
    assert {"blur.radius", "fill.scale", "swing.width", "sky.color"} <= kept
    assert not kept & {"film.in_point", "film.hardware", "fill.width", "fill.size"}
    assert not any(end.startswith("record.") for end in kept)
    assert kept < set(whole(session))


def test_what_was_touched_and_what_one_node_has_can_be_stored_alone():
    rig = Rig()
    rig.set("other", "hue", 0.9)
    assert touched(rig) == ["other.hue"]
    assert set(of_nodes(rig, ["other"])) == {f"other.{n}" for n in ("level", "hue", "on", "text")}
    assert prompts(rig) == ["paint.text", "other.text"]


def test_live_values_are_stored_as_json():
    rig = Rig()
    rig.set("paint", "level", 0.7)
    assert live_values(rig, ["paint.level"]) == {"paint.level": 0.7}
    assert live_values(rig, ["paint.text"])["paint.text"]["pieces"] == [["sea", 1.0]]


def test_of_a_cue_the_graph_takes_what_it_can():
    values = {"paint.text": "fire", "gone.level": 1, "paint.no": 1, "paint.level": "loud"}
    found, lost = playable(Rig().graph, {**values, "paint.steps": 3})
    assert found == {("paint", "text"): Prompt.of("fire")}
    assert lost == ["gone.level", "paint.no", "paint.level", "paint.steps"]
