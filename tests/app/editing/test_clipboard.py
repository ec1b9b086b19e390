"""Selections as text: what they carry, where they land, and that no text does harm."""

from __future__ import annotations

import json
import random
import string
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import editing
from app.editing import clipboard
from app.placement import Place, backdrops, notes, place, placed, waypoints, with_waypoints
from engine.document import Document, dumps, loads
from engine.errors import DocumentError, GraphError
from engine.reader import DEEPEST
from tests.app.editing.shows import errors, links, look, other_edits, safe_edits, show, tried
from tests.engine.small_nodes import empty

seeds = st.integers(0, 1 << 32).map(random.Random)


def pasted(document: Document, keys: list[str], **how: object) -> tuple[Document, tuple[str, ...]]:
    text = editing.copy_text(document, keys)
    return editing.paste_text(document, text, (0, 500), **how)  # type: ignore[arg-type]


def test_pasted_nodes_get_keys_and_links_of_their_own():
    after, keys = pasted(show(), ["blur", "mix"])
    assert keys == ("blur_2", "mix_2")
    assert links(after) == links(show()) | {"blur_2.out -> mix_2.a"}


def test_they_lie_as_they_lay_with_the_corner_where_it_was_asked_for():
    document = placed(show(), {"mix": Place(500.25, -60, title="Veil", color="#ff8800")})
    after, keys = pasted(document, ["blur", "mix"])
    one, two = (place(after, key) for key in keys)
    assert (one.x, one.y) == (0, 560)
    assert two == Place(200.25, 500, title="Veil", color="#ff8800")


def test_inputs_are_kept_when_asked_for():
    after, _ = pasted(show(), ["blur", "mix"], keep_inputs=True)
    assert "camera.out -> blur_2.frame" in links(after)
    assert errors(after) == 0
    elsewhere = Document(empty())
    text = editing.copy_text(show(), ["blur"])
    alone, _ = editing.paste_text(elsewhere, text, (0, 0), keep_inputs=True)
    assert links(alone) == set()


def test_a_duplicate_lies_beside_its_original():
    after, keys = editing.duplicate(show(), ["mix"], with_inputs=True)
    assert keys == ("mix_2",)
    assert "blur.out -> mix_2.a" in links(after)
    assert (place(after, "mix_2").x, place(after, "mix_2").y) == (632, 32)


def test_values_flags_bindings_dots_and_boxes_are_carried():
    document = editing.toggle_flag(show(), ["blur"], "mute").with_graph(
        editing.toggle_flag(show(), ["blur"], "mute").graph.set("blur", radius=7)
    )
    document = with_waypoints(document, {"blur.out -> mix.a": [(400, 90)]})
    document = replace(document, bindings=({"param": "blur.radius", "source": "cc 1"},))
    document, box = editing.group_in_backdrop(document, ["blur", "mix"], "Looks")
    document, note = editing.add_note(document, (300, 200), "soft")
    text = editing.copy_text(document, ["blur", "mix"], [box, note])
    after, (blur, mix) = editing.paste_text(document, text, (1000, 0))
    assert after.graph.entry(blur) == document.graph.entry("blur")
    assert after.bindings[1] == {"param": f"{blur}.radius", "source": "cc 1"}
    [dot] = waypoints(after)[f"{blur}.out -> {mix}.a"]
    assert dot[0] - place(after, blur).x == 100
    assert [b.title for b in backdrops(after)] == ["Looks", "Looks"]
    assert len({b.id for b in backdrops(after)}) == len(notes(after)) == 2


def test_subgraphs_are_carried_whole():
    document = editing.add_note(look(), (5, 5), "inside", path="look")[0]
    document = with_waypoints(document, {"look/blur.out -> look/mix.a": [(1, 2)]})
    after, keys = pasted(document, ["look"])
    assert keys == ("look_2",)
    assert place(after, "look_2/blur") == place(document, "look/blur")
    assert notes(after, "look_2") == notes(document, "look")
    assert waypoints(after)["look_2/blur.out -> look_2/mix.a"] == ((1.0, 2.0),)


def test_nodes_are_copied_out_of_one_subgraph_into_another():
    document = replace(look(), bindings=({"param": "look/blur.radius"},))
    text = editing.copy_text(document, ["look/blur", "look/mix"])
    after, keys = editing.paste_text(document, text, (0, 0), path="look")
    assert keys == ("look/blur_2", "look/mix_2")
    assert "look/blur_2.out -> look/mix_2.a" in map(str, after.graph.flatten().links)
    assert after.bindings[1]["param"] == "look/blur_2.radius"
    with pytest.raises(GraphError, match="lie side by side"):
        editing.copy_text(document, ["look/blur", "camera"])


def test_a_whole_document_can_be_pasted():
    after, keys = editing.paste_text(show(), dumps(look()), (0, 400))
    assert set(keys) == {"camera_2", "look", "window_2"}
    assert "camera_2.out -> look.frame" in links(after)


def test_unknown_types_become_placeholders_that_lose_nothing():
    text = editing.copy_text(show(), ["blur"]).replace("compose.blur", "compose.fancy")
    after, (key,) = editing.paste_text(show(), text, (0, 0))
    entry = after.graph.entry(key)
    assert (entry.type, entry.params["radius"]) == ("compose.fancy", 2.0)


def test_a_selection_is_a_document():
    document, problems = loads(editing.copy_text(show(), ["camera", "blur"]), show().graph.types)
    assert [problem.severity for problem in problems] == ["warning"]  # nothing shows the picture
    assert links(document) == {"camera.out -> blur.frame"}


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_copying_what_was_pasted_gives_the_same_text(chance: random.Random):
    document = show()
    for _ in range(10):
        edits = [*safe_edits(document, chance), *other_edits(document, chance)]
        document = tried(document, chance.choice(edits))
    keys = [key for key in document.graph.nodes if chance.random() < 0.6]
    if keys:
        text = editing.copy_text(document, keys)
        fresh = Document(replace(empty(), stream=document.graph.stream))
        at = (chance.uniform(-2000, 2000), chance.uniform(-2000, 2000))
        copy, same = editing.paste_text(fresh, text, at)
        again = json.loads(editing.copy_text(copy, same))
        assert again == {k: v for k, v in json.loads(text).items() if k != "inputs"}


def refused(text: str) -> str:
    """What is said of a text that cannot be pasted, "" where it could."""
    before = show()
    try:
        after, _ = editing.paste_text(before, text, (0, 0))
    except (DocumentError, GraphError) as error:
        [sentence] = str(error).splitlines()
        return sentence
    written = dumps(after)
    assert dumps(loads(written, before.graph.types)[0]) == written
    return ""


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_mangled_text_is_refused_or_harmless(data: st.DataObject):
    text = list(editing.copy_text(editing.add_note(look(), (0, 0), "n")[0], ["look", "camera"]))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(text) - 1))
        text[at : at + data.draw(st.integers(0, 9))] = data.draw(
            st.text(string.printable, max_size=3)
        )
    refused("".join(text))


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_subnormal=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_other_json_in_any_place_is_refused_or_harmless(data: st.DataObject):
    selection = json.loads(editing.copy_text(look(), ["look", "camera"]))
    at = selection
    while isinstance(at, dict) and at:
        name = data.draw(st.sampled_from([*at, "inputs", "bindings", "view"]))
        if not isinstance(at.get(name), dict) or data.draw(st.booleans()):
            at[name] = data.draw(json_values)
            break
        at = at[name]
    refused(json.dumps(selection))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "[]",
        "{}",
        "null",
        '{"format": 1}',
        '{"format": NaN}',
        '{"format": 99, "nodes": {}}',
        '{"format": 1, "nodes": {"a": 3}}',
        '{"format": 1, "nodes": {"A b": {"type": "compose.blur"}}}',
        '{"format": 1, "view": {"@notes": {"": [{"id": 1, "rect": [0, 0, 1e400, 1]}]}}}',
        "[" * 100_000,
        '{"a":' * 5_000,
        '{"format": 1, "nodes": {"a": {"type": "compose.blur", "params": {"radius": 1e999}}}}',
        "\ud800",
        "\0" * 50,
    ],
)
def test_what_is_no_selection_is_refused_in_one_sentence(text: str):
    assert refused(text)


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch):
    assert "over 8 MB" in refused(" " * (clipboard.LARGEST + 1))
    monkeypatch.setattr(clipboard, "MOST", 2)
    assert "holds 3 nodes, over 2" in refused(editing.copy_text(show(), ["camera", "blur", "mix"]))


def test_subgraphs_are_not_pasted_deeper_than_a_file_can_hold():
    document, path = look(), "look"
    text = editing.copy_text(document, ["look"])
    for _ in range(DEEPEST - 1):
        document, (path,) = editing.paste_text(document, text, (0, 0), path=path)
    with pytest.raises(GraphError, match=f"a document holds {DEEPEST}"):
        editing.paste_text(document, text, (0, 0), path=path)
    loads(dumps(document), document.graph.types)
