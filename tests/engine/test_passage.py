"""Packets from the first to the last: none lost, none twice, no node waits for what cannot come."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from fractions import Fraction

import pytest
import torch

from engine.errors import EndOfStream, NodeFailure
from engine.node import Held, Node, Packet, Tick, Window, param, state
from engine.offline import render
from engine.player import Player
from engine.queue import Kind, Queue, Rule
from engine.values import Clip, Frame
from tests.engine.harness import MATERIAL, SEEN, TICK, Hand, offline, wired

COUNT = "n:counter.out -> b:add.value\n b.out -> c:collect.value"
DOWN: list[str] = []


@pytest.fixture
def quick() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.parametrize("rule", [Rule(Kind.LATEST), Rule(Kind.QUEUE, span=2)])
def test_a_producer_that_drops_never_trips_its_consumer(quick: None, rule: Rule):
    queue, failed = Queue("a.out -> b.in", rule), []

    def produce() -> None:
        try:
            for pts in range(20_000):
                queue.put(Packet(pts, pts, epoch=pts // 100))
        except IndexError as error:
            failed.append(error)

    producer = threading.Thread(target=produce)
    producer.start()
    taken = [-1]
    while producer.is_alive() or queue.items:
        packet = queue.take()
        if packet is not None:
            taken.append(packet.pts)
    assert not failed
    assert taken == sorted(set(taken))
    assert taken[-1] == 19_999


class Join(Node, id="test.join"):
    """Adds what may come late to what must come."""

    def process(self, value: int, other: int | None = None) -> int:
        return value * 100 + (other or 0)


def test_a_link_made_in_the_middle_knows_what_its_source_has_promised():
    built = wired(
        "a:feed.out -> j:join.value\n j.out -> c:collect.value\n s:feed.out -> d:collect.value",
        Join,
        s={"name": "short"},
        d={"name": "else"},
    )
    MATERIAL.clear()
    SEEN.clear()
    MATERIAL.update({"in": [1, 2, 3, 4, 5, 6], "short": [7]})
    player = Player(live=False)
    player.apply(built)
    linked = built.connect("s.out", "j.other")
    render(player, progress=lambda tick: tick != 3 or bool(player.apply(linked)))
    player.stop()
    assert len(SEEN["out"]) == 6


def test_an_edit_at_a_delay_does_not_stop_its_loop():
    loop = "a:feed.out -> sum:add.value\n sum.out -> d:delay.value\n d.out -> sum.other"
    built = wired(loop + "\n sum.out -> c:collect.value\n d.out -> e:collect.value",
                  e={"name": "else"})  # fmt: skip
    MATERIAL.clear()
    SEEN.clear()
    MATERIAL["in"] = [1] * 8
    player = Player(live=False)
    player.apply(built.disconnect("sum.other"))
    render(player, progress=lambda tick: tick != 3 or bool(player.apply(built)))
    player.stop()
    assert len(SEEN["out"]) == 8


def test_in_a_loop_the_trunk_is_what_comes_from_outside():
    built = wired(
        """
        a:feed.out -> sum:join.other
        sum.out -> d:delay.value
        d.out -> sum.value
        sum.out -> c:collect.value
        """,
        Join,
    )
    assert offline(built, ticks=3, **{"in": [1, 2, 3]}) == [1, 102, 10203]


def test_a_loop_that_nothing_enters_turns_once_a_tick():
    built = wired(
        "sum:add.out -> d:delay.value\n d.out -> sum.value\n sum.out -> c:collect.value",
        sum={"amount": 1},
    )
    assert offline(built, ticks=4) == [1, 2, 3, 4]
    hand = Hand(built)
    hand.tick(4)
    assert hand.seen() == [1, 2, 3, 4]


def test_a_muted_source_does_not_make_a_render_endless():
    built = wired("a:feed.out -> c:collect.value").flag("a", "mute", True)
    MATERIAL["in"] = [1, 2, 3]
    player = Player(live=False)
    player.apply(built)
    ticks = render(player, progress=lambda tick: tick < 50)
    player.stop()
    assert ticks <= 4


class OnTick(Node, id="test.on_tick"):
    """Needs a number at each tick."""

    def process(self, tick: Tick, other: Held[int]) -> int:
        return other


def test_a_node_whose_input_never_comes_holds_nobody_up():
    built = wired(
        """
        a:feed.out -> j:join.value
        e:feed.out -> t:on_tick.other
        t.out -> j.other
        j.out -> c:collect.value
        """,
        Join,
        OnTick,
        e={"name": "empty"},
    )
    assert offline(built, **{"in": [1, 2, 3]}, empty=[]) == [100, 200, 300]


class Dream(Node, id="test.dream2"):
    """Makes clips of two from nothing."""

    def process(self, tick: Tick) -> Clip:
        level = tick.pts // tick.dt / 100
        return Clip(torch.full((2, 3, 2, 2), level), Fraction(10))


class Compare(Node, id="test.compare"):
    """The pts of the number and of the picture beside it, in ticks."""

    def process(self, value: Packet[int], frame: Packet[Frame]) -> int:
        return (value.pts - frame.pts) // TICK


def test_a_join_with_played_out_clips_takes_the_frame_of_its_own_time_offline():
    built = wired("a:feed.out -> j:compare.value\n j.out -> c:collect.value", Compare, Dream)
    built = built.add("test.dream2", "g").connect("g.out", "j.frame")
    assert offline(built, ticks=6, **{"in": list(range(6))}) == [0] * 6


class Trim(Node, id="test.trim"):
    """Passes two, then ends."""

    _count: int = state(0)

    def process(self, value: int) -> int:
        if self._count == 2:
            raise EndOfStream
        self._count += 1
        return value


def test_what_has_ended_lets_nothing_more_through():
    built = wired("a:feed.out -> t:trim.value\n t.out -> c:collect.value", Trim)
    assert offline(built, **{"in": [1, 2, 3, 4, 5]}) == [1, 2]


class Tail(Node, id="test.tail"):
    """Keeps the last of a window back."""

    def process(self, values: Window[int]) -> Iterator[int]:
        yield from values

    def window(self, port: str) -> int | None:
        return 2

    def drain(self) -> Iterator[int]:
        yield 99


def test_what_drains_from_a_window_comes_after_it():
    offline(wired("a:feed.out -> t:tail.values\n t.out -> c:collect.value", Tail), **{"in": [1, 2]})
    assert [pts // TICK for _, pts, _ in SEEN["out"]] == [0, 1, 1]


def test_a_link_that_no_longer_drives_lets_the_document_speak():
    built = wired(COUNT + "\n n.out -> b.amount", b={"amount": 1000})
    hand = Hand(built)
    hand.tick(3)
    hand.player.apply(built.disconnect("b.amount"))
    hand.tick(1)
    assert hand.seen()[-1] == 1003


def test_a_sink_keeps_its_picture_through_two_sources_that_never_deliver():
    built = wired(COUNT).add("test.slow", "x").add("test.slow", "y")
    hand = Hand(built)
    hand.tick(2)
    hand.player.apply(built.connect("x.out", "c.value").remove("b"))
    hand.tick(1)
    hand.player.apply(built.connect("y.out", "c.value").remove("b"))
    hand.tick(2)
    assert hand.seen() == [0, 1, 2, 3, 4]


def test_a_source_that_a_sink_has_left_feeds_it_no_longer():
    built = wired(COUNT + "\n b.out -> d:collect.value", d={"name": "else"})
    hand = Hand(built)
    hand.tick(2)
    hand.player.apply(built.connect("n.out", "c.value"))
    hand.tick(3)
    hand.player._housekeep()
    runner = next(runner for runner in hand.player.runners if runner.key == "b")
    assert len(runner.outs[0].queues) == 1


class Two(Node, id="test.two"):
    """A sink of two numbers."""

    def process(self, value: int, other: int) -> None:
        SEEN.setdefault("two", []).append((value, other))


def test_a_live_sink_waits_for_all_that_it_must_have():
    built = wired("n:counter.out -> t:two.value\n s:slow.out -> t.other", Two)
    hand = Hand(built)
    hand.tick(3)
    hand.player.apply(built.connect("n.out", "s.value"))
    hand.tick(2)
    assert SEEN["two"] == [(3, 3), (4, 4)]
    assert hand.player.stats().node("t").errors == 0


class Spoilt(Node, id="test.spoilt"):
    """Counts; its window cannot be read when it is told so."""

    broken: bool = param(default=False, doc="Whether")
    _total: int = state(0)

    def process(self, value: int, more: Window[int] = ()) -> int:
        self._total += 1
        return self._total

    def window(self, port: str) -> int | None:
        if self.broken:
            raise ValueError("broken")
        return None


def test_a_failure_before_a_call_takes_back_none_that_went_well():
    built = wired("n:counter.out -> s:spoilt.value\n n.out -> s.more\n s.out -> c:collect.value",
                  Spoilt)  # fmt: skip
    hand = Hand(built)
    hand.tick(3)
    node = hand.player.runners[1].node
    node.broken = True
    hand.tick(1)
    assert node.snapshot() == (3,)


class File(Node, id="test.file"):
    """Closes its file when it is taken down."""

    def process(self, value: int) -> None:
        if value < 0:
            raise ValueError("negative")

    def teardown(self) -> None:
        DOWN.append("closed")
        raise OSError("and raises")


def test_a_render_that_fails_takes_every_node_down():
    DOWN.clear()
    built = wired("a:feed.out -> x:file.value\n a.out -> y:file.value", File)
    with pytest.raises(NodeFailure):
        offline(built, **{"in": [1, -1]})
    assert DOWN == ["closed", "closed"]


def test_a_cut_in_a_loop_makes_its_delay_forget():
    loop = "a:feed.out -> sum:add.value\n sum.out -> d:delay.value\n d.out -> sum.other"
    built = wired(loop + "\n sum.out -> c:collect.value", d={"frames": 3})
    assert offline(built, **{"in": [1, 1, (1,), 1, 1, 1, 1]}) == [1, 1, 1, 1, 1, 2, 2]


def test_of_sources_of_different_length_each_gives_all_it_has():
    built = wired(
        "a:feed.out -> c:collect.value\n b:feed.out -> p:pairs.values\n p.out -> d:collect.value",
        b={"name": "long"},
        d={"name": "pairs"},
    )
    assert offline(built, **{"in": [1, 2]}, long=[1, 2, 3, 4]) == [1, 2]
    assert [value for value, _, _ in SEEN["pairs"]] == [2, 4, 6, 8]
