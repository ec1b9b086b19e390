"""Where material jumps, begins and ends: epochs travel, spans hold, driven values keep time."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch

from engine.errors import GraphError
from engine.node import Node, Packet, Tick, Window
from engine.offline import render
from engine.player import Player
from engine.playout import Playout
from engine.values import Clip
from tests.engine.harness import MATERIAL, SEEN, TICK, Hand, offline, wired

COUNT = "n:counter.out -> b:add.value\n b.out -> c:collect.value"


class Pair(Node, id="test.pair"):
    """A sink of two numbers at a time."""

    def process(self, values: Window[int]) -> None:
        SEEN.setdefault("pair", []).append(values)

    def window(self, port: str) -> int | None:
        return 2


class Ticked(Node, id="test.ticked"):
    """A sink of all numbers since the last tick."""

    def process(self, tick: Tick, values: Window[int] = ()) -> None:
        SEEN.setdefault("ticked", []).append((tick.pts // tick.dt, *values))


def test_a_sink_of_windows_is_shown_its_span_alone():
    built = wired("a:feed.out -> p:pair.values\n a.out -> t:ticked.values", Pair, Ticked)
    SEEN.clear()
    MATERIAL["in"] = list(range(7))
    player = Player(live=False)
    player.apply(built)
    render(player, start=3, stop=7)
    player.stop()
    assert SEEN["pair"] == [(3, 4), (5, 6)]
    assert SEEN["ticked"] == [(0, 3), (1, 4), (2, 5), (3, 6)]


def test_a_cut_before_clips_is_a_cut_of_their_frames():
    node, clip = Playout(), Clip(torch.zeros(2, 3, 2, 2), Fraction(10))
    frames = []
    for index, epoch in enumerate((0, 0, 1, 1)):
        clips = (Packet(clip, index * 2 * TICK, epoch=epoch),)
        frames += list(node.process(Tick(index * 2 * TICK, TICK), clips))
    frames += list(node.drain())
    assert [frame.cut for frame in frames] == [False] * 4 + [True] + [False] * 3


def test_a_sink_holds_its_picture_while_its_source_becomes_another_type():
    built = wired(COUNT)
    hand = Hand(built)
    hand.tick(2)
    other = built.remove("b").add("test.slow", "b").connect("b.out", "c.value")
    hand.player.apply(other)
    hand.tick(2)
    hand.player.apply(other.connect("n.out", "b.value"))
    hand.tick(2)
    assert hand.seen() == [0, 1, 1, 4, 5]


def test_a_driven_value_is_of_the_packets_time_offline():
    built = wired(
        """
        a:feed.out -> late:late.value
        a.out -> b:add.value
        late.out -> b.amount
        b.out -> c:collect.value
        """
    )
    assert offline(built, **{"in": [1, 2, 3]}) == [2, 4, 6]


def test_a_delay_in_a_loop_can_be_driven():
    built = wired(
        """
        a:feed.out -> sum:add.value
        sum.out -> d:delay.value
        d.out -> sum.other
        f:feed.out -> d.frames
        sum.out -> c:collect.value
        """,
        f={"name": "frames"},
    )
    assert offline(built, **{"in": [1] * 5}, frames=[2] * 5) == [1, 1, 2, 2, 3]


def test_a_parameter_that_is_driven_from_its_own_loop_keeps_step():
    built = wired(
        """
        a:feed.out -> sum:add.value
        sum.out -> d:delay.value
        d.out -> sum.amount
        sum.out -> c:collect.value
        """
    )
    assert offline(built, **{"in": [1, 1, 1]}) == [1, 2, 3]


def test_a_player_that_was_stopped_says_so():
    player = Player()
    player.apply(wired(COUNT))
    player.stop()
    with pytest.raises(GraphError, match="was stopped"):
        player.apply(wired(COUNT))
