"""Scenes and views to test, and what can be compared of them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from app.canvas.scene import CanvasScene
from app.canvas.view import CanvasView
from app.placement import (
    Backdrop,
    Note,
    Place,
    placed,
    with_backdrops,
    with_notes,
    with_waypoints,
)
from app.session import Session
from engine.document import Document, loads

Edit = Callable[[Document, random.Random], Document]

TYPES = ("sources.pattern", "compose.blur", "compose.blend", "control.lfo", "compose.delay")


def said(scene: CanvasScene) -> dict[str, Any]:
    """All that a scene shows, without the items that show it."""
    return {
        "nodes": {
            key: (item.face, item.x(), item.y(), item.look) for key, item in scene.nodes.items()
        },
        "links": {
            text: (item.path(), item.waypoints, item.look.warning)
            for text, item in scene.links.items()
        },
        "ends": {key: set(item.links) for key, item in scene.nodes.items()},
        "frames": {id: item.backdrop for id, item in scene.backdrops.items()},
        "notes": {id: item.note for id, item in scene.notes.items()},
        "items": len(scene.items()),
    }


def opened(session: Session, **data: Any) -> list[Any]:
    """Opens a document from a part of its JSON."""
    document, problems = loads(json.dumps({"format": 1, **data}), session.registry)
    session._open(document, None, problems)
    return problems


def with_subgraph(document: Document) -> Document:
    """The document with its blur inside a subgraph `look`."""
    return document.collapse(["blur"], "look")


def edits() -> list[Edit]:
    """Small edits of every kind; one that cannot be raises GraphError."""
    return [_add, _remove, _connect, _disconnect, _flag, _expose, _move, _face, _rename, _set]


def regions() -> list[Edit]:
    """Edits of what is no node."""
    return [_frames, _notes, _dots]


def _add(document: Document, chance: random.Random) -> Document:
    return document.with_graph(document.graph.add(chance.choice(TYPES)))


def _remove(document: Document, chance: random.Random) -> Document:
    return document.remove(_key(document, chance), heal=chance.random() < 0.5)


def _connect(document: Document, chance: random.Random) -> Document:
    graph = document.graph
    source, target = _key(document, chance), _key(document, chance)
    outs = [port.name for port in graph.outputs(source)] or ["out"]
    ins = [port.name for port in graph.inputs(target)] + [p.name for p in graph.params(target)[:3]]
    return document.with_graph(
        graph.connect(f"{source}.{chance.choice(outs)}", f"{target}.{chance.choice(ins or ['a'])}")
    )


def _disconnect(document: Document, chance: random.Random) -> Document:
    links = document.graph.links
    if not links:
        return document
    return document.with_graph(document.graph.disconnect(chance.choice(links).target))


def _flag(document: Document, chance: random.Random) -> Document:
    flag = chance.choice(["bypass", "mute", "hold"])
    graph = document.graph.flag(_key(document, chance), flag, chance.random() < 0.6)
    return document.with_graph(graph)


def _expose(document: Document, chance: random.Random) -> Document:
    key = _key(document, chance)
    names = [param.name for param in document.graph.params(key)] or ["none"]
    on = chance.random() < 0.6
    return document.with_graph(document.graph.expose(key, chance.choice(names), on))


def _set(document: Document, chance: random.Random) -> Document:
    graph = document.graph
    blurs = [key for key, entry in graph.nodes.items() if entry.type == "compose.blur"]
    return (
        document.with_graph(graph.set(chance.choice(blurs), radius=chance.random()))
        if (blurs)
        else document
    )


def _move(document: Document, chance: random.Random) -> Document:
    where = Place(float(chance.randrange(900)), float(chance.randrange(900)))
    return placed(document, {_key(document, chance): where})


def _face(document: Document, chance: random.Random) -> Document:
    where = Place(
        5.0,
        6.0,
        collapsed=chance.random() < 0.5,
        thumbnail=chance.random() < 0.5,
        hide_ports=chance.random() < 0.5,
        title=chance.choice(["", "Ocean"]),
    )
    return placed(document, {_key(document, chance): where})


def _rename(document: Document, chance: random.Random) -> Document:
    return document.rename(_key(document, chance), f"named_{chance.randrange(10**6)}")


def _frames(document: Document, chance: random.Random) -> Document:
    made = [Backdrop(f"f{n}", (float(n), 0.0, 90.0, 90.0)) for n in range(chance.randrange(3))]
    return with_backdrops(document, made)


def _notes(document: Document, chance: random.Random) -> Document:
    made = [Note(f"n{n}", (0.0, 0.0, 90.0, 90.0), "**a**") for n in range(chance.randrange(3))]
    return with_notes(document, made)


def _dots(document: Document, chance: random.Random) -> Document:
    texts = [str(link) for link in document.graph.links if chance.random() < 0.5]
    return with_waypoints(document, {text: [(chance.random() * 99, 50.0)] for text in texts})


def _key(document: Document, chance: random.Random) -> str:
    return chance.choice(sorted(document.graph.nodes) or ["none"])


def shown(qtbot: QtBot, session: Session, width: int = 640, height: int = 400) -> CanvasView:
    """A view of the session's document, crisp."""
    view = CanvasView(session)
    qtbot.addWidget(view)
    view.resize(width, height)
    with qtbot.waitExposed(view):
        view.show()
    view.sharpen()
    return view


def pixel(view: CanvasView, point: QPointF) -> QColor:
    """The colour on the screen at a point of the scene."""
    view.sharpen()
    at = view.viewportTransform().map(point).toPoint()
    return view.viewport().grab().toImage().pixelColor(at)
