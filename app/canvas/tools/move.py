"""Dragging nodes, frames and notes: items move at once, the document when they are dropped.

A node dropped on a link is put into it, one that is shaken is taken out of its chain, Alt drags
copies, Shift snaps.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsPathItem

from app import editing
from app.canvas.metrics import GRID, RADIUS
from app.canvas.overlays import OVER
from app.canvas.tools.gesture import Gesture
from app.canvas.tools.shake import Shake
from app.editing.arrange import move
from app.editing.boxes import carried
from app.editing.clipboard import duplicate
from app.theme import tokens
from engine.errors import SlipstreamError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from app.canvas.link_item import LinkItem
    from app.canvas.tools.bench import Bench
    from app.canvas.tools.pointer import Pointer
    from app.placement import Point
    from engine.document import Document


@dataclass
class Load:
    """What is dragged: nodes by key, frames and notes by id, with where they were."""

    nodes: dict[str, QPointF] = field(default_factory=dict[str, QPointF])
    boxes: dict[str, QRectF] = field(default_factory=dict[str, QRectF])
    dots: dict[str, tuple[Point, ...]] = field(default_factory=dict[str, "tuple[Point, ...]"])

    @staticmethod
    def of(
        bench: Bench, keys: Iterable[str], boxes: Iterable[str], *, contents: bool = True
    ) -> Load:
        """Nodes and boxes, what lies on the frames among them if asked, and dots between nodes."""
        held, ids = set[str](), set(boxes)
        if contents:
            held, ids = carried(bench.document, ids, bench.path, bench.size)
        scene, wanted = bench.scene, {*keys, *held}
        nodes = {key: item.pos() for key, item in scene.nodes.items() if key in wanted}
        regions = {item.id: item.rect for item in bench.regions() if item.id in ids}
        inner = {
            text: item.waypoints
            for text, item in scene.links.items()
            if item.waypoints and item.source.key in nodes and item.target.key in nodes
        }
        return Load(nodes, regions, inner)


class Move(Gesture):
    """A drag of what is selected; a click selects what was pressed."""

    def __init__(
        self,
        bench: Bench,
        start: Pointer,
        grabbed: QPointF,
        load: Load,
        *,
        node: str | None = None,
        on_click: Callable[[Pointer], None],
    ) -> None:
        super().__init__(bench, start)
        self._grabbed, self._load, self._on_click = grabbed, load, on_click
        self._node = node if node is not None and len(load.nodes) == 1 else None
        self._copies = start.alt and node is not None
        self._ghosts: list[QGraphicsPathItem] = []
        self._by = QPointF(0, 0)
        self._over: LinkItem | None = None
        self._shake, self._is_shaken = Shake(), False

    def begin(self, pointer: Pointer) -> None:
        if self._copies:
            self._ghosts = [_ghost(self.bench, key) for key in self._load.nodes]

    def drag(self, pointer: Pointer) -> None:
        self._by = self._way(pointer)
        if self._copies:
            for ghost in self._ghosts:
                ghost.setPos(self._by)
            return
        self._show(self._by)
        if self._node is not None and self._shake.add(pointer.on.x(), pointer.time):
            self._loosen()
        self._look_for_link(pointer)

    def drop(self, pointer: Pointer) -> None:
        by, over, shaken = self._by, self._over, self._is_shaken
        self.cancel()
        if by.isNull() and not shaken:
            return
        if self._copies:
            self._copy(by)
        elif shaken and over is None:
            self.bench.session.try_edit("Extract", lambda: self._extracted(by))
        elif over is not None:
            self._insert(by, over, shaken)
        else:
            label = "Move" if len(self._load.nodes) < 2 else f"Move {len(self._load.nodes)} nodes"
            self.bench.session.try_edit(label, lambda: self._moved(self.bench.document, by))

    def click(self, pointer: Pointer) -> None:
        self._on_click(pointer)

    def cancel(self) -> None:
        self._show(QPointF(0, 0))
        for ghost in self._ghosts:
            self.bench.scene.removeItem(ghost)
        self._ghosts.clear()
        self._mark_target(None)
        for link in self._own_links():
            link.mark(dimmed=False)

    def _way(self, pointer: Pointer) -> QPointF:
        way = pointer.at - self.start.at
        if not pointer.shift:
            return QPointF(round(way.x()), round(way.y()))
        to = self._grabbed + way
        return QPointF(snapped(to.x()), snapped(to.y())) - self._grabbed

    def _show(self, by: QPointF) -> None:
        """Shows what is dragged that far from where it was; each link is drawn anew once."""
        scene = self.bench.scene
        for text, dots in self._load.dots.items():
            link = scene.link(text)
            if link is not None:
                link.waypoints = _shifted(dots, by)
        links: dict[str, LinkItem] = {}
        for key, at in self._load.nodes.items():
            item = scene.node(key)
            if item is not None and item.pos() != at + by:
                item.setPos(at + by)
                links |= item.links
        for link in links.values():
            link.reroute()
        for id, rect in self._load.boxes.items():
            region = self.bench.region(id)
            if region is not None:
                region.set_rect(rect.translated(by))

    def _moved(self, document: Document, by: QPointF) -> Document:
        return move(
            document,
            self._load.nodes,
            by.x(),
            by.y(),
            boxes=self._load.boxes,
            path=self.bench.path,
            contents=False,
        )

    def _copy(self, by: QPointF) -> None:
        keys, offset = list(self._load.nodes), (by.x(), by.y())
        made = self.bench.made("Copy", lambda: duplicate(self.bench.document, keys, offset=offset))
        self.bench.session.select(made or self.bench.session.selection)

    def _loosen(self) -> None:
        if not self._is_shaken and self._node is not None and self._own_links():
            self._is_shaken = True
            for link in self._own_links():
                link.mark(dimmed=True)

    def _extracted(self, by: QPointF) -> Document:
        return self._moved(editing.extract(self.bench.document, [self._node or ""]), by)

    def _insert(self, by: QPointF, over: LinkItem, shaken: bool) -> None:
        key, link = self._node or "", over.link

        def make() -> tuple[Document, str]:
            base = self._extracted(by) if shaken else self._moved(self.bench.document, by)
            return editing.insert_on_link(base, key, link, size=self.bench.size)

        self.bench.made(f"Insert {key}", make)

    def _look_for_link(self, pointer: Pointer) -> None:
        """Finds the link that the node lies on and would fit into."""
        over = None if pointer.alt or self._node is None else self._link_under(self._node)
        self._mark_target(over)

    def _link_under(self, key: str) -> LinkItem | None:
        if self._is_in_chain(key):
            return None
        rect = self.bench.scene.nodes[key].rect
        middle = rect.center()
        lies = [
            (item.distance(middle), item)
            for item in self.bench.scene.links.values()
            if item.boundingRect().intersects(rect) and _lies_under(item, rect)
        ]
        lies.sort(key=lambda pair: pair[0])
        return next((item for _, item in lies if self._fits(key, item)), None)

    def _is_in_chain(self, key: str) -> bool:
        """Whether the node is linked at both sides, or gives to others: then it stays there."""
        ports = {port.name for port in self.bench.graph.inputs(key)}
        return not self._is_shaken and any(
            link.link.source_key == key or link.link.target_port in ports
            for link in self._own_links()
        )

    def _fits(self, key: str, item: LinkItem) -> bool:
        try:
            document = self.bench.document
            base = editing.extract(document, [key]) if self._is_shaken else document
            editing.insert_on_link(base, key, item.link, size=self.bench.size)
        except SlipstreamError:
            return False
        return True

    def _mark_target(self, over: LinkItem | None) -> None:
        if over is self._over:
            return
        for item, on in ((self._over, False), (over, True)):
            if item is not None:
                item.mark(target=on)
        self._over = over

    def _own_links(self) -> list[LinkItem]:
        item = self.bench.scene.node(self._node) if self._node else None
        return list(item.links.values()) if item is not None else []


def snapped(number: float) -> float:
    """The nearest point of the grid."""
    return round(number / GRID) * GRID


def _shifted(dots: tuple[Point, ...], by: QPointF) -> tuple[Point, ...]:
    return tuple((x + by.x(), y + by.y()) for x, y in dots)


def _lies_under(item: LinkItem, rect: QRectF) -> bool:
    return any(rect.contains(QPointF(x, y)) for x, y in item.polyline())


def _ghost(bench: Bench, key: str) -> QGraphicsPathItem:
    """The outline of a copy on its way."""
    path = QPainterPath()
    path.addRoundedRect(bench.scene.nodes[key].rect, RADIUS, RADIUS)
    ghost = QGraphicsPathItem(path)
    pen = QPen(tokens.current().color("accent"), 1.5, Qt.PenStyle.DashLine)
    pen.setCosmetic(True)
    ghost.setPen(pen)
    ghost.setZValue(OVER)
    bench.scene.addItem(ghost)
    return ghost
