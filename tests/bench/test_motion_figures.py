"""Claims about the judge of motions: true things are found to move as they do, swapped words are
wrong, and what is not there does not move."""

from __future__ import annotations

import pytest
import torch

from nodes.worlds.clip_words import MOTIONS
from tests.bench.columns import Column
from tests.bench.motion_figures import FRAMES, MotionJudge, asked, motions, seen_course
from tests.bench.word_judges import Told, painted

JUDGE = MotionJudge()
STARS = asked()[: len(MOTIONS)]


@pytest.mark.parametrize("one", STARS, ids=list(MOTIONS))
def test_a_true_star_moves_as_it_does(one: Told) -> None:
    film = painted(one.words, frames=FRAMES, side=64, seed=31)
    assert JUDGE.says(film) == one.words.motion


def test_a_film_that_is_held_is_still_whatever_was_asked() -> None:
    bouncing = next(one for one in STARS if one.words.motion == "bouncing")
    held = painted(bouncing.words, frames=1, side=64, seed=31).expand(FRAMES, -1, -1, -1)
    assert JUDGE.says(held) == "still"


def test_films_without_a_thing_are_never_right() -> None:
    column = Column("empty")
    motions(column, lambda *_: torch.full((9, 3, 64, 64), 0.5), JUDGE)
    assert list(column.rows.values()) == ["0 % of 14"]


def test_a_thing_that_is_not_there_has_no_motion() -> None:
    assert seen_course(torch.full((9, 3, 64, 64), 0.5)) is None
    assert JUDGE.says(torch.full((9, 3, 64, 64), 0.5)) == ""


def test_prompts_say_the_motion_that_is_judged() -> None:
    texts = [one.text for one in asked()]
    assert texts[0] == "a red star in front of a meadow by day"
    assert all(MOTIONS[one.words.motion][0] in one.text for one in STARS[1:])
