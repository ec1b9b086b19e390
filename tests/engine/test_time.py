"""Flicks are exact, clocks agree, clips play at their own rate."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch

from engine.clock import DeviceClock, LiveClock
from engine.errors import EndOfStream
from engine.node import Node, Packet, Stream, Tick, Window, state
from engine.offline import render
from engine.packet import FLICKS_PER_SECOND, flicks, frame_rate, seconds
from engine.player import Player
from engine.playout import Playout
from engine.values import Clip, Frame
from tests.engine.harness import SEEN, Counter, Feed, graph, offline


@pytest.mark.parametrize("rate", [24, 25, 30, 60, 44100, 48000, 90000, Fraction(30000, 1001)])
def test_common_rates_are_whole_flicks(rate: Fraction):
    assert (FLICKS_PER_SECOND / Fraction(rate)).denominator == 1


def test_a_rate_is_taken_for_the_broadcast_ratio_it_means():
    assert [frame_rate(fps) for fps in (29.97, 23.976, 25, 59.94, 12.5)] == [
        Fraction(30000, 1001), Fraction(24000, 1001), 25, Fraction(60000, 1001), Fraction(25, 2)
    ]  # fmt: skip


def test_seconds_and_flicks_invert():
    assert flicks(seconds(123_456_789)) == 123_456_789


def test_live_time_stands_at_zero_until_it_is_started():
    clock = LiveClock()
    assert (clock.now(), clock.now()) == (0, 0)
    clock.start()
    assert 0 <= clock.now() <= clock.now()


def test_a_device_clock_ignores_late_deliveries():
    clock = DeviceClock()
    times = [clock.map(i * 100, 5000 + i * 100 + late) for i, late in enumerate((7, 0, 90, 3))]
    assert times[1:] == [5100, 5200, 5300]


def clip(count: int, rate: int = 10) -> Clip:
    return Clip(torch.arange(count).view(-1, 1, 1, 1).expand(-1, 3, 2, 2) / 100, Fraction(rate))


def numbers(packets: list[Packet[Frame]]) -> list[int]:
    return [round(packet.value.tensor[0, 0, 0, 0].item() * 100) for packet in packets]


DT = FLICKS_PER_SECOND // 10


def test_frames_of_a_clip_are_released_at_their_own_rate_after_one_clips_latency():
    node = Playout()
    clips = [(Packet(clip(3), 0),), (), (), (), (), ()]
    shown = [numbers(list(node.process(Tick(i * DT, DT), clips[i]))) for i in range(6)]
    assert shown == [[], [], [], [0], [1], [2]]


def test_a_clip_that_comes_too_late_raises_the_latency():
    node = Playout()
    list(node.process(Tick(0, DT), (Packet(clip(3), 0),)))
    before = node.latency
    list(node.process(Tick(9 * DT, DT), (Packet(clip(3), 3 * DT),)))
    assert node.latency == before + 3 * DT


def test_what_has_not_been_shown_comes_at_the_end():
    node = Playout()
    list(node.process(Tick(0, DT), (Packet(clip(3), 0),)))
    assert numbers(list(node.drain())) == [0, 1, 2]


class ToClip(Node, id="test.to_clip"):
    """Makes a clip of four numbers."""

    def process(self, values: Window[int]) -> Clip:
        return Clip(torch.tensor(values).view(-1, 1, 1, 1).expand(-1, 3, 2, 2) / 100, Fraction(10))

    def window(self, port: str) -> int | None:
        return 4


class Dream(Node, id="test.dream"):
    """Makes clips of four from nothing."""

    def process(self, tick: Tick) -> Clip:
        return Clip(torch.full((4, 3, 2, 2), tick.pts // tick.dt / 100), Fraction(10))


class Look(Node, id="test.look"):
    """Notes what it is shown."""

    def process(self, frame: Packet[Frame]) -> None:
        SEEN.setdefault("out", []).append((numbers([frame])[0], frame.pts, 0))


def test_clips_reach_frame_inputs_as_frames_n_in_n_out():
    built = graph(ToClip, Look).add(Feed.spec.id, "a").add("test.to_clip", "b")
    built = built.add("test.look", "c").connect("a.out", "b.values").connect("b.out", "c.frame")
    assert offline(built, **{"in": [1, 2, 3, 4, 5, 6]}) == [1, 2, 3, 4, 5, 6]
    assert [pts // DT for _, pts, _ in SEEN["out"]] == [0, 1, 2, 3, 4, 5]


class Unmeasured(Node, id="test.unmeasured"):
    """Gives six numbers and ends; how many there will be it does not know before."""

    _at: int = state(0)

    def process(self, tick: Tick) -> int:
        del tick
        self._at += 1
        if self._at > 6:
            raise EndOfStream
        return self._at


def test_a_source_of_unknown_length_ends_the_render_of_clips():
    built = graph(Unmeasured, ToClip, Look).add("test.unmeasured", "a").add("test.to_clip", "b")
    built = built.add("test.look", "c").connect("a.out", "b.values").connect("b.out", "c.frame")
    SEEN.clear()
    player = Player(live=False)
    player.apply(built)
    ticks = render(player, progress=lambda tick: tick < 50)
    player.stop()
    assert [value for value, *_ in SEEN["out"]] == [1, 2, 3, 4, 5, 6]
    assert ticks < 10


def test_a_generator_of_clips_covers_the_stream_without_gap_or_overlap():
    built = graph(Dream, Look).add("test.dream", "a").add("test.look", "b")
    built = built.connect("a.out", "b.frame")
    assert offline(built, ticks=8) == [0, 0, 0, 0, 4, 4, 4, 4]
    assert [pts // DT for _, pts, _ in SEEN["out"]] == list(range(8))


def test_the_tick_is_exact_for_broadcast_rates():
    assert Stream(fps=Fraction(30000, 1001)).dt * 30000 == FLICKS_PER_SECOND * 1001
    assert Counter.spec.wants_tick
