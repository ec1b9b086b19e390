"""The watchdog: a hang is said and ended, everything slow or at rest is left alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.notice import Notice
from app.output.watchdog import Watchdog
from app.program import Program
from app.session import Session
from engine.document import Document
from engine.graph import Graph
from engine.probe import LinkStats, NodeStats
from engine.stats import Stats

HANGING = '''
"""A node that hangs when it is told to."""

from __future__ import annotations

import threading

from engine.node import Node, param
from engine.values import Frame

GATE = threading.Event()


class Hanging(Node, id="tests.hanging"):
    """Passes pictures on until it hangs."""

    hang: bool = param(default=False, doc="Whether to hang")

    def process(self, frame: Frame) -> Frame:
        if self.hang and not GATE.is_set():
            GATE.wait(60)
        return frame
'''


class Engine:
    """Figures that are set, in a time that is set."""

    def __init__(self) -> None:
        self.now = 0.0
        self.nodes: dict[str, NodeStats] = {}
        self.waiting: list[str] = []
        self.said: Notice[str, str] = Notice()
        self.heard: list[str] = []
        self.restarts = 0
        self.running = True
        self.passes: int | None = None
        self.said.listen(lambda text, _: self.heard.append(text))
        self.dog = Watchdog(self, clock=lambda: self.now)

    def node(self, key: str, lane: str, calls: int, ms: float = 5.0, status: str = "ready") -> None:
        self.nodes[key] = NodeStats(key, status, "", lane, calls, 0, ms, ms, ms, 30.0, 0.0)

    def stats(self) -> Stats | None:
        links = tuple(LinkStats(name, "latest", 1, 0, 0, 0, 0, 0) for name in self.waiting)
        nodes = tuple(self.nodes.values())
        return Stats(self.now, nodes, links, (), (), self.passes) if self.running else None

    def restart(self) -> None:
        self.restarts += 1

    def run(self, seconds: float, each: Callable[[int], None] = lambda _: None) -> None:
        for step in range(round(seconds * 30)):
            self.now += 1 / 30
            each(step)
            self.dog.tick()


@pytest.fixture
def engine() -> Engine:
    return Engine()


def test_an_engine_that_plays_is_well(engine: Engine) -> None:
    engine.run(20, lambda step: engine.node("out", "light", step))
    assert (engine.dog.health, engine.heard, engine.restarts) == ("well", [], 0)


def test_a_stall_is_said_after_a_second_and_ended_after_five(engine: Engine) -> None:
    engine.node("out", "light", 7)
    engine.run(1.9)
    assert engine.dog.health == "stalled"
    assert "holds its picture" in engine.heard[0]
    assert engine.restarts == 0
    engine.run(4)
    assert engine.restarts == 1
    assert len(engine.heard) == 1


def test_a_stall_that_passes_is_said_to_be_over(engine: Engine) -> None:
    engine.node("out", "light", 7)
    engine.run(3)
    engine.run(1, lambda step: engine.node("out", "light", 8 + step))
    assert engine.heard[-1] == "the picture moves again"
    assert engine.restarts == 0


def test_a_fresh_engine_gets_time_and_each_next_one_more(engine: Engine) -> None:
    engine.node("out", "light", 7)
    engine.run(120)
    assert 3 <= engine.restarts <= 5


@pytest.mark.parametrize("status", ["loading", "failed", "inert", "ended"])
def test_what_is_not_at_work_is_left_alone(engine: Engine, status: str) -> None:
    engine.node("out", "light", 7, status=status)
    engine.run(60)
    assert (engine.heard, engine.restarts) == ([], 0)


def test_a_graph_that_came_onto_a_lane_that_hangs_is_helped(engine: Engine) -> None:
    engine.passes = 7
    engine.node("out", "light", 0, status="loading")
    engine.run(8)
    assert engine.restarts == 1


def test_a_graph_that_loads_on_a_lane_that_passes_is_left_alone(engine: Engine) -> None:
    engine.node("out", "light", 0, status="loading")
    engine.run(60, lambda step: setattr(engine, "passes", step))
    assert (engine.heard, engine.restarts) == ([], 0)


def test_a_stopped_engine_is_left_alone(engine: Engine) -> None:
    engine.node("out", "light", 7)
    engine.running = False
    engine.run(60)
    assert (engine.dog.health, engine.restarts) == ("stopped", 0)


def test_a_generator_that_nobody_feeds_is_left_alone(engine: Engine) -> None:
    engine.node("dream", "slow", 7, ms=300)
    engine.run(60, lambda step: engine.node("out", "light", step))
    assert (engine.heard, engine.restarts) == ([], 0)


def test_a_slow_generator_is_left_alone(engine: Engine) -> None:
    engine.waiting = ["film.out -> dream.frame"]

    def play(step: int) -> None:
        engine.node("dream", "slow", step // 240 + 1, ms=8000)  # a call in eight seconds
        engine.node("out", "light", step)

    engine.run(120, play)
    assert (engine.heard, engine.restarts) == ([], 0)


def test_a_generator_that_hangs_is_ended(engine: Engine) -> None:
    engine.waiting = ["film.out -> dream.frame"]
    engine.node("dream", "slow", 7, ms=300)
    engine.run(8, lambda step: engine.node("out", "light", step))
    assert engine.restarts == 1
    assert "slow lane" in engine.heard[0]


def test_a_camera_that_waits_is_left_alone(engine: Engine) -> None:
    engine.waiting = ["a.out -> record.frame"]
    engine.node("record", "io:record", 7)
    engine.run(60, lambda step: engine.node("out", "light", step))
    assert engine.restarts == 0


def test_an_interface_that_stood_still_blames_nobody(engine: Engine) -> None:
    engine.run(2, lambda step: engine.node("out", "light", step))
    engine.now += 60
    engine.run(0.5)
    assert (engine.heard, engine.restarts) == ([], 0)


def test_a_real_engine_that_hangs_is_started_again(tmp_path: Path) -> None:
    (tmp_path / "hanging.py").write_text(HANGING)
    with Program(device="cpu", nodes=[tmp_path]) as program:
        graph = Graph(program.registry)
        graph = graph.add("sources.pattern", key="pattern").add("tests.hanging", key="hanging")
        graph = graph.add("sinks.window", key="output")
        graph = graph.connect("pattern.out", "hanging.frame").connect("hanging.out", "output.frame")
        session = Session(program, Document(graph))
        now = [0.0]
        dog = Watchdog(session, clock=lambda: now[0])
        session.start()
        try:
            wait_for(session.picture)
            look(dog, now, session)
            assert dog.health == "well"
            session.set("hanging", "hang", True)
            wait_for(lambda: stands_still(session))
            for _ in range(40):
                now[0] += 0.25
                dog.tick()
            assert dog.restarts == 1
            gate(session).set()
            wait_for(session.picture)
        finally:
            session.close()


def test_a_film_at_its_end_is_left_alone(program: Program, clip: Path) -> None:
    graph = Graph(program.registry).add("sources.video_file", "clip", path=clip)
    graph = graph.add("sinks.window", "output").connect("clip.frame", "output.frame")
    session, now = Session(program, Document(graph)), [0.0]
    dog = Watchdog(session, clock=lambda: now[0])
    session.start()
    try:
        wait_for(session.picture)
        wait_for(lambda: stands_still(session) or any(n.message for n in session.stats().nodes))
        for _ in range(40):
            now[0] += 0.25
            passes = session.stats().passes
            wait_for(lambda passes=passes: session.stats().passes != passes)
            dog.tick()
        assert dog.restarts == 0
    finally:
        session.close()


def gate(session: Session) -> threading.Event:
    node = session.registry.get("tests.hanging").cls
    return node.process.__globals__["GATE"]


def stands_still(session: Session) -> bool:
    before = session.picture()
    threading.Event().wait(0.2)
    return session.picture() == before


def look(dog: Watchdog, now: list[float], session: Session) -> None:
    for _ in range(4):
        before = session.picture()
        wait_for(lambda before=before: session.picture() != before)
        now[0] += 0.25
        dog.tick()


def wait_for(true: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        threading.Event().wait(0.02)
