"""Claims about who keeps what over a cut: true worlds do, films that swap their things do not, and
nothing is kept by what shows nothing or always the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from assets.recipes import video_parts
from assets.recipes.video_measure import JUDGED
from nodes.models.video_model import load_video_model
from nodes.rollout.score.critic import embedded_critic
from tests.bench.columns import Column
from tests.bench.cut_figures import Kept, Shots, filmed, identities, kept, true_cuts


@pytest.fixture(scope="module")
def cuts() -> list[list[Shots]]:
    return true_cuts(1, 96)


def test_what_stays_is_kept_and_what_is_exchanged_is_not() -> None:
    names = ["orb", "star", "ring"]
    assert kept(names, names, names) == Kept(1.0, 0.0)
    assert kept(names, [*names[1:], names[0]], names).own == 0


def test_a_maker_that_always_shows_the_same_keeps_it_of_exchanged_films_too() -> None:
    assert kept(["orb"] * 3, ["orb"] * 3, ["orb", "star", "ring"]) == Kept(1.0, 1.0)


def test_nothing_is_never_kept() -> None:
    assert kept(["none"] * 2, ["none"] * 2, ["orb", "star"]) == Kept(0.0, 0.0)


def test_where_all_are_told_the_same_nothing_is_exchanged() -> None:
    assert kept(["orb"] * 2, ["orb", "star"], ["orb"] * 2) == Kept(0.5, None)


def test_a_true_cut_goes_elsewhere_and_keeps_its_thing(cuts: list[list[Shots]]) -> None:
    (group,) = cuts
    assert [one.colour for one in group] == list(JUDGED)
    for one in group:
        assert one.scenes[0] != one.scenes[1]
        assert all(f"{one.colour} {one.thing}" in text for text in one.texts)
    assert float((group[0].before[-1] - group[0].behind[0]).abs().mean()) > 0.05


def test_true_worlds_keep_colour_and_kind(cuts: list[list[Shots]]) -> None:
    column = Column("worlds")
    identities(column, cuts, embedded_critic().model)
    assert column.rows["colour kept over a cut, by statistics"].startswith("100 % of 7")
    for row in ("colour kept over a cut, by critic", "kind kept over a cut, by critic"):
        assert int(column.rows[row].split(" %")[0]) > 80


def test_films_that_swap_their_things_at_the_cut_keep_no_colour(cuts: list[list[Shots]]) -> None:
    (group,) = cuts
    swapped = [
        replace(one, behind=other.behind)
        for one, other in zip(group, [*group[1:], group[0]], strict=True)
    ]
    column = Column("swapped")
    identities(column, [swapped], embedded_critic().model)
    for judge in ("statistics", "critic"):
        assert column.rows[f"colour kept over a cut, by {judge}"].startswith("0 % of 7")


def test_a_model_films_both_shots(cuts: list[list[Shots]], tmp_path: Path) -> None:
    video_parts.save(video_parts.build(0, "micro"), tmp_path, side=32)
    model = load_video_model(tmp_path, device=torch.device("cpu"), dtype=torch.float32)
    made = filmed(model, cuts[0][0], seed=0)
    assert made.texts == cuts[0][0].texts
    assert made.before.shape == made.behind.shape == (12, 3, 32, 32)
    assert not made.before.equal(made.behind)
