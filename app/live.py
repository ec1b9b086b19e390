"""Runs a document live without a window, and says in one line how it goes."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app import routing
from app.control.hub import Bindings
from app.control.rig import Rig, Wishes
from app.control.solo import Solo
from app.interrupt import Interrupt
from app.order import Order, Preparation
from app.terminal import Terminal, duration
from engine.eventlog import EventLog
from engine.faults import AT_END
from engine.runner import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.program import Program, Show
    from engine.graph import Graph
    from engine.player import Stats

LOOK_EVERY = 0.5  # seconds between status lines on a terminal
LINE_EVERY = 5.0  # and where lines cannot be written over


class Live:
    """One document running."""

    def __init__(
        self,
        program: Program,
        order: Order,
        terminal: Terminal,
        *,
        target: float | None = None,
        seconds: float | None = None,
        wishes: Wishes | None = None,
    ) -> None:
        self._program = program
        self._order = order
        self._terminal = terminal
        self._target = target
        self._seconds = seconds
        self._wishes = wishes
        self._troubles: dict[str, str] = {}

    def run(self) -> int:
        """Runs until Ctrl-C, the given time or the end of the material; 0."""
        order = self._order
        document, _ = self._program.load(order.document)
        preparation = Preparation(order, live=True)
        graph = preparation.graph(document.graph)
        preparation.tell(document.graph, graph, self._terminal)
        log = EventLog(order.log) if order.log else None
        show = self._program.show(document, live=True, log=log, target=self._target)
        try:
            for problem in show.apply(graph).problems:
                self._terminal.note(str(problem))
            show.player.start()
            with self._controllers(show):
                self._watch(show, graph)
        finally:
            ended = show.player.stop()
        if not ended:
            self._terminal.warn("a node did not end within five seconds")
        return 0

    @contextmanager
    def _controllers(self, show: Show) -> Iterator[None]:
        """MIDI, OSC and sound that play the show, where they are wished for."""
        if self._wishes is None:
            yield
            return
        solo = Solo(show.player, show.document, self._terminal.note)
        hub = Bindings(solo, show.document, act=solo.act, launch=solo.launch)
        rig = Rig(hub, said=self._terminal.note)
        try:
            rig.start(self._wishes.for_document(show.document))
            yield
        finally:
            rig.close()
            hub.close()

    def _watch(self, show: Show, graph: Graph) -> None:
        began, said = time.monotonic(), 0.0
        every = LOOK_EVERY if self._terminal.moves else LINE_EVERY
        with Interrupt() as interrupt:
            while not interrupt.asked and not self._over(show, graph, began):
                interrupt.wait(min(LOOK_EVERY, self._left(began)))
                stats = show.player.stats()
                self._tell_troubles(stats)
                if time.monotonic() - said >= every:
                    said = time.monotonic()
                    self._terminal.status(status_line(stats, graph))
        self._terminal.status(status_line(show.player.stats(), graph), last=True)
        self._terminal.say(f"ran for {duration(time.monotonic() - began)}")

    def _left(self, began: float) -> float:
        spent = time.monotonic() - began
        return max(0.0, self._seconds - spent) if self._seconds is not None else LOOK_EVERY

    def _over(self, show: Show, graph: Graph, began: float) -> bool:
        """Whether the time is up, or the film that the picture comes from is at its end."""
        if self._seconds is not None and time.monotonic() - began >= self._seconds:
            return True
        source = routing.source(graph)
        return any(
            node.key == source and node.message == AT_END for node in show.player.stats().nodes
        )

    def _tell_troubles(self, stats: Stats) -> None:
        """Says once what a node suffers from, and once that it is well again."""
        for node in stats.nodes:
            trouble = node.message if node.status == Status.FAILED.value else ""
            if trouble != self._troubles.get(node.key, ""):
                self._troubles[node.key] = trouble
                self._terminal.warn(
                    f"{node.key}: {trouble}" if trouble else f"{node.key} runs again"
                )


def status_line(stats: Stats, graph: Graph) -> str:
    """`in 30.0 · generated 11.8 · out 30.0 frames/s · 96 ms late · 540 dropped`."""
    nodes = {node.key: node for node in stats.nodes}
    flat = graph.flatten()
    source = nodes.get(routing.source(graph) or "")
    made = [
        nodes[key] for key in flat.nodes if key in nodes and routing.makes(flat.nodes[key].type)
    ]
    ends = [nodes[key] for key in routing.sinks(graph) if key in nodes]
    parts = [f"in {source.rate:.1f}"] if source else []
    parts += [f"generated {min(node.picture_rate for node in made):.1f}"] if made else []
    parts += (
        [f"out {ends[0].rate:.1f} frames/s", f"{ends[0].latency_ms:.0f} ms late"] if ends else []
    )
    parts.append(f"{sum(link.dropped for link in stats.links)} dropped")
    rungs = sum(step for _, step in stats.rungs)
    if rungs:
        parts.append(f"{rungs} steps down the ladder")
    loading = [node.key for node in stats.nodes if node.status == "loading"]
    if loading:
        parts.append(f"loading {', '.join(loading)}")
    return f"{duration(stats.now)}: " + " · ".join(parts)
