"""A document with every kind of parameter, and stages that play it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from engine.document import Document
from engine.graph import Graph
from engine.registry import Registry
from nodes.control.beat_clock import BeatClock
from tests.app.control.knobs import Knobs
from tests.app.control.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Play = Callable[..., Stage]


@pytest.fixture(scope="session")
def types() -> Registry:
    """Two node types."""
    found = Registry()
    for cls in (Knobs, BeatClock):
        found.add(cls.spec)
    return found


@pytest.fixture
def document(types: Registry) -> Document:
    """One node with every kind of parameter."""
    return Document(Graph(types).add("test.knobs", "knobs"))


@pytest.fixture
def play(document: Document) -> Iterator[Play]:
    """Begins a stage with bindings given as JSON."""
    stages: list[Stage] = []

    def begin(*bindings: dict[str, Any], **changes: Any) -> Stage:
        stage = Stage(replace(document, bindings=bindings, **changes))
        stages.append(stage)
        return stage

    yield begin
    for stage in stages:
        stage.close()
