"""One document being played for the studio: its player, its picture, its recording."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from app.staging import Staged, stage
from engine.errors import GraphError
from engine.runner import Runner, Status
from nodes.sinks.window import OutputWindow

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from app.program import Program, Show
    from engine.document import Document
    from engine.eventlog import EventLog
    from engine.graph import Graph
    from engine.player import Player
    from nodes.sinks.window import Shown


class Stage:
    """A show, and what the studio adds to it. `restart` makes another player for the document."""

    def __init__(
        self, program: Program, document: Document, *, log: EventLog | None = None
    ) -> None:
        self._program = program
        self._log = log
        self._recording: Path | None = None
        self._solo: str | None = None
        self._staged: Staged | None = None
        self._show = self._new_show(document)
        self.is_running = False
        self.apply(document)

    @property
    def device(self) -> torch.device:
        """What the picture is made on."""
        return self._program.device

    @property
    def document(self) -> Document:
        return self._show.document

    @property
    def player(self) -> Player:
        return self._show.player

    @property
    def recording(self) -> Path | None:
        return self._recording

    def apply(self, document: Document) -> None:
        """Makes a document the running one; what cannot run stands still and the rest goes on."""
        if self._solo is not None and not _has_output(document.graph, self._solo):
            self._solo = None
        self._staged = stage(document.graph, self._recording, self._staged, solo=self._solo)
        self._show.document = document
        self.player.apply(self._staged.graph)

    def start(self) -> None:
        if not self.is_running:
            self.player.start()
            self.is_running = True

    def stop(self, timeout: float = 5.0) -> bool:
        """Ends the player; whether every thread ended in time. Another stands ready."""
        ended = self.player.stop(timeout) if self.is_running else self._close()
        self._renew()
        return ended

    def restart(self) -> None:
        """Another player in place of one that hangs, which is left to end when it can."""
        hung, was_running = self.player, self.is_running
        self._renew()
        threading.Thread(target=hung.stop, name="studio-hung", daemon=True).start()
        if was_running:
            self.start()

    def close(self) -> None:
        """Ends it for good."""
        self.is_running = False
        self._close()

    def record(self, path: Path | None) -> None:
        """Begins to record what is on air, or ends it; GraphError where there is no picture."""
        before, self._recording = self._recording, path
        self.apply(self.document)
        if path is not None and self._staged is not None and self._staged.recorder is None:
            self._recording = before
            raise GraphError("there is no picture to record; link a node that gives one to Output")

    @property
    def solo(self) -> str | None:
        """The output that is on air in place of the person's own, None where none is."""
        return self._solo

    def set_solo(self, end: str | None) -> None:
        """Puts another output on air for a while; None puts the person's own back."""
        self._solo = end
        self.apply(self.document)

    def picture(self) -> Shown | None:
        """The newest picture that was presented, None before the first."""
        runner = self.find(self.output)
        node = runner.node if runner else None
        return node.latest if isinstance(node, OutputWindow) else None

    def find(self, key: str | None) -> Runner | None:
        """What runs a node, None where nothing does."""
        try:
            return self.player.runner(key) if key else None
        except GraphError:
            return None

    @property
    def is_loading(self) -> bool:
        """Whether a model of it is being loaded; any thread may ask."""
        return any(runner.status is Status.LOADING for runner in self.player.runners)

    def reset(self) -> None:
        """Every node forgets: a fresh start of everything that remembers."""
        self.player.reset()

    @property
    def output(self) -> str | None:
        """The key of the sink whose picture is on air."""
        return self._staged.output if self._staged else None

    def added(self) -> frozenset[str]:
        """The keys of the studio's own sinks, which no view shows."""
        return frozenset(self._staged.added if self._staged else ())

    def _renew(self) -> None:
        document = self.document
        self.is_running = False
        self._staged = None
        self._show = self._new_show(document)
        self.apply(document)

    def _new_show(self, document: Document) -> Show:
        return self._program.show(document, live=True, log=self._log)

    def _close(self) -> bool:
        return self.player.stop()

    def __repr__(self) -> str:
        state = "running" if self.is_running else "stopped"
        return f"<Stage {state} {self.document!r}>"


def _has_output(graph: Graph, end: str) -> bool:
    key, _, name = end.rpartition(".")
    try:
        return graph.output(key, name) is not None
    except GraphError:
        return False
