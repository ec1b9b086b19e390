"""An OSC address for everything: unique in every document, patterns, names that are taken."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.actions import ACTIONS
from app.control.addresses import TAKEN, Addresses, compiled, slug
from app.documents import presets
from engine.document import Document, load
from engine.graph import Graph

if TYPE_CHECKING:
    from app.program import Program

NAMES = [(action.id, action.title) for action in ACTIONS]


@pytest.mark.parametrize("name", sorted(presets()))
def test_every_parameter_of_a_preset_has_an_address_of_its_own(name: str, program: Program) -> None:
    document, _ = load(presets()[name], program.registry)
    addresses = Addresses(document, NAMES)
    flat = document.graph.flatten()
    ends = [(key, p.name) for key in flat.nodes for p in flat.params(key) if p.live]
    paths = [addresses.of(*end) for end in ends]
    assert None not in paths
    assert len(set(paths)) == len(ends) > 10


def test_every_parameter_of_every_node_type_has_an_address_and_words(program: Program) -> None:
    graph = Graph(program.registry)
    for spec in program.registry.specs():
        graph = graph.add(spec.id)
    addresses = Addresses(Document(graph), NAMES)
    live = sum(p.live for spec in program.registry.specs() for p in spec.params)
    assert len(addresses.params) == live
    assert all(row.doc and row.type and row.example.startswith(row.path) for row in addresses)


def test_a_node_whose_name_is_taken_is_found_under_node(document: Document) -> None:
    for word in TAKEN:
        renamed = Addresses(document.rename("knobs", word), NAMES)
        assert renamed.of(word, "level") == f"/node/{word}/level"
        assert renamed.find(f"/node/{word}/level")[0].key == word


def test_cues_of_one_name_have_two_addresses(document: Document) -> None:
    names = ["drop", "drop", "drop_2", "Über/die Welle!", "", "***"]
    cues = tuple({"name": name} for name in names)
    rows = [
        row for row in Addresses(replace(document, cues=cues)) if row.cue or "/cue/" in row.path
    ]
    assert len(rows) == len(names)
    assert [row.path for row in rows][:2] == ["/cue/drop", "/cue/drop_2"]


def test_an_address_holds_no_sign_of_osc() -> None:
    for name in ("a b", "a/b", "a*b?", "{x}[y]#,z"):
        assert not set(slug(name)) & set(" #*,/?[]{}")


def test_a_pattern_reaches_all_that_it_fits(document: Document) -> None:
    addresses = Addresses(document)
    found = {row.path for row in addresses.find("/knobs/{level,wide}")}
    assert found == {"/knobs/level", "/knobs/wide"}
    assert {row.path for row in addresses.find("/*/[hl]*t*")} == {"/knobs/hit", "/knobs/hertz"}
    assert {row.path for row in addresses.find("/knobs/o?")} == {"/knobs/on"}
    assert len(addresses.find("/knobs/[!l]*")) == len(addresses.params) - 1


@pytest.mark.parametrize("path", ["/[", "/{", "/[]", "/]", "/[z-a]", "/*" * 100, "/(?x)*", "/[!]"])
def test_a_broken_pattern_reaches_nothing_and_takes_no_time(path: str, document: Document) -> None:
    began = time.monotonic()
    assert Addresses(document).find(path) == ()
    assert time.monotonic() - began < 5


def test_a_greedy_pattern_ends() -> None:
    pattern = compiled("/" + "*a" * 8)
    assert pattern is not None
    assert pattern.fullmatch("/" + "a" * 200 + "b") is None
    assert pattern.fullmatch("/" + "ba" * 100)
