"""What the canvas costs: 200 nodes and 240 links at 1920x1080, drawn by the processor.

    python -m tests.bench.bench_canvas          a table in milliseconds

The processor time of the thread that draws, the best and the median of many calls, and the median
by the clock, which other programs lengthen.
"""

from __future__ import annotations

import os
import statistics
import time
from typing import TYPE_CHECKING, NamedTuple

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import torch
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from app.canvas.pictures import thumbnail
from app.canvas.scene import CanvasScene
from app.canvas.view import CanvasView
from app.placement import Place, place, placed
from app.program import Program
from app.session import Session
from engine.document import Document
from engine.graph import Graph
from engine.parts import Link, NodeEntry, sorted_links
from engine.values import Frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.registry import Registry

NODES, LINKS, COLUMNS = 200, 240, 20
PICTURE = Frame(torch.rand(1, 3, 288, 512))
TYPE = "compose.switch"  # four inputs, one output


def document(registry: Registry, nodes: int = NODES, links: int = LINKS) -> Document:
    """A grid of nodes, each linked to those before it."""
    spec = registry.get(TYPE)
    entry = NodeEntry(TYPE, spec.defaults(), spec.version)
    keys = [f"node_{number}" for number in range(nodes)]
    ports = [port.name for port in spec.inputs]
    made = [
        Link(keys[at % nodes], "out", keys[(at + 1 + at // nodes) % nodes], ports[at // nodes])
        for at in range(links)
        if at % nodes < nodes - 2
    ]
    graph = Graph(registry, nodes=dict.fromkeys(keys, entry), links=sorted_links(made))
    places = {
        key: Place(240.0 * (at % COLUMNS), 280.0 * (at // COLUMNS)) for at, key in enumerate(keys)
    }
    return placed(Document(graph), places)


class Figure(NamedTuple):
    """Milliseconds of the processor, best and median, and by the clock."""

    best: float
    spent: float
    passed: float


def cost(call: Callable[[], object], times: int = 20) -> Figure:
    """The cost of a call, after one that does not count."""
    call()
    spent, passed = [], []
    for _ in range(times):
        began, started = time.thread_time(), time.perf_counter()
        call()
        spent.append((time.thread_time() - began) * 1000)
        passed.append((time.perf_counter() - started) * 1000)
    return Figure(min(spent), statistics.median(spent), statistics.median(passed))


def measure(session: Session) -> dict[str, Figure]:
    """Every figure, by what is done."""
    app = QApplication.instance()
    found = {"build the scene": cost(lambda: CanvasScene(session).close(), 5)}
    view = CanvasView(session)
    view.resize(1920, 1080)
    view.show()
    app.processEvents()
    view.frame_items(())
    repaint = view.viewport().repaint
    for zoom in (view.zoom, 0.5, 0.6, 1.0):
        name = f"zoom {zoom:.2f}"
        view.camera.look_at(view.canvas.bounds().center(), zoom)
        _fill(view)
        view.sharpen()
        found[f"repaint, {name}"] = cost(repaint)
        found[f"  drag one node, {name}"] = cost(lambda: _drag(view, app))
    found["  drag one node as edits, 1:1"] = cost(lambda: _edit(view, app))
    found["hover, 1:1"] = cost(lambda: _hover(view))
    found["12 pictures change, 1:1"] = cost(lambda: _pictures(view, app))
    found["pan by 40 pixels, 1:1"] = cost(lambda: _pan(view, app))
    found["zoom by a notch, 1:1"] = cost(lambda: _zoom(view, app))
    found["tick, nothing to do"] = cost(view.tick, 60)
    view.close_canvas()
    return found


def _fill(view: CanvasView) -> None:
    """Every node shows a picture and figures, as while the engine runs."""
    picture = thumbnail(PICTURE, round(160 * view.zoom), round(90 * view.zoom))
    assert picture is not None
    for item in view.canvas.nodes.values():
        item.show_picture(picture)
        item.show_figures("24.0/s", "3.2 ms")


def _drag(view: CanvasView, app: QApplication) -> None:
    item = _middle(view)
    item.place_at(item.x() + 3, item.y() + 2)
    app.processEvents()


def _edit(view: CanvasView, app: QApplication) -> None:
    item, session = _middle(view), view.session
    at = place(session.document, item.key).moved(3, 2)
    session.edit("Move", placed(session.document, {item.key: at}), merge="move")
    app.processEvents()


def _hover(view: CanvasView) -> None:
    view.canvas.node_at(QPointF(1000, 500))
    view.canvas.port_at(QPointF(1000, 500))
    view.canvas.link_at(QPointF(1000, 500))


def _pictures(view: CanvasView, app: QApplication) -> None:
    seen = [item for item in view.canvas.nodes.values() if view.seen().contains(item.rect)][:12]
    for item in seen:
        picture = thumbnail(PICTURE, 160, 90)
        assert picture is not None
        item.show_picture(picture)
    app.processEvents()


def _pan(view: CanvasView, app: QApplication) -> None:
    view.camera.pan(40, 10)
    app.processEvents()


def _zoom(view: CanvasView, app: QApplication) -> None:
    view.camera.zoom_at(QPointF(900, 500), 1.05 if view.zoom < 1.1 else 0.95)
    app.processEvents()


def _middle(view: CanvasView):
    return view.canvas.nodes[f"node_{NODES // 2 + COLUMNS // 2}"]


def main() -> None:
    """Prints the figures."""
    app = QApplication([])
    with Program(device="cpu") as program:
        session = Session(program, document(program.registry))
        figures = measure(session)
        session.close()
    print(f"{NODES} nodes, {LINKS} links, load {os.getloadavg()[0]:.1f}")
    for name, figure in figures.items():
        print(f"{name:32} {figure.best:8.2f} {figure.spent:8.2f} {figure.passed:8.2f} by the clock")
    app.quit()


if __name__ == "__main__":
    main()
