"""What the output shows: fades, freeze, safe look, watchdog, orders and fitting, in set time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from app.output.displays import Display, choose, numbered
from app.output.fitting import fitted
from app.output.look import Look
from app.output.orders import Ledger, Orders
from app.output.ring import Picture


class Time:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def look(time: Time) -> Look:
    return Look(time)


def picture(serial: int, flat: bool = False) -> Picture:
    pixels = np.full((4, 4, 3), serial, np.uint8)
    if not flat:
        pixels[0] = 255
    return Picture(pixels, serial * 100, serial)


def play(look: Look, time: Time, serials: range, flat: bool = False) -> None:
    for serial in serials:
        time.now += 0.5
        look.feed(picture(serial, flat))


def test_before_the_first_picture_there_is_none(look: Look, time: Time) -> None:
    time.now += 60
    assert look.scene().picture is None
    assert not look.held


def test_the_newest_picture_is_shown_and_held(look: Look, time: Time) -> None:
    play(look, time, range(1, 4))
    assert look.scene().serial == 3
    time.now += 1.1
    assert look.scene().serial == 3
    assert look.scene().held
    play(look, time, range(4, 5))
    assert not look.scene().held


def test_blackout_fades_and_turns_back_from_where_it_is(look: Look, time: Time) -> None:
    look.blackout(True, seconds=2.0)
    time.now += 1.0
    assert look.scene().dark == pytest.approx(0.5)
    look.blackout(False, seconds=1.0)
    assert look.scene().dark == pytest.approx(0.5)
    time.now += 0.5
    assert look.scene().dark == pytest.approx(0.25)
    time.now += 0.6
    assert look.scene().dark == 0.0
    assert not look.moving


def test_blackout_without_a_fade_is_at_once(look: Look) -> None:
    look.blackout(True)
    assert look.scene().dark == 1.0


def test_freeze_keeps_the_picture_and_lets_go_to_the_newest(look: Look, time: Time) -> None:
    play(look, time, range(1, 4))
    look.freeze(True)
    play(look, time, range(4, 9))
    assert look.scene().serial == 3
    look.freeze(False)
    assert look.scene().serial == 8


def test_the_safe_look_is_a_picture_from_before_things_went_wrong(look: Look, time: Time) -> None:
    play(look, time, range(1, 20))
    play(look, time, range(20, 30), flat=True)  # the generator fell into one colour
    look.safe(True)
    shown = look.scene().picture
    assert shown.max() == 255
    assert shown.min() < 20
    play(look, time, range(30, 34))
    assert look.scene().picture is shown
    look.safe(False)
    assert look.scene().picture.min() == 33


def test_the_safe_look_is_the_logo_where_there_is_one(look: Look, time: Time) -> None:
    look.logo = np.full((2, 2, 3), 9, np.uint8)
    play(look, time, range(1, 3))
    look.safe(True)
    assert look.scene().picture.max() == 9


def test_the_safe_look_before_any_picture_is_the_slate(look: Look) -> None:
    look.safe(True)
    assert look.scene().picture is None


def test_a_field_is_taken_when_its_counter_moves() -> None:
    studio, child = Ledger(), Ledger()
    studio.give(blackout=True, fade=1.5)
    assert child.take(studio.letter()) == {"fade": 1.5, "blackout": True}
    child.mirror(blackout=False)  # a key in the window
    studio.give(hud="x")
    assert child.take(studio.letter()) == {"hud": "x"}
    assert child.orders.blackout is False
    studio.give(blackout=True)
    assert child.take(studio.letter()) == {"blackout": True}


@pytest.mark.parametrize(
    "letter",
    [
        {"blackout": [1, "yes"]},
        {"blackout": 7},
        {"fit": [1, "squeeze"]},
        {"fade": [1, None]},
        {"fade": [1, float("nan")]},
        {"hud": [1, ["a"]]},
        {"__class__": [1, 2]},
        {"nothing": [1, 2]},
        {"blackout": [1]},
        {"blackout": [True, True, True]},
    ],
)
def test_orders_of_any_shape_are_survived(letter: dict[str, Any]) -> None:
    ledger = Ledger()
    ledger.take(letter)
    assert ledger.orders == Orders()


def test_fades_and_texts_are_kept_in_range() -> None:
    made = Orders().with_valid(fade=99, hud="a" * 5000)
    assert (made.fade, len(made.hud)) == (10.0, 2000)


@pytest.mark.parametrize(
    ("fit", "box"),
    [
        ("fit", (420, 0, 1080, 1080)),
        ("fill", (0, -420, 1920, 1920)),
        ("stretch", (0, 0, 1920, 1080)),
        ("actual", (704, 284, 512, 512)),
    ],
)
def test_a_square_picture_on_a_wide_display(fit: Any, box: tuple[int, ...]) -> None:
    assert fitted(fit, (512, 512), (1920, 1080)) == box


def test_a_thin_picture_keeps_a_pixel() -> None:
    assert fitted("fit", (4000, 1), (100, 100)) == (0, 49, 100, 1)


def rig(*names: str) -> list[Display]:
    return [Display(name, 1920, 1080, 60.0, index == 0) for index, name in enumerate(names)]


def test_the_second_display_is_taken_unless_one_is_named() -> None:
    assert choose(rig("A", "B", "C"), "").place == 1
    assert choose(rig("A", "B", "C"), "C").place == 2
    assert choose(rig("A", "B"), "A").place == 0


def test_a_display_that_is_gone_is_said_and_replaced() -> None:
    choice = choose(rig("A", "B"), "Beamer")
    assert choice.place == 1
    assert "'Beamer' is not there" in choice.said


def test_the_only_display_is_known_to_be_the_only_one() -> None:
    assert choose(rig("A"), "").only
    assert not choose(rig("A", "B"), "").only


def test_twins_are_told_apart() -> None:
    assert numbered(["A", "B", "A"]) == ["A", "B", "A 2"]
