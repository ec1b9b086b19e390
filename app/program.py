"""What every command and the studio stand on: node types, weights, a device, players."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from app.documents import find
from app.folders import MODELS, user_models, user_nodes
from engine import device as devices
from engine.document import Document, dumps, load, loads
from engine.player import Player
from engine.registry import Registry
from engine.weights import Weights
from nodes.models import zoo

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from engine.eventlog import EventLog
    from engine.graph import Graph
    from engine.plan import Plan
    from engine.validate import Problem


class Program:
    """Node types, weights and a device, made once. DeviceError where the device is not there."""

    def __init__(
        self, *, device: str = "auto", nodes: Sequence[Path] = (), own: bool = True
    ) -> None:
        self.device = devices.pick(device)
        devices.configure(threads())
        self.registry = registry(nodes, own=own)
        self.weights = weights()

    def close(self) -> None:
        """Ends the threads that load weights."""
        self.weights.close()

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def load(self, name: str) -> tuple[Document, list[Problem]]:
        """The document of a path or preset name, and what is to be said about it."""
        return load(find(name), self.registry)

    def show(
        self,
        document: Document,
        *,
        live: bool,
        log: EventLog | None = None,
        target: float | None = None,
    ) -> Show:
        """A document with a player of its own, not yet started."""
        return Show(self, document, live=live, log=log, target=target)

    def __repr__(self) -> str:
        return f"<Program {self.registry!r} on {self.device}>"


class Show:
    """One document and the player that runs it; what the player describes is what it runs."""

    def __init__(
        self,
        program: Program,
        document: Document,
        *,
        live: bool,
        log: EventLog | None,
        target: float | None,
    ) -> None:
        self.document = document
        self._registry = program.registry
        self.player = Player(
            live=live,
            device=program.device,
            weights=program.weights,
            describe=lambda: dumps(self.document),
            log=log,
            target=target,
        )

    def apply(self, graph: Graph, origin: str = "edit") -> Plan:
        """Makes a graph the running one."""
        self.document = self.document.with_graph(graph)
        return self.player.apply(graph, origin)

    def read(self, text: str) -> Graph:
        """The graph of a document's text, as an event log keeps it."""
        return loads(text, self._registry)[0].graph

    def __repr__(self) -> str:
        return f"<Show {self.document!r} {self.player!r}>"


def threads() -> int | None:
    """How many threads torch may use where the person says so, by OMP_NUM_THREADS; else None."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return int(asked) if asked.isdecimal() and int(asked) > 0 else None


def registry(nodes: Sequence[Path] = (), *, own: bool = True) -> Registry:
    """Every node type: the program's, the person's own, and those in folders named here."""
    found = Registry()
    found.load_package("nodes")
    persons = [user_nodes()] if own and user_nodes().is_dir() else []
    for folder in (*persons, *nodes):
        found.load_folder(folder)
    return found


def weights() -> Weights:
    """The checkpoints that nodes ask for by name: those that come along, then a person's own."""
    return Weights(zoo.Zoo(), folders=(MODELS, user_models()), hub_cache=zoo.hub_cache())
