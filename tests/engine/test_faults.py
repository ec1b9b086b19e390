"""Failure is a mode: what raises rests, its consumers hold or are bypassed, the picture goes on."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from engine import loader
from engine.errors import DeviceError
from engine.node import Context, Lane, Node, Tick, param, resource
from engine.player import Player
from tests.engine.harness import MATERIAL, SEEN, Hand, wired

OPENED: list[str] = []
LET_GO = threading.Event()


class Unplugged(Node, id="test.unplugged"):
    """A device that goes away at tick 2 and is there again when it is opened once more."""

    _at: int = resource(0)

    def setup(self, ctx: Context) -> None:
        OPENED.append("open")

    def teardown(self) -> None:
        OPENED.append("close")

    def process(self, tick: Tick) -> int:
        if tick.index == 2 and OPENED.count("open") == 1:
            raise DeviceError("the camera was unplugged; plug it in again")
        return tick.pts // tick.dt


class Refuses(Node, id="test.refuses"):
    """Cannot be set up while the list of reasons lasts."""

    size: int = param(default=1, doc="What a new instance is made for", live=False)

    def setup(self, ctx: Context) -> None:
        if MATERIAL.get("reasons"):
            raise ValueError(MATERIAL["reasons"].pop())

    def process(self, value: int) -> int:
        return value * 10 * self.size


class Spoiler(Node, id="test.spoiler"):
    """Raises something that is nobody's sentence."""

    def process(self, value: int) -> int:
        raise KeyError("x")


def test_a_device_that_went_away_is_reopened_and_consumers_hold():
    OPENED.clear()
    hand = Hand(wired("u:unplugged.out -> c:collect.value", Unplugged))
    hand.tick(2)
    hand.tick()
    message = hand.player.stats().node("u").message
    hand.tick(5)
    assert message == "the camera was unplugged; plug it in again"
    assert OPENED == ["open", "close", "open"]
    assert hand.seen()[:3] == [0, 1, 1]
    assert hand.seen()[-1] == 7


def test_a_node_that_cannot_be_set_up_is_bypassed_until_it_can():
    MATERIAL.clear()
    built = wired("n:counter.out -> r:refuses.value\n r.out -> c:collect.value", Refuses)
    hand = Hand(built, reasons=["no weights"])
    hand.tick(1)
    shown = hand.player.stats().node("r")
    hand.tick(5)
    assert (shown.status, shown.message) == ("failed", "ValueError: no weights")
    assert hand.seen()[0] == 0
    assert hand.seen()[-1] == 50


def test_a_new_instance_is_built_beside_the_running_one():
    built = wired("n:counter.out -> r:refuses.value\n r.out -> c:collect.value", Refuses)
    hand = Hand(built)
    hand.tick(2)
    hand.player.apply(built.set("r", size=7))
    hand.tick(2)
    assert hand.seen() == [0, 10, 140, 210]


def test_a_new_instance_that_fails_leaves_a_picture():
    built = wired("n:counter.out -> r:refuses.value\n r.out -> c:collect.value", Refuses)
    hand = Hand(built)
    hand.tick(2)
    MATERIAL["reasons"] = ["too big"]
    hand.player.apply(built.set("r", size=7))
    hand.tick(4)
    assert len(hand.seen()) == 6
    assert hand.seen()[-1] == 350


def test_a_node_that_always_raises_backs_off_and_the_output_keeps_its_rate():
    hand = Hand(wired("n:counter.out -> s:spoiler.value\n s.out -> c:collect.value", Spoiler))
    hand.tick(60)
    stats = hand.player.stats().node("s")
    assert stats.errors < 8
    assert stats.message.startswith("KeyError")
    assert hand.seen()[-1] >= 58  # bypassed
    assert len(hand.seen()) >= 59


def test_a_missing_input_leaves_the_rest_running():
    built = wired("n:counter.out -> c:collect.value").add("test.add", "loose")
    hand = Hand(built)
    hand.tick(3)
    assert hand.player.stats().node("loose").status == "inert"
    assert hand.seen() == [0, 1, 2]


def test_out_of_memory_takes_a_rung_down():
    class OutOfMemoryError(RuntimeError):
        pass

    hand = Hand(wired("n:counter.out -> b:add.value\n b.out -> c:collect.value"))
    hand.tick(1)
    runner: Any = hand.player.runners[1]
    told: list[str] = []
    runner.out_of_memory = lambda: told.append(runner.key)
    runner.fail(OutOfMemoryError("CUDA out of memory"), 0)
    assert told == ["b"]


class Hung(Node, id="test.hung", lane=Lane.SLOW):
    """Does not return until it is let go."""

    def process(self, value: int) -> int:
        LET_GO.wait(20)
        return value


def test_a_node_that_hangs_keeps_neither_the_output_nor_the_stop(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(loader, "PATIENCE", 0.2)
    LET_GO.clear()
    SEEN.clear()
    built = wired("n:counter.out -> c:collect.value\n n.out -> h:hung.value", Hung)
    player = Player(live=True)
    player.apply(built)
    player.start()
    time.sleep(0.6)
    ended = player.stop(timeout=0.2)
    shown = len(SEEN["out"])
    LET_GO.set()
    assert (ended, shown >= 4) == (False, True)
