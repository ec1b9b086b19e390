"""Claims about the judge of styles: true still worlds have theirs, and not another's."""

from __future__ import annotations

from dataclasses import replace

from nodes.worlds.clip_words import ClipWords
from nodes.worlds.words import STYLES, Words
from tests.bench.columns import Column
from tests.bench.still_judges import PLACES, StyleJudge, still, styles
from tests.bench.word_judges import Told

JUDGE = StyleJudge()  # its worlds of one place are painted once
EMPTY = Words(*PLACES[0], "none", "red", "red", "photo")


def told(style: str) -> Told:
    return Told(ClipWords(replace(EMPTY, style=style), "still", "still"), "")


def test_true_still_worlds_have_their_style() -> None:
    column = Column("still worlds")
    styles(column, lambda one, seed: still(one, 96, 70 + seed), JUDGE, 1)
    (share,) = column.rows.values()
    assert int(share.split(" %")[0]) >= 80


def test_a_world_that_is_painted_otherwise_has_the_style_that_it_was_painted_in() -> None:
    for other in ("gold", "blueprint", "watercolour"):
        assert JUDGE.says(still(told(other), 96, 5)[0], EMPTY) == other


def test_one_picture_for_every_style_is_right_once() -> None:
    column, picture = Column("plain"), still(told("photo"), 96, 5)
    styles(column, lambda _one, _seed: picture, JUDGE, 1)
    assert list(column.rows.values()) == [f"{100 / len(STYLES):.0f} % of {len(STYLES)}"]
