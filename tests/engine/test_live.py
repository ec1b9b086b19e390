"""The live engine: edits while it runs, faults, threads."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import torch

from engine.clock import SetClock
from engine.errors import ParamError
from engine.eventlog import EventLog, read
from engine.faults import AT_END
from engine.node import Lane, Node, Tick, Wired, param, resource
from engine.player import Player
from engine.values import Frame, Prompt, TextEncoder
from tests.engine.harness import MATERIAL, SEEN, TICK, Hand, graph, wired

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


def test_a_source_says_that_it_is_at_its_end_until_it_has_more():
    hand = Hand(wired("a:feed.out -> c:collect.value"), **{"in": [1, 2]})
    hand.tick(4)
    assert hand.player.stats().node("a").message == AT_END
    MATERIAL["in"] += [3, 4, 5, 6, 7]
    hand.tick(1)
    assert hand.player.stats().node("a").message == ""


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


class Fixed(Node, id="test.fixed"):
    """Has a value that is read at setup."""

    size: int = param(default=1, doc="How large", live=False)

    def process(self, value: int) -> int:
        return value


def test_a_hand_cannot_touch_what_is_fixed_while_the_node_runs():
    hand = Hand(wired("n:counter.out -> f:fixed.value", Fixed))
    with pytest.raises(ParamError, match="fixed while the node runs; edit the graph"):
        hand.player.set("f", "size", 2)


class Scribbler(Node, id="test.scribbler"):
    """Writes into what it is given."""

    def process(self, frame: Frame) -> Frame:
        frame.tensor.add_(1)
        return frame


class Grey(Node, id="test.grey"):
    """Gives grey."""

    def process(self, tick: Tick) -> Frame:
        return Frame(torch.full((1, 3, 2, 2), 0.5))


def test_the_debug_mode_names_the_node_that_writes_into_its_input():
    built = graph(Scribbler, Grey).add("test.grey", "a").add("test.scribbler", "b")
    player = Player(live=True, clock=SetClock(), debug=True)
    player.apply(built.connect("a.out", "b.frame"))
    player.tick(0)
    assert player.stats().node("b").message == "b wrote into its input 'frame'; it must not"


class Words:
    """A text encoder that spells."""

    def encode(self, prompt: Prompt) -> torch.Tensor:
        return torch.tensor([[len(prompt.pieces[0][0])]])


class Encoder(Node, id="test.encoder"):
    """Provides a text encoder."""

    def process(self) -> TextEncoder:
        return Words()


class Teller(Node, id="test.teller"):
    """Uses a text encoder."""

    _told: tuple[str, ...] = resource(())

    def process(self, value: int, words: Wired[TextEncoder]) -> int:
        return int(words.encode(Prompt.of("a" * value)).item())

    def rewire(self, port: str, handle: TextEncoder) -> None:
        self._told = (*self._told, port)


def test_a_handle_is_given_once_and_a_new_one_is_announced():
    built = graph(Encoder, Teller).add("test.counter", "n").add("test.encoder", "e")
    built = built.add("test.teller", "t").add("test.collect", "c").connect("n.out", "t.value")
    built = built.connect("e.out", "t.words").connect("t.out", "c.value")
    hand = Hand(built)
    hand.tick(3)
    hand.player.apply(built.add("test.encoder", "other").connect("other.out", "t.words"))
    hand.tick(2)
    assert hand.seen() == [0, 1, 2, 3, 4]
    teller = next(runner.node for runner in hand.player.runners if runner.key == "t")
    assert teller._told == ("words", "words")


class Heavy(Node, id="test.heavy"):
    """Takes most of a tick."""

    def process(self, value: int) -> int:
        time.sleep(0.06)
        return value


def test_a_node_that_is_too_heavy_for_the_light_lane_moves_to_the_slow_one():
    built = wired("n:counter.out -> h:heavy.value\n h.out -> c:collect.value", Heavy)
    hand = Hand(built)
    hand.tick(33)
    hand.player._housekeep()
    assert hand.player._assembly.plan.lanes["h"] is Lane.SLOW
    hand.tick(2)
    assert hand.seen()[-1] == 34


def test_what_a_log_tells_can_be_done_again(tmp_path: Path):
    built, path = wired(COUNT), tmp_path / "show.jsonl"
    player = Player(live=True, clock=SetClock(), log=EventLog(path))
    player.apply(built)
    player.tick(3 * TICK)
    player.set("b", "amount", 5, "midi")
    player.cue({("b", "amount"): 9}, fade=0.1, at=5 * TICK)
    player.reset()
    player.stop()
    hand = Hand(built)
    events = [event for event in read(path) if event.what != "graph"]
    for event in events:
        hand.player.replay(event)
    hand.tick(7)
    assert [event.what for event in events] == ["set", "reset", "cue"]
    assert hand.seen()[-1] == 6 + 9
