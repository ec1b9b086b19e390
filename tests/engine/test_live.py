"""The live engine: edits while it runs, faults, threads."""

from __future__ import annotations

import time

import pytest

from engine.errors import ParamError
from engine.player import Player
from tests.engine.harness import MATERIAL, SEEN, TICK, Hand, wired

COUNT = "n:counter.out -> b:add.value\n b.out -> c:collect.value"


def test_an_edit_keeps_the_state_of_nodes_it_does_not_touch():
    built = wired("a:feed.out -> s:sum.value\n s.out -> c:collect.value")
    hand = Hand(built, **{"in": [1] * 20})
    hand.tick(5)
    hand.player.apply(built.add("test.counter", "more"))
    hand.tick(3)
    assert hand.seen() == [1, 2, 3, 4, 5, 6, 7, 8]


def test_undo_of_a_delete_finds_the_state_again():
    built = wired("a:feed.out -> s:sum.value\n s.out -> c:collect.value")
    hand = Hand(built, **{"in": [1] * 20})
    hand.tick(5)
    hand.player.apply(built.remove("s"))
    hand.tick(2)
    hand.player.apply(built)
    hand.tick(2)
    assert hand.seen()[-1] == 7


def test_an_edited_value_lands_at_the_next_packet():
    built = wired(COUNT)
    hand = Hand(built)
    hand.tick(2)
    hand.player.apply(built.set("b", amount=100))
    hand.tick(1)
    assert hand.seen() == [0, 1, 102]


def test_a_touch_wins_over_the_document_until_it_is_released():
    hand = Hand(wired(COUNT, b={"amount": 10}))
    hand.player.set("b", "amount", 100)
    hand.tick(1)
    hand.player.release("b", "amount")
    hand.tick(1)
    assert hand.seen() == [100, 11]


def test_of_many_touches_between_two_packets_the_last_applies():
    hand = Hand(wired(COUNT))
    for value in range(50):
        hand.player.set("b", "amount", value)
    hand.tick(1)
    assert hand.seen() == [49]


def test_a_cue_fades_all_its_parameters_from_one_moment():
    hand = Hand(wired(COUNT))
    hand.tick(1)
    hand.player.cue({("b", "amount"): 100}, fade=0.4, at=2 * TICK)
    hand.tick(6)
    amounts = [value - index for index, value in enumerate(hand.seen())]
    assert amounts == [0, 0, 0, 25, 50, 75, 100]


def test_a_sink_keeps_its_source_until_the_new_one_delivers():
    built = wired(COUNT).add("test.slow", "late")
    hand = Hand(built)
    hand.tick(3)
    moved = built.connect("late.out", "c.value")
    hand.player.apply(moved)
    hand.tick(2)
    assert hand.seen() == [0, 1, 2, 3, 4]
    hand.player.apply(moved.connect("n.out", "late.value"))
    hand.tick(2)
    assert hand.seen()[-2:] == [5, 6]


def test_a_join_live_waits_no_longer_than_a_tick():
    built = wired(
        """
        n:counter.out -> sum:add.value
        slow:feed.out -> sum.other
        sum.out -> c:collect.value
        """,
        slow={"every": 5},
    )
    hand = Hand(built, **{"in": [1000, 2000]})
    hand.tick(4)
    assert hand.seen()[:2] == [1000, 1001]


def test_bypass_mute_and_hold():
    built = wired(COUNT, b={"amount": 10})
    hand = Hand(built)
    hand.tick(1)
    for flag in ("bypass", "hold", "mute"):
        hand.player.apply(built.flag("b", flag, True))
        hand.tick(1)
    hand.tick(1)
    assert hand.seen() == [10, 1, 1, 1]


def test_a_panic_makes_every_node_forget():
    hand = Hand(wired("a:feed.out -> s:sum.value\n s.out -> c:collect.value"), **{"in": [1] * 9})
    hand.tick(4)
    hand.player.reset()
    hand.tick(1)
    assert hand.seen()[-1] == 1


def test_the_first_value_of_a_changed_wiring_is_not_lost_between_threads():
    SEEN.clear()
    player = Player(live=True)
    player.apply(wired(COUNT, b={"amount": 5}))
    player.start()
    time.sleep(0.6)
    assert player.stop()
    values = [value for value, _, _ in SEEN["out"]]
    assert values == list(range(values[0], values[0] + len(values)))
    assert len(values) >= 4


def test_fifty_starts_and_stops_leave_no_thread():
    MATERIAL["in"] = [1, 2, 3]
    for _ in range(50):
        player = Player(live=True)
        player.apply(wired("a:feed.out -> s:slow.value\n s.out -> c:collect.value"))
        player.start()
        assert player.stop()


def test_repr_shows_the_state_of_every_engine_object():
    hand = Hand(wired(COUNT))
    hand.tick(1)
    runner = hand.player.runners[1]
    shown = [repr(x) for x in (hand.player, runner, runner.outs[0], runner.cells, runner.probe)]
    assert "Player live" in shown[0]
    assert shown[1] == "<Runner b ready trunk 1 calls>"
    assert all(text.startswith("<") for text in shown)


def test_an_unknown_parameter_is_refused_with_the_nearest_name():
    hand = Hand(wired(COUNT))
    with pytest.raises(ParamError, match="did you mean 'amount'"):
        hand.player.set("b", "amont", 1)
