"""Claims about the chooser of blocks and shared calls, and about the split over devices."""

from __future__ import annotations

import random

import pytest

from engine.errors import ParamError
from nodes.rollout.video.slo import Chooser, Form, Goal, compute_balanced_split, forms_of

FORMS = forms_of(1, 6, 2, batched=True)


def told(chooser: Chooser, seconds, calls: int = 200) -> Chooser:
    """After calls whose time is a function of the form."""
    for _ in range(calls):
        chooser = chooser.after(seconds(chooser.form))
    return chooser


def chooser(rate: float = 16.0, latency: float = 0.0, steps: int = 2) -> Chooser:
    return Chooser(FORMS, Goal(rate, latency), steps)


def by_rows(a_call: float, a_frame: float):
    return lambda form: a_call + a_frame * form.frames


def test_the_forms_go_from_the_own_block_to_what_the_window_holds():
    assert (Form(1, False), Form(1, True), Form(2, True), Form(3, True)) == FORMS
    assert forms_of(3, 9, 3) == (Form(3, False), Form(5, False))
    assert forms_of(3, 6, 3) == (Form(3, False),)


def test_a_quick_machine_stays_at_the_lightest_form():
    assert told(chooser(), by_rows(0.01, 0.1)).form == FORMS[0]


def test_a_slow_machine_takes_larger_blocks_until_the_rate_holds():
    slow = told(chooser(), by_rows(0.3, 0.1))  # 10 pictures a second by ones, 16 by twos
    assert slow.form == Form(2, True)
    assert slow.rate(slow.at) == pytest.approx(16.0, rel=0.05)


def test_one_slow_block_changes_nothing():
    quick = told(chooser(), by_rows(0.01, 0.1), calls=20)
    assert quick.after(2.0).after(0.1).at == quick.at


def test_a_latency_that_larger_blocks_would_break_is_kept():
    patient, hasty = chooser(), chooser(latency=0.6)
    assert told(patient, by_rows(0.3, 0.1)).form.frames > 1
    assert told(hasty, by_rows(0.3, 0.1)).latency(0) <= 0.7
    assert told(hasty, by_rows(0.3, 0.1)).at == 0


def test_a_machine_that_gets_free_answers_sooner():
    busy = told(chooser(), by_rows(0.3, 0.1))
    assert told(busy, by_rows(0.02, 0.02)).at < busy.at


def test_the_choice_does_not_swing():
    now, moves = chooser(), 0
    luck = random.Random(3)
    for _ in range(400):
        before = now.at
        now = now.after((0.25 + 0.03 * now.form.frames) * luck.uniform(0.9, 1.1))
        moves += now.at != before
    assert moves <= 8


def test_the_first_calls_tell_nothing():
    assert told(chooser(), lambda form: 9.0, calls=5).seconds == (0.0,) * 4


@pytest.mark.parametrize(("rate", "latency"), [(0, 0), (-1, 0), (16, -1), (float("nan"), 0)])
def test_a_goal_that_cannot_be_held_is_refused(rate, latency):
    with pytest.raises(ParamError, match="cannot be held"):
        Goal(rate, latency)


def test_equal_times_leave_the_split_alone():
    halves = [(0, 15), (15, 30)]
    assert compute_balanced_split(30, [1.0, 1.0], [0.9, 0.9], halves) == halves


def test_a_device_that_is_twice_as_slow_loses_blocks():
    (_, end), (start, last) = compute_balanced_split(
        30, [2.0, 1.0], [2.0, 1.0], [(0, 15), (15, 30)]
    )
    assert end == start < 15
    assert last == 30


@pytest.mark.parametrize("seed", range(20))
def test_every_block_is_held_once_and_every_device_holds_one(seed):
    luck = random.Random(seed)
    ranks, total = luck.randint(1, 6), 30
    current = [(total * r // ranks, total * (r + 1) // ranks) for r in range(ranks)]
    times = [luck.uniform(0.01, 5) for _ in range(ranks)]
    split = compute_balanced_split(total, times, times, current)
    assert [at for start, end in split for at in range(start, end)] == list(range(total))
    assert all(end > start for start, end in split)


def test_at_balance_nothing_moves_any_more():
    speed, split = [1.0, 2.0], [(0, 15), (15, 30)]
    for _ in range(5):
        times = [(end - start) * cost for (start, end), cost in zip(split, speed, strict=True)]
        split = compute_balanced_split(30, times, times, split)
    assert split == [(0, 20), (20, 30)]


def test_more_devices_than_blocks_are_refused():
    with pytest.raises(ParamError, match="cannot be split"):
        compute_balanced_split(2, [1.0] * 3, [1.0] * 3, [(0, 1), (1, 2), (2, 2)])
