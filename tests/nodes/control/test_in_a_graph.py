"""Control nodes in a graph, rendered offline: they drive, fire each other and close loops."""

from __future__ import annotations

from typing import Any

import pytest

from engine.graph import Graph
from engine.node import Node, Stream, Tick
from engine.offline import render
from engine.player import Player
from engine.registry import Registry
from engine.values import Frame, Prompt
from nodes.compose.crossfade import Crossfade
from nodes.compose.delay import Delay as PictureDelay
from nodes.control.beat_clock import BeatClock
from nodes.control.delay import Delay
from nodes.control.envelope import Envelope
from nodes.control.lfo import LFO
from nodes.control.math import MathExpression
from nodes.control.prompt import PromptText

SEEN: list[Any] = []


class SeeNumber(Node, id="test.see_number"):
    """Keeps the numbers that arrive."""

    def process(self, value: float) -> None:
        SEEN.append(value)


class SeePrompt(Node, id="test.see_prompt"):
    """Keeps the prompts that arrive."""

    def process(self, prompt: Prompt) -> None:
        SEEN.append(prompt.pieces)


class SeeFrame(Node, id="test.see_frame"):
    """Keeps the brightness of the pictures that arrive."""

    def process(self, frame: Frame) -> None:
        SEEN.append(float(frame.tensor.mean()))


class White(Node, id="test.white"):
    """White, each tick."""

    def process(self, tick: Tick) -> Frame:
        return Frame.solid(4, 4, (1.0, 1.0, 1.0))


def empty(*types: type[Node]) -> Graph:
    registry = Registry()
    for cls in types:
        registry.add(cls.spec)
    return Graph(types=registry, stream=Stream(4, 4))


def seen(graph: Graph, ticks: int) -> list[Any]:
    SEEN.clear()
    player = Player(live=False)
    player.apply(graph)
    try:
        render(player, stop=ticks)
    finally:
        player.stop()
    return list(SEEN)


def test_an_lfo_blends_prompts():
    graph = empty(LFO, PromptText, SeePrompt).add("control.lfo", "lfo", rate=7.5)
    graph = graph.add("control.prompt", "text", text="sea", other="fire")
    graph = graph.add("test.see_prompt", "see")
    graph = graph.connect("lfo.out", "text.mix").connect("text.out", "see.prompt")
    weights = [dict(pieces).get("fire", 0.0) for pieces in seen(graph, 4)]
    assert weights == pytest.approx([0, 0.5, 1, 0.5])


def test_beats_fire_an_envelope():
    graph = empty(BeatClock, Envelope, SeeNumber).add("control.beat_clock", "clock", bpm=600.0)
    graph = graph.add("control.envelope", "hit", attack=0.0, decay=0.0, sustain=1.0, hold=0.0)
    graph = graph.set("hit", release=0.0).set("hit", hold=0.05).add("test.see_number", "see")
    graph = graph.connect("clock.pulse", "hit.fire").connect("hit.out", "see.value")
    assert seen(graph, 9) == [0, 0, 0, 1, 1, 0, 1, 1, 0]


def test_a_delay_closes_a_loop_of_numbers():
    graph = empty(MathExpression, Delay, SeeNumber).add("control.math", "sum", expression="a + 1")
    graph = graph.add("control.delay", "later", frames=2).add("test.see_number", "see")
    graph = graph.connect("sum.out", "later.value").connect("later.out", "sum.a")
    assert seen(graph.connect("sum.out", "see.value"), 6) == [1, 1, 2, 2, 3, 3]


def test_a_delay_closes_a_loop_of_pictures():
    graph = empty(White, Crossfade, PictureDelay, SeeFrame).add("test.white", "white")
    graph = graph.add("compose.crossfade", "mix").add("compose.delay", "past")
    graph = graph.add("test.see_frame", "see").connect("white.out", "mix.a")
    graph = graph.connect("mix.out", "past.frame").connect("past.out", "mix.b")
    # half, three quarters, seven eighths of the light, in sRGB
    expected = pytest.approx([0.7354, 0.8808, 0.9425], abs=1e-3)
    assert seen(graph.connect("mix.out", "see.frame"), 3) == expected
