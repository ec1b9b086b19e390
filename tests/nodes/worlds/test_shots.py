"""Cuts: when they fall, and what the next shot keeps."""

from __future__ import annotations

import itertools

import pytest

from engine.packet import FLICKS_PER_SECOND
from nodes.worlds.cuts import Cuts
from nodes.worlds.live_words import TABLES, LiveWords
from nodes.worlds.shots import CAMERAS, Shot, next_shot

SECOND = FLICKS_PER_SECOND
WAIT = SECOND // 2


def fall(cuts: Cuts, ticks: range, **said: float) -> list[float]:
    """At which of some eighths of a second a cut falls."""
    found = []
    for tick in ticks:
        beat = tick / 8 * said["tempo"] if "tempo" in said else None
        trigger = int(tick >= said.get("hit", 1e9)) + int(tick >= said.get("again", 1e9))
        cuts, falls = cuts.after(
            tick * SECOND // 8, trigger, said.get("every", 0.0), beat, wait=WAIT
        )
        found += [tick / 8] if falls else []
    return found


def test_without_a_wish_nothing_is_cut_and_nothing_painted_ahead() -> None:
    cuts, falls = Cuts().after(0, 7, 0.0, None, wait=WAIT)
    assert (falls, cuts.ready) == (False, None)
    assert fall(Cuts(), range(80)) == []


def test_cuts_fall_every_so_many_seconds() -> None:
    assert fall(Cuts(), range(65), every=2) == [2, 4, 6, 8]


def test_cuts_fall_on_beats_where_there_are_some() -> None:
    assert fall(Cuts(), range(33), every=4, tempo=2) == [2, 4]


def test_the_first_event_waits_for_its_shot_and_the_next_falls_at_once() -> None:
    assert fall(Cuts(), range(40), hit=8, again=24) == [1.5, 3]


def test_events_that_come_too_quickly_are_one_cut() -> None:
    assert fall(Cuts(), range(40), hit=8, again=10) == [1.5]
    assert fall(Cuts(), range(17), every=0.25) == [0.5, 1.0, 1.5, 2.0]


def test_another_rhythm_begins_without_a_cut() -> None:
    cuts, _ = Cuts().after(0, 0, 100.0, None, wait=0)
    cuts, falls = cuts.after(90 * SECOND, 0, 2.0, None, wait=0)
    assert not falls
    assert cuts.after(92 * SECOND, 0, 2.0, None, wait=0)[1]
    assert not cuts.after(92 * SECOND, 0, 2.0, 900.0, wait=0)[1]


def shots(said: LiveWords, seed: int, count: int) -> list[Shot]:
    found: list[Shot] = []
    here = said
    for number in range(1, count + 1):
        found.append(next_shot(number, said, seed, here))
        here = found[-1].words(said)
    return found


@pytest.mark.parametrize("thing", ["none", "balloon", "horse", "boat", "house"])
def test_a_shot_is_elsewhere_and_the_thing_stays(thing: str) -> None:
    said = LiveWords(thing=thing, colour="blue", motion="swaying", style="ink").fitted()
    words = [said, *(shot.words(said) for shot in shots(said, 3, 20))]
    for one, other in itertools.pairwise(words):
        assert other == other.fitted()
        assert other.scene != one.scene or thing == "boat"
        assert other.time != one.time
        assert other.camera != one.camera
        assert (other.thing, other.colour, other.style) == (thing, "blue", "ink")


def test_all_scenes_have_their_turn() -> None:
    said = LiveWords(thing="balloon")
    seen = {shot.scene for shot in shots(said, 1, 10)}
    assert len(seen) >= len(TABLES["scene"]) - 1


def test_the_same_seed_cuts_the_same_and_another_differently() -> None:
    said = LiveWords(thing="orb")
    assert shots(said, 5, 6) == shots(said, 5, 6)
    assert shots(said, 5, 6) != shots(said, 6, 6)


def test_what_a_menu_says_after_a_cut_goes_before_the_shot() -> None:
    said = LiveWords(scene="islands", time="sunset", thing="orb", camera="right")
    (shot,) = shots(said, 2, 1)
    other = LiveWords(scene="islands", time="night", thing="star", camera="right")
    words = shot.words(other)
    assert (words.time, words.thing) == ("night", "star")
    assert (words.scene, words.camera) == (shot.scene, shot.camera)
    assert (shot.place(2), shot.place(9)) == (shot.seed, 9)


def test_the_cameras_of_shots_are_cameras() -> None:
    assert set(CAMERAS) <= set(TABLES["camera"])
