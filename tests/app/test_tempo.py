"""The beat: tapped, typed, nudged; robust to bad taps; one with the beat clocks of the graph."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tempo import fit
from engine.packet import FLICKS_PER_SECOND
from tests.app.cues.rig import Rig


def flicks(*seconds: float) -> list[int]:
    return [round(each * FLICKS_PER_SECOND) for each in seconds]


def tap(rig: Rig, *seconds: float) -> None:
    """Taps at these times."""
    for each in seconds:
        rig.time.time = round(each * FLICKS_PER_SECOND)
        rig.tempo.tap()


def test_the_beat_counts_on_from_the_beginning():
    rig = Rig()
    assert [rig.tempo.beat(pts) for pts in flicks(0, 0.5, 1.25)] == [0, 1, 2.5]
    assert [rig.tempo.in_bar(pts) for pts in flicks(0, 0.5, 2)] == [0, 1, 0]


def test_two_taps_are_no_tempo_and_three_are():
    rig = Rig()
    tap(rig, 1.0, 1.6)
    assert rig.tempo.bpm == 120
    tap(rig, 2.2)
    assert rig.tempo.bpm == pytest.approx(100)


def test_the_last_tap_falls_on_a_beat():
    rig = Rig()
    tap(rig, 1.03, 1.63, 2.23, 2.83)
    assert rig.tempo.beat() == pytest.approx(round(rig.tempo.beat()))


@pytest.mark.parametrize(
    "taps",
    [
        (0, 0.5, 1.0, 1.05, 1.5, 2.0),  # a bounce
        (0, 0.5, 1.5, 2.0, 2.5),  # one left out
        (0, 0.5, 1.0, 1.5, 2.12, 2.5, 3.0, 3.5),  # one late
    ],
)
def test_a_bad_tap_is_no_harm(taps: tuple[float, ...]):
    gap, _ = fit(flicks(*taps)) or (0, 0)
    assert gap == pytest.approx(0.5, rel=0.02)


@given(
    st.floats(30, 300, allow_subnormal=False),
    st.lists(st.floats(-0.02, 0.02, allow_subnormal=False), min_size=8, max_size=8),
)
def test_unsteady_taps_average_out(bpm: float, errors: list[float]):
    gap = 60 / bpm
    found, _ = fit(flicks(*(gap * (n + error) for n, error in enumerate(errors)))) or (0, 0)
    assert found == pytest.approx(gap, rel=0.02)


@given(st.lists(st.integers(0, 10**9), max_size=8).map(sorted))
def test_any_taps_at_all_make_a_tempo_within_bounds_or_none(taps: list[int]):
    found = fit(taps)
    assert found is None or (math.isfinite(found[0]) and found[0] > 0)


def test_a_long_pause_begins_another_series():
    rig = Rig()
    tap(rig, 0, 0.5, 1.0, 10.0, 10.3)
    assert rig.tempo.bpm == pytest.approx(120)
    tap(rig, 10.6)
    assert rig.tempo.bpm == pytest.approx(200)


@pytest.mark.parametrize(("asked", "bpm"), [(5, 20), (5000, 999), (math.nan, 120), (90.5, 90.5)])
def test_the_tempo_keeps_its_limits(asked: float, bpm: float):
    rig = Rig()
    rig.tempo.set_bpm(asked)
    assert rig.tempo.bpm == pytest.approx(bpm)


def test_another_tempo_lets_the_running_beat_go_on():
    rig = Rig()
    rig.pass_time(1.3)
    before = rig.tempo.beat()
    rig.tempo.set_bpm(77)
    assert rig.tempo.beat() == pytest.approx(before)


def test_double_keeps_every_beat_and_half_every_other():
    rig = Rig()
    rig.pass_time(2)
    rig.tempo.double()
    assert (rig.tempo.bpm, rig.tempo.beat()) == (240, pytest.approx(8))
    rig.tempo.halve()
    rig.tempo.halve()
    assert (rig.tempo.bpm, rig.tempo.beat()) == (60, pytest.approx(2))
    for _ in range(9):
        rig.tempo.halve()
    assert rig.tempo.bpm == 30


def test_resync_makes_this_moment_the_first_of_a_bar():
    rig = Rig()
    rig.pass_time(1.3)
    rig.tempo.resync()
    assert (rig.tempo.in_bar(), rig.tempo.beat() % 4) == (0, 0)


def test_a_nudge_moves_the_beats():
    rig = Rig()
    rig.tempo.nudge(0.25)
    assert rig.tempo.next(1) == FLICKS_PER_SECOND * 3 // 8


def test_the_next_bar_is_ahead_or_now():
    rig = Rig()
    assert [rig.tempo.next(4, pts) for pts in flicks(0, 0.1, 2, 2.1)] == flicks(0, 2, 2, 4)
    assert rig.tempo.next(0, 77) == 77


def test_a_tempo_set_here_is_the_beat_clocks():
    rig = Rig(clock=True)
    rig.tempo.set_bpm(90)
    assert rig.value("clock", "bpm") == 90


def test_a_beat_clock_turned_by_hand_is_the_tempo():
    rig = Rig(clock=True)
    rig.tempo.set_bpm(90)
    rig.pass_time(0.1)
    rig.edit(rig.document.with_graph(rig.graph.set("clock", bpm=140.0)))
    rig.pass_time(0.1)
    assert rig.tempo.bpm == pytest.approx(140)


def phase_apart(rig: Rig) -> float:
    packet = rig.tap("clock", "beat").newest()
    off = packet.value - rig.tempo.beat(packet.pts)
    return abs(off - round(off))


def test_a_resync_moves_the_picture_s_beat_onto_this_one():
    rig = Rig(clock=True)
    rig.pass_time(1.3)
    rig.tempo.resync()
    rig.pass_time(1)
    assert phase_apart(rig) < 0.03


def test_a_document_s_beat_is_taken_over_when_it_opens():
    rig = Rig(clock=True)
    rig.edit(rig.document.with_graph(rig.graph.set("clock", bpm=93.0, nudge=0.3)))
    rig.tempo.adopt()
    rig.pass_time(0.2)
    assert rig.tempo.bpm == pytest.approx(93)
    assert phase_apart(rig) < 0.01
    assert rig.value("clock", "nudge") == 0.3


def test_another_engine_s_time_leaves_the_beat_going():
    rig = Rig()
    rig.pass_time(10.0)
    beat = rig.tempo.beat()
    rig.tempo._wall = lambda: 10.025
    rig.time.time = 0
    rig.tempo.tick()
    assert rig.tempo.beat() == pytest.approx(beat + 0.05, abs=0.01)
