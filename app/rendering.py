"""Renders a document offline: one order of words becomes a graph, a player and a film."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from app import routing
from app.failure import RunError
from app.interrupt import Interrupt
from app.order import Order, Preparation, refuse_errors
from app.terminal import Terminal, duration, size
from engine import eventlog, offline
from engine.errors import GraphError, NodeFailure, ParamError
from engine.packet import seconds

if TYPE_CHECKING:
    from app.program import Program, Show
    from engine.eventlog import Event
    from engine.graph import Graph

ENDLESS = 10  # seconds rendered of a document that has no end


@dataclass(frozen=True)
class Rendered:
    """What came of it."""

    frames: int
    seconds: float  # of work, loading aside
    rate: float  # frames a second, those before the first one that was asked for as well
    files: tuple[Path, ...]
    stopped: bool  # by Ctrl-C


class Rendering:
    """One order at work."""

    def __init__(self, program: Program, order: Order, terminal: Terminal) -> None:
        self._program = program
        self._terminal = terminal
        self._document, self._problems = program.load(order.document)
        refuse_errors(self._document.graph, order.document)
        self._order = _with_output(order, self._document.graph)
        self._preparation = Preparation(self._order, live=False)
        self._missed: set[str] = set()

    def run(self) -> Rendered:
        """Renders; SlipstreamError where the order cannot be, RunError where a node fails."""
        order = self._order
        graph = self._prepared(self._document.graph)
        for problem in self._problems:
            if problem.severity == "warning" and not _mended(order, problem.port_or_param):
                self._terminal.note(str(problem))
        self._preparation.tell(self._document.graph, graph, self._terminal)
        events = eventlog.read(order.log) if order.log else []
        show = self._program.show(self._document, live=False)
        try:
            return self._play(show, graph, events)
        except NodeFailure as error:
            raise RunError(str(error)) from error
        finally:
            show.player.stop()

    def _prepared(self, graph: Graph) -> Graph:
        refuse_errors(graph, self._order.document)
        graph = self._preparation.graph(graph)
        refuse_errors(graph, self._order.document)
        return graph

    def _play(self, show: Show, graph: Graph, events: list[Event]) -> Rendered:
        order, player = self._order, show.player
        show.apply(graph)
        last = order.last if order.last is not None else self._end(show, graph)
        total = last if last is not None else offline.length(player)
        began = time.perf_counter()
        with Interrupt() as interrupt, self._terminal.progress("rendering", total) as bar:

            def progress(tick: int) -> bool:
                bar.at(tick)
                return not interrupt.asked

            ticks = offline.render(
                player,
                start=order.first,
                stop=last,
                events=events,
                replay=lambda event: self._replay(show, event),
                progress=progress,
            )
        spent = time.perf_counter() - began
        writers = routing.writers(graph)
        written = [player.stats().node(key).calls for key in writers]
        files = tuple(graph.value(key, "path") for key in writers)
        frames = max(written, default=max(0, ticks - order.first))
        return Rendered(frames, spent, ticks / max(1e-9, spent), files, interrupt.asked)

    def _end(self, show: Show, graph: Graph) -> int | None:
        """The frame after the last; None where the material ends by itself."""
        if offline.length(show.player) is not None or routing.ends(graph):
            return None
        self._terminal.note(
            f"this document has no end: {ENDLESS} s are rendered; --frames A:B for another length"
        )
        return round(ENDLESS * graph.stream.fps)

    def _replay(self, show: Show, event: Event) -> None:
        try:
            if event.what == "graph":
                show.apply(self._prepared(show.read(str(event.value))), origin="log")
            else:
                show.player.replay(event)
        except (GraphError, ParamError) as error:
            if str(error) not in self._missed:
                self._missed.add(str(error))
                self._terminal.warn(
                    f"at {seconds(event.pts):.2f} s of the log: {error}; passed over"
                )


def summary(done: Rendered) -> str:
    """`48 frames in 2.1 s (22.9 frames/s): out.mp4 (1.2 MB)`."""
    made = f"{done.frames} frames in {duration(done.seconds)} ({done.rate:.3g} frames/s)"
    files = [
        f"{_near(path)} ({size(path.stat().st_size)})" for path in done.files if path.is_file()
    ]
    folders = [f"{_near(path.parent)}/" for path in done.files if not path.is_file()]
    where = ", ".join(files + folders)
    return f"{made}: {where}" if where else made


def _near(path: Path) -> str:
    """The path as a person at this folder would write it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _with_output(order: Order, graph: Graph) -> Order:
    """A document that writes nowhere by itself writes beside the person."""
    if order.out is not None or any(
        graph.value(key, "path").parts for key in routing.writers(graph)
    ):
        return order
    return replace(order, out=_free(Path(f"{Path(order.document).stem}.mp4")))


def _mended(order: Order, param: str) -> bool:
    return order.input is not None and param == "path"


def _free(path: Path) -> Path:
    """The path itself, or the first of clip_2, clip_3, … that is not there."""
    numbered = (path.with_stem(f"{path.stem}_{number}") for number in itertools.count(2))
    return next(free for free in itertools.chain((path,), numbered) if not free.exists())
