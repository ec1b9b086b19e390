"""Claims about drift: what stays has none, what fades has its slope, the world source is flat."""

from __future__ import annotations

import pytest
import torch

from nodes.rollout.score.critic import embedded_critic
from tests.bench.columns import Column, Counts
from tests.bench.drift_figures import EVERY, NAMED, _some, drift, true_drifts


def test_what_stays_does_not_drift() -> None:
    found = drift(torch.full((240, 7), 0.4), 60.0)
    assert found.slope.abs().max() < 1e-5
    assert found.first.equal(found.last)
    assert found.colour == 0


def test_a_slow_fade_has_its_slope_over_the_film_whatever_one_moment_shows() -> None:
    fade = torch.linspace(0.5, 0.3, 240)[:, None].repeat(1, 7)
    fade[-1] = 0.5  # a flash at the very end
    found = drift(fade, 60.0)
    assert found.slope.tolist() == pytest.approx([-0.2] * len(NAMED), abs=0.01)
    assert float(found.first[0] - found.last[0]) == pytest.approx(0.2 * 55 / 60, abs=0.015)


def test_a_tint_is_a_change_of_colour() -> None:
    tinted = torch.zeros(240, 7)
    tinted[120:, -1] = 0.1
    assert drift(tinted, 60.0).colour == pytest.approx(0.1)


def test_the_ends_of_a_short_film_are_its_halves() -> None:
    halves = torch.cat([torch.zeros(8, 7), torch.ones(8, 7)])
    found = drift(halves, 2.0)
    assert (found.first[0], found.last[0]) == (0, 1)


def test_every_sixth_picture_is_looked_at_however_a_film_is_cut_up() -> None:
    film = torch.arange(45).view(-1, 1, 1, 1) / 45
    found = torch.cat(list(_some(film.split([9, 12, 12, 12]))))
    assert found.equal(film[::EVERY])


def test_true_worlds_are_flat() -> None:
    column = Column("worlds")
    counts = Counts(prompts=1, seeds=1, films=1, seconds=20.0, cuts=1, sides=())
    true_drifts(column, 48, embedded_critic(), counts)
    (cell,) = (cell for row, cell in column.rows.items() if row.startswith("brightness"))
    assert abs(float(cell.split(", ")[1].split(" ")[0])) < 0.03
