"""Claims about the video nodes in a graph that is rendered: clips play as frames, prompts and
memories are linked, and a film is the same twice.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
import torch

from engine import offline
from engine.errors import EndOfStream
from engine.graph import Graph
from engine.node import Node, Packet, Stream, Tick
from engine.player import Player
from engine.registry import Registry
from engine.values import Frame, Prompt
from engine.weights import Weights
from nodes.control.beat_clock import BeatClock
from nodes.control.prompt_list import PromptList
from nodes.control.sequence import Sequence
from nodes.generate.video_restyle import VideoRestyle
from nodes.generate.video_stream import VideoStream
from nodes.memory.recache import RecacheMemory
from nodes.memory.ring import RingMemory
from nodes.models.zoo import Zoo
from tests.nodes.generate.video_parts import frames

SEEN: list[tuple[int, torch.Tensor]] = []
FILM = frames(40)


class Reel(Node, id="test.reel"):
    """Gives a frame each tick, and ends with the film."""

    def process(self, tick: Tick) -> Frame:
        if tick.index >= len(FILM):
            raise EndOfStream
        return FILM[tick.index]

    def duration(self) -> int:
        return len(FILM) * self.ctx.stream.dt


class Screen(Node, id="test.screen"):
    """Keeps what it is shown."""

    def process(self, frame: Packet[Frame]) -> None:
        SEEN.append((frame.pts, frame.value.tensor))


TYPES = Registry()
for cls in (
    Reel, Screen, VideoStream, VideoRestyle, RecacheMemory, RingMemory, BeatClock, Sequence,
    PromptList,
):  # fmt: skip
    TYPES.add(cls.spec)
STREAM = Stream(48, 32, Fraction(24))


@pytest.fixture(scope="module")
def weights():
    found = Weights(Zoo())
    yield found
    found.close()


def rendered(graph: Graph, weights: Weights, ticks: int | None) -> list[tuple[int, torch.Tensor]]:
    SEEN.clear()
    player = Player(live=False, weights=weights)
    player.apply(graph)
    offline.render(player, stop=ticks)
    player.stop()
    return list(SEEN)


def dreaming(folder: Path, **params: object) -> Graph:
    graph = Graph(TYPES, STREAM).add("test.screen", "screen")
    graph = graph.add("generate.video_stream", "dream", model=str(folder), steps=1, **params)
    return graph.connect("dream.out", "screen.frame")


def restyling(folder: Path, **params: object) -> Graph:
    graph = Graph(TYPES, STREAM).add("test.reel", "reel").add("test.screen", "screen")
    graph = graph.add("generate.video_restyle", "paint", model=str(folder), steps=2, **params)
    return graph.connect("reel.out", "paint.frame").connect("paint.out", "screen.frame")


def same(one: list, other: list) -> bool:
    pairs = zip(one, other, strict=True)
    return all(a == b and torch.equal(x, y) for (a, x), (b, y) in pairs)


def test_a_dream_plays_picture_by_picture(video_folder, weights):
    film = rendered(dreaming(video_folder), weights, 24)
    assert [pts for pts, _ in film] == [at * STREAM.dt for at in range(len(film))]
    assert len(film) == 24


def test_a_dream_is_the_same_twice(video_folder, weights):
    graph = dreaming(video_folder, transition=0.5)
    assert same(rendered(graph, weights, 16), rendered(graph, weights, 16))


@pytest.mark.parametrize("batching", ["off", "steps"])
def test_as_many_pictures_leave_as_came(video_folder, weights, batching):
    film = rendered(restyling(video_folder, batching=batching), weights, None)
    assert [pts for pts, _ in film] == [at * STREAM.dt for at in range(40)]


def test_a_repainted_film_is_the_same_twice(video_folder, weights):
    graph = restyling(video_folder)
    assert same(rendered(graph, weights, None), rendered(graph, weights, None))


def test_memories_are_linked(video_folder, weights):
    graph = dreaming(video_folder).add("memory.recache", "past", frames=6, sink=1)
    graph = graph.connect("past.out", "dream.memory")
    assert len(rendered(graph, weights, 24)) == 24
    graph = restyling(video_folder).add("memory.ring", "past", frames=6, sink=1)
    graph = graph.connect("past.out", "paint.memory")
    assert len(rendered(graph, weights, None)) == 40


def test_a_dream_begins_with_the_frame_that_there_is(video_folder, weights):
    linked = dreaming(video_folder).add("test.reel", "reel").connect("reel.out", "dream.start")
    other = linked.set("dream", seed=9)
    films = [rendered(graph, weights, 24) for graph in (linked, other, dreaming(video_folder))]
    assert [pts for pts, _ in films[0]] == [at * STREAM.dt for at in range(24)]
    assert same(films[0][:5], films[1][:5])  # no noise is in the picture itself
    assert not same(films[0][5:], films[1][5:])
    assert not same(films[0][:5], films[2][:5])


def test_prompts_change_on_the_beat(video_folder, weights):
    plain = dreaming(video_folder, transition=0.0, prompt=Prompt.of("sea"))
    graph = plain.add("control.beat_clock", "clock", bpm=120)
    graph = graph.add("control.sequence", "turn", by="beat", every=1.0, values="0, 1")
    graph = graph.add("control.prompt_list", "words", texts="sea\nfire", blend="linear")
    graph = graph.connect("clock.beat", "turn.beat").connect("turn.out", "words.at")
    graph = graph.connect("words.out", "dream.prompt")
    alone, told = rendered(plain, weights, 30), rendered(graph, weights, 30)
    changed = [
        at for at, (a, b) in enumerate(zip(alone, told, strict=True)) if (a[1] != b[1]).any()
    ]
    assert changed[0] == 13  # the first block behind the beat at picture 12


def test_the_drift_can_be_linked(video_folder, weights):
    graph = dreaming(video_folder).add("control.sequence", "turn")
    graph = graph.connect("dream.drift", "turn.beat")
    assert len(rendered(graph, weights, 8)) == 8
