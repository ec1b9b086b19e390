"""Finding words in a graph, and what a person would link next."""

from __future__ import annotations

import pytest

from app import editing
from app.documents import presets
from app.program import registry
from engine.document import Document, load
from engine.errors import GraphError
from engine.values import Prompt
from tests.app.editing.shows import look, show


def test_names_types_titles_prompts_and_notes_are_found():
    document, key = editing.insert_node(look(), "generate.video", (0, 0))
    document = document.with_graph(document.graph.set(key, prompt=Prompt.of("neon river at night")))
    document, note = editing.add_note(document, (0, 0), "a River of light", path="look")
    hits = editing.find(document, "river")
    assert [(hit.key, hit.where, hit.box) for hit in hits] == [
        ("look", "note", note),
        (key, "prompt", ""),
    ]
    assert [hit.key for hit in editing.find(document, "compose blur")] == ["look/blur"]
    assert editing.find(document, "NIGHT neon")[0].text == "neon river at night"


def test_each_node_is_found_once_by_its_best_name():
    [hit] = editing.find(show(), "camera")
    assert (hit.key, hit.where) == ("camera", "key")
    assert editing.find(show(), "  ") == editing.find(show(), "xyzzy") == ()


@pytest.fixture(scope="module")
def restyle() -> Document:
    """A preset with the real nodes."""
    return load(presets()["clip_restyle"], registry())[0]


def test_what_presets_do_is_suggested_first(restyle: Document):
    found = editing.suggestions(restyle, "clip.frame", "out")
    assert found[0] == "compose.transform"
    assert len(found) == len(set(found)) > 20


def test_what_a_person_does_comes_before(restyle: Document):
    def weight(id: str) -> float:
        return 100.0 if id == "sinks.record" else 0.0

    assert editing.suggestions(restyle, "clip.frame", "out", weight)[0] == "sinks.record"


def test_what_gives_a_type_is_suggested_for_an_input(restyle: Document):
    found = editing.suggestions(restyle, "detail.top", "in")
    assert found[0] == "compose.transform"
    assert "sinks.record" not in found


def test_ports_come_before_parameters():
    document, lfo = editing.insert_node(show(), "control.lfo", (0, 0))
    assert editing.suggestions(document, f"{lfo}.out")[:1] == ("compose.blur",)
    with pytest.raises(GraphError, match="there is no node 'nobody'"):
        editing.suggestions(document, "nobody.out")
