"""Presses in time: two of Esc, a key that is held, one that repeats, a menu beside them."""

from __future__ import annotations

import pytest

from app.perform.panic import Momentary, TwicePressed

B, T = 66, 84


class Clock:
    """A time that is set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(("gap", "both"), [(0.1, True), (0.6, True), (0.61, False)])
def test_two_presses_count_within_six_tenths_of_a_second(gap: float, both: bool):
    clock = Clock()
    esc = TwicePressed(clock)
    assert not esc.press()
    clock.now = gap
    assert esc.press() is both


def test_a_third_press_begins_anew():
    esc = TwicePressed(Clock())
    assert [esc.press() for _ in range(4)] == [False, True, False, True]


@pytest.mark.parametrize(("held", "back"), [(0.1, False), (2.0, True)])
def test_a_tapped_key_leaves_it_on_and_a_held_one_off(held: float, back: bool):
    clock = Clock()
    black = Momentary(clock)
    black.down(B)
    assert black.throw()
    clock.now = held
    assert black.up(B) is back


def test_a_key_that_repeats_throws_once():
    black = Momentary(Clock())
    black.down(B)
    assert [black.throw() for _ in range(3)] == [True, False, False]


def test_a_menu_throws_it_and_keys_after_that_do_not_turn_it_back():
    clock = Clock()
    black = Momentary(clock)
    assert black.throw()
    clock.now = 5.0
    black.down(T)
    clock.now = 9.0
    assert not black.up(T)
    assert black.throw()


def test_a_release_that_was_lost_does_not_block_the_next_press():
    black = Momentary(Clock())
    black.down(B)
    black.throw()
    black.down(B)
    assert black.throw()
