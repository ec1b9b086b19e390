"""BeatClock: beats from a tempo, from taps, and pulses that come once each."""

from __future__ import annotations

import itertools

import pytest

from engine.node import Tick
from engine.packet import flicks
from engine.values import Trigger
from nodes.control.beat_clock import Beat, BeatClock


def at(node: BeatClock, second: float, tap: int | None = None) -> Beat:
    if tap is not None:
        node.tap = Trigger(tap)
    return node.process(Tick(flicks(second), flicks(0.04)))


def test_at_120_a_second_has_two_beats():
    node = BeatClock(bpm=120)
    assert [at(node, s).beat for s in (0, 0.25, 1, 60)] == [0, 0.5, 2, 120]


def test_phase_is_the_share_of_the_beat():
    assert at(BeatClock(bpm=60), 7.25).phase == pytest.approx(0.25)


def test_the_pulse_rises_once_at_each_beat():
    node = BeatClock(bpm=60)
    assert [at(node, s / 2).pulse for s in range(7)] == [1, 1, 2, 2, 3, 3, 4]
    assert isinstance(at(node, 4).pulse, Trigger)


def test_turning_the_tempo_does_not_jump():
    node = BeatClock(bpm=60)
    at(node, 10)
    node.bpm = 120
    assert at(node, 10).beat == pytest.approx(10)
    assert at(node, 11).beat == pytest.approx(12)


def test_taps_set_the_tempo_and_fall_on_beats():
    node = BeatClock(bpm=60)
    at(node, 0, tap=0)
    for count, second in enumerate((10.3, 10.7, 11.1, 11.5), start=1):
        at(node, second, tap=count)
    assert at(node, 11.5).phase == pytest.approx(0)
    assert at(node, 11.9).beat - at(node, 11.5).beat == pytest.approx(1)


def test_one_tap_or_a_long_pause_changes_nothing():
    node = BeatClock(bpm=60)
    at(node, 0, tap=0)
    at(node, 1.3, tap=1)
    at(node, 5.8, tap=2)
    assert at(node, 8).beat == pytest.approx(8)


def test_turning_the_knob_takes_over_from_the_taps():
    node = BeatClock(bpm=60)
    for count, second in enumerate((0, 1.0, 1.5)):
        at(node, second, tap=count)
    node.bpm = 90
    assert at(node, 3.5).beat - at(node, 1.5).beat == pytest.approx(3, abs=1)
    assert at(node, 5.5).beat - at(node, 3.5).beat == pytest.approx(3)


def test_pulses_never_repeat_while_tapping_about():
    node = BeatClock(bpm=117)
    pulses = [at(node, frame / 30, tap=frame // 13).pulse for frame in range(600)]
    assert all(0 <= b - a <= 1 for a, b in itertools.pairwise(pulses))


def test_nudge_moves_the_beats():
    node = BeatClock(bpm=60, nudge=0.25)
    assert at(node, 1).beat == pytest.approx(1.25)
