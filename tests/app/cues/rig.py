"""A real engine under a clock that is set, with as much of a session as cues need."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from app.cues.cue import Cue, read_cues
from app.cues.launch import Desk
from app.cues.player import CuePlayer
from app.notice import Notice
from app.tempo import Tempo
from engine.clock import SetClock
from engine.document import Document
from engine.graph import Graph
from engine.node import Node, param
from engine.packet import FLICKS_PER_SECOND
from engine.player import Player
from engine.registry import Registry
from engine.values import Prompt
from nodes.control.beat_clock import BeatClock


class Paint(Node, id="test.paint"):
    """Has what cues move."""

    level: float = param(default=0.0, doc="How much", min=0, max=1)
    hue: float = param(default=0.5, doc="Which", min=0, max=1)
    steps: int = param(default=4, doc="How many", min=1, max=16, live=False)
    on: bool = param(default=False, doc="Whether")
    text: Prompt = param(default=Prompt.of("sea"), doc="What")

    def process(self) -> float:
        return self.level


class Rig:
    """A session's face over one player; its time stands until `pass_time`."""

    def __init__(self, *cues: dict[str, Any], clock: bool = False) -> None:
        types = Registry()
        types.add(Paint.spec)
        types.add(BeatClock.spec)
        graph = Graph(types).add("test.paint", "paint").add("test.paint", "other")
        graph = graph.add("control.beat_clock", "clock") if clock else graph
        self.document = Document(graph, cues=cues)
        self.time = SetClock()
        self.player = Player(clock=self.time)
        self.player.apply(graph)
        self.player.start()
        self.is_running = True
        self.opened: Notice[Any] = Notice()
        self.said: Notice[str, Any] = Notice()
        self.heard: list[str] = []
        self.said.listen(lambda text, _: self.heard.append(text))
        self.launched: list[tuple[dict[Any, Any], float, int | None]] = []
        self.tempo = Tempo(self, wall=lambda: self.seconds)
        self.cues = CuePlayer(self, self.tempo, Desk(fade=1.0, curve="linear"))

    @property
    def graph(self) -> Graph:
        return self.document.graph

    @property
    def seconds(self) -> float:
        return self.time.time / FLICKS_PER_SECOND

    def now(self) -> int:
        return self.time.time

    def cell(self, key: str, name: str) -> Any:
        return self.player.runner(key).cells[name]

    def value(self, key: str, name: str) -> Any:
        return self.cell(key, name).value(self.now())

    def driven(self, key: str, name: str) -> str | None:
        return self.cell(key, name).driven

    def set(self, key: str, name: str, value: Any, origin: str = "hand") -> None:
        self.player.set(key, name, value, origin)

    def release(self, key: str, name: str, origin: str = "hand") -> None:
        self.player.release(key, name, origin)

    def cue(self, values: Any, fade: float = 0.0, at: int | None = None, **how: Any) -> None:
        self.launched.append((values, fade, at))
        self.player.cue(values, fade, at, **how)

    def tap(self, key: str, port: str = "out") -> Any:
        return self.player.tap(key, port)

    def edit(self, document: Document) -> None:
        self.document = document
        self.player.apply(document.graph)

    def store(self, *cues: dict[str, Any]) -> None:
        self.document = replace(self.document, cues=cues)

    def pass_time(self, seconds: float, step: float = 1 / 40) -> None:
        """Time passes in ticks of the window's."""
        end = self.time.time + round(seconds * FLICKS_PER_SECOND)
        while self.time.time < end:
            self.time.time = min(end, self.time.time + round(step * FLICKS_PER_SECOND))
            self.player.tick(self.time.time)
            self.tempo.tick()
            self.cues.tick()

    def named(self, name: str) -> Cue:
        """The cue of that name."""
        return next(cue for cue in read_cues(self.document) if cue.name == name)
