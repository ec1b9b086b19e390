"""Firing, time and ownership with whole numbers: what fires when, offline and live."""

from __future__ import annotations

import pytest

from engine.errors import NodeFailure
from tests.engine.harness import (
    SEEN,
    TICK,
    Add,
    Delay,
    Hand,
    Late,
    Odd,
    Pairs,
    Sum,
    offline,
    run,
    wired,
)

CHAIN = """
    a:feed.out -> b:add.value
    b.out -> c:collect.value
"""


def test_each_trunk_packet_makes_one_call():
    assert run(Add(amount=10), [1, 2, 3]) == [11, 12, 13]


def test_a_skipped_call_sends_nothing():
    assert run(Odd(), [1, 2, 3, 4, 5]) == [1, 3, 5]


def test_a_delay_repeats_its_first_value_until_it_has_an_older_one():
    assert run(Delay(frames=2), [1, 2, 3, 4]) == [1, 1, 1, 2]


def test_frames_in_are_frames_out_where_a_node_keeps_some_back():
    assert run(Late(), [1, 2, 3]) == [1, 2, 3]


def test_a_window_at_the_end_is_filled_and_what_passes_the_last_pts_is_cut():
    assert run(Pairs(), [1, 2, 3, 4, 5]) == [2, 4, 6, 8, 10]


def test_an_iterator_inherits_the_times_of_its_window():
    run(Pairs(), [1, 2, 3, 4])
    assert [pts // TICK for _, pts, _ in SEEN["out"]] == [0, 1, 2, 3]


def test_offline_repeats_itself():
    graph = wired(CHAIN)
    assert offline(graph, **{"in": [3, 1, 2]}) == offline(graph, **{"in": [3, 1, 2]}) == [3, 1, 2]


def test_a_join_takes_the_newest_packet_up_to_the_trunks_time():
    graph = wired(
        """
        a:feed.out -> sum:add.value
        b:feed.out -> sum.other
        sum.out -> c:collect.value
        """,
        b={"name": "half", "every": 2},
    )
    assert offline(graph, **{"in": [0, 0, 0, 0, 0]}, half=[10, 20, 30]) == [10, 10, 20, 20, 30]


def test_a_join_waits_for_a_node_that_is_behind():
    graph = wired(
        """
        a:feed.out -> late:late.value
        a.out -> sum:add.value
        late.out -> sum.other
        sum.out -> c:collect.value
        """
    )
    assert offline(graph, **{"in": [1, 2, 3, 4]}) == [2, 4, 6, 8]


def test_a_skipping_node_does_not_hold_up_a_join():
    graph = wired(
        """
        a:feed.out -> odd:odd.value
        a.out -> sum:add.value
        odd.out -> sum.other
        sum.out -> c:collect.value
        """
    )
    assert offline(graph, **{"in": [1, 2, 3, 4]}) == [2, 3, 6, 7]


def test_held_offline_is_the_newest_up_to_the_time_after_upstream_finished():
    graph = wired(
        """
        a:feed.out -> sum:held_add.value
        n:counter.out -> sum.other
        sum.out -> c:collect.value
        """
    )
    assert offline(graph, **{"in": [100, 100, 100]}) == [100, 101, 102]


def test_a_link_drives_a_parameter():
    graph = wired(
        """
        a:feed.out -> b:add.value
        n:counter.out -> b.amount
        b.out -> c:collect.value
        """
    )
    assert offline(graph, **{"in": [10, 10, 10]}) == [10, 11, 12]


def test_named_outputs_travel_apart_and_none_skips_one_of_them():
    graph = wired(
        """
        a:feed.out -> b:split.value
        b.whole -> c:collect.value
        b.half -> d:collect.value
        """,
        d={"name": "halves"},
    )
    assert offline(graph, **{"in": [1, 2, 3, 4]}) == [1, 2, 3, 4]
    assert [value for value, _, _ in SEEN["halves"]] == [1, 2]


def test_a_cycle_through_a_delay_reads_what_was_written_a_packet_ago():
    graph = wired(
        """
        a:feed.out -> sum:add.value
        sum.out -> d:delay.value
        d.out -> sum.other
        sum.out -> c:collect.value
        """
    )
    assert offline(graph, **{"in": [1, 1, 1, 1]}) == [1, 2, 3, 4]


def test_a_cycle_with_a_node_on_its_way_back_keeps_step():
    graph = wired(
        """
        a:feed.out -> sum:add.value
        sum.out -> d:delay.value
        d.out -> twice:add.value
        twice.out -> sum.other
        sum.out -> c:collect.value
        """,
        twice={"amount": 100},
        d={"frames": 2},
    )
    assert offline(graph, **{"in": [1, 2, 3, 4]}) == [101, 102, 204, 206]


def test_an_endless_graph_renders_the_ticks_that_are_asked_for():
    graph = wired("n:counter.out -> c:collect.value")
    assert offline(graph, ticks=4) == [0, 1, 2, 3]


def test_a_cut_resets_state():
    assert run(Sum(), [1, 2, (10,), 1]) == [1, 3, 10, 11]


def test_offline_a_failure_stops_the_render_and_names_the_node():
    graph = wired("a:feed.out -> f:fragile.value\n f.out -> c:collect.value")
    with pytest.raises(NodeFailure, match="f: ValueError: negative"):
        offline(graph, **{"in": [1, -1]})


def test_live_a_failure_restores_the_state_and_the_node_tries_again():
    hand = Hand(
        wired("a:feed.out -> f:fragile.value\n f.out -> c:collect.value"),
        **{"in": [1, -5, 2, 3, 4]},
    )
    hand.tick(8)
    assert hand.seen()[-1] == 1 + 2 + 3 + 4
    assert hand.player.stats().node("f").errors == 1


def test_live_a_sink_is_called_once_a_tick_and_repeats_the_newest():
    hand = Hand(wired("a:feed.out -> c:collect.value", a={"every": 3}), **{"in": [1, 2]})
    hand.tick(7)
    assert hand.seen() == [1, 1, 1, 2, 2, 2]
    assert [tick // TICK for _, _, tick in SEEN["out"]] == [0, 1, 2, 3, 4, 5]
