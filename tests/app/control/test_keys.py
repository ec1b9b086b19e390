"""Keys play in a performance only: never while somebody types, and never repeated by holding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.control.keys import Keys

if TYPE_CHECKING:
    from app.control.learn import Learned
    from tests.app.control.conftest import Play

SPACE = {"param": "knobs.on", "source": "key:Ctrl+1", "mode": "toggle"}


def test_a_key_plays_only_while_keys_are_active(play: Play) -> None:
    stage = play(SPACE)
    keys = Keys(stage.hub)
    assert not keys.press("Ctrl+1")
    keys.active = True
    assert keys.press("ctrl+1")
    assert stage.value("on") is True


def test_a_key_that_nothing_is_bound_to_is_left_to_others(play: Play) -> None:
    keys = Keys(play(SPACE).hub)
    keys.active = True
    assert not keys.press("A")
    assert not keys.press("")


def test_a_held_key_counts_once(play: Play) -> None:
    stage = play(SPACE)
    keys = Keys(stage.hub)
    keys.active = True
    for _ in range(5):
        keys.press("Ctrl+1")
    assert stage.value("on") is True
    assert keys.release("Ctrl+1")
    assert not keys.release("Ctrl+1")
    keys.press("Ctrl+1")
    assert stage.value("on") is False


def test_a_window_that_loses_the_keyboard_lets_every_key_go(play: Play) -> None:
    stage = play({"param": "knobs.on", "source": "key:B", "mode": "momentary"})
    keys = Keys(stage.hub)
    keys.active = True
    keys.press("B")
    assert stage.value("on") is True
    keys.release_all()
    assert stage.value("on") is False


def test_a_key_is_learned_outside_a_performance(play: Play) -> None:
    stage, learned = play(), list["Learned"]()
    stage.hub.learn(learned.append)
    assert Keys(stage.hub).press("Shift+Q")
    assert [str(each.source) for each in learned] == ["key:Shift+Q"]


def test_a_chord_ends_with_its_key_whichever_is_let_go_first(play: Play) -> None:
    stage = play({"param": "knobs.on", "source": "key:Ctrl+B", "mode": "momentary"})
    keys = Keys(stage.hub)
    keys.active = True
    keys.press("Ctrl+B")
    assert not keys.release("Ctrl")
    assert keys.release("B")
    assert stage.value("on") is False
