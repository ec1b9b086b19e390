"""Positions: distances stay exact inside the window, and nothing ever leaves the table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ParamError
from nodes.rollout.kv_cache import PageTag
from nodes.rollout.rope_plan import TABLE, Absolute, Positions, Shots, Slot


def tags(*frames: int, shot: int = 0) -> list[PageTag]:
    return [PageTag(frame, frame, shot=shot) for frame in frames]


def test_absolute_is_where_the_stream_made_a_frame():
    assert Absolute().positions(tags(0, 7), tags(8, 9)) == Positions((0, 7), (8, 9))


def test_slots_are_counted_whatever_was_forgotten():
    assert Slot().positions(tags(0, 1, 700, 701), tags(702)) == Positions((0, 1, 2, 3), (4,))


def test_slots_are_absolute_while_nothing_is_forgotten():
    for count in (0, 1, 5):
        args = tags(*range(count)), tags(count, count + 1)
        assert Slot().positions(*args) == Absolute().positions(*args)


def test_beyond_the_table_distances_stay_and_the_far_past_waits_at_its_beginning():
    past, block, *_ = Absolute().positions(tags(0, 1998, 1999), tags(2000, 2001))
    assert (past, block) == ((0, 1020, 1021), (1022, 1023))


def test_a_small_limit_bounds_positions_and_keeps_the_windows_distances():
    past, block, *_ = Absolute(limit=50).positions(tags(0, 96, 97), tags(98))
    assert (past, block) == ((0, 47, 48), (49,))


@given(
    frames=st.lists(st.integers(0, 200_000), max_size=30).map(sorted),
    block=st.integers(1, 8),
    shots=st.lists(st.integers(0, 500), min_size=30, max_size=30).map(sorted),
    offset=st.sampled_from([0.0, 8.0]),
    limit=st.integers(8, TABLE),
)
def test_no_position_leaves_the_table(frames, block, shots, offset, limit):
    past = [PageTag(f, f, shot=s) for f, s in zip(frames, shots, strict=False)]
    start = frames[-1] + 1 if frames else 0
    new = [PageTag(start + at, start, shot=501) for at in range(block)]
    for base in (Absolute(limit), Slot(limit)):
        for plan in (base, Shots(base, offset=offset, phase=1 / 6, limit=limit)):
            got = plan.positions(past, new)
            assert all(0 <= place < limit for place in got.past + got.block)
            assert list(got.past) == sorted(got.past)
            assert got.block[-1] - got.block[0] == block - 1


def test_a_shot_later_stands_farther_away():
    past = tags(0, 1) + tags(2, shot=1)
    plan = Shots(Absolute(), offset=8)
    assert plan.positions(past, tags(3, shot=2)).past == (0, 1, 10)
    assert plan.positions(past, tags(3, shot=2)).block == (19,)


def test_the_phase_is_the_distance_in_shots():
    got = Shots(Absolute(), phase=0.5).positions(tags(0, shot=4), tags(1, shot=6))
    assert (got.past_phase, got.block_phase) == ((-1.0,), (0.0,))


def test_without_offset_and_phase_the_shots_are_one():
    past, block = tags(0, 1), tags(2, shot=1)
    assert Shots(Absolute()).positions(past, block) == Absolute().positions(past, block)


def test_frames_of_one_shot_have_no_phase():
    got = Shots(Absolute(), phase=0.5).positions(tags(0, shot=3), tags(1, shot=3))
    assert (got.past_phase, got.block_phase) == ((0.0,), (0.0,))


@pytest.mark.parametrize("limit", [0, -3, 1025])
def test_a_limit_beyond_the_table_is_refused(limit):
    with pytest.raises(ParamError, match=rf"{limit} positions is not in 1..1024"):
        Slot(limit=limit)


def test_a_block_longer_than_its_positions_is_refused():
    with pytest.raises(ParamError, match="a block of 9 frames is longer than the 8 positions"):
        Slot(limit=8).positions([], tags(*range(9)))
