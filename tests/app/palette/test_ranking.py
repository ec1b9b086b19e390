"""What a person means by a few letters."""

from __future__ import annotations

import pytest

from app.palette.offers import Offer, of_registry
from app.palette.ranking import ranked, spans, tree
from app.program import registry


@pytest.fixture(scope="module")
def offers() -> tuple[Offer, ...]:
    return of_registry(registry())


def first(offers: tuple[Offer, ...], query: str) -> str:
    return ranked(offers, query)[0].id


@pytest.mark.parametrize(
    ("query", "id"),
    [
        ("webcam", "sources.camera"),
        ("blu", "compose.blur"),
        ("vf", "sources.video_file"),
        ("optflow", "motion.flow"),
        ("kaleid", "compose.tile"),
        ("MASK picture to", "compose.mask_to_frame"),
        ("beat", "control.beat_clock"),
    ],
)
def test_the_node_meant_comes_first(offers: tuple[Offer, ...], query: str, id: str):
    assert first(offers, query) == id


def test_every_node_is_first_when_its_name_is_typed(offers: tuple[Offer, ...]):
    assert [first(offers, offer.title) for offer in offers] == [offer.id for offer in offers]


def test_letters_that_mean_nothing_find_nothing(offers: tuple[Offer, ...]):
    assert ranked(offers, "qqzx") == []
    assert ranked(offers, "((( [") == []


def test_an_empty_query_keeps_all(offers: tuple[Offer, ...]):
    assert len(ranked(offers, "  ")) == len(offers)


def test_use_decides_between_equals_but_not_against_a_name(offers: tuple[Offer, ...]):
    used = {"compose.crossfade": 3.0}
    assert ranked(offers, "mix", lambda id: used.get(id, 0.0))[0].id == "compose.crossfade"
    assert ranked(offers, "blend", lambda id: used.get(id, 0.0))[0].id == "compose.blend"


def test_the_letters_met_are_named():
    assert spans("Video file", "vf") == [0, 6]
    assert spans("Blur", "lu") == [1, 2]
    assert spans("Blur", "x") == []


def test_the_tree_has_recent_ones_first_and_each_node_in_its_category(offers: tuple[Offer, ...]):
    sections = tree(offers, ["compose.blur", "gone.node"], [])
    assert [offer.id for offer in sections["Recent"]] == ["compose.blur"]
    assert next(iter(sections)) == "Recent"
    assert sum(len(listed) for name, listed in sections.items() if name != "Recent") == len(offers)
