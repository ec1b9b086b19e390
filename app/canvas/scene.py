"""The graph at one path as items: built once, then kept equal to the document by its diffs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene

from app.canvas import mirror
from app.canvas.chrome import Chrome
from app.canvas.face import PortRef
from app.canvas.link_item import LinkItem
from app.canvas.metrics import HIT, Tier
from app.canvas.node_item import NodeItem
from app.canvas.overlays import CutLine, PendingLink, RubberBand
from app.notice import Notice
from app.theme import tokens
from engine.errors import GraphError
from engine.subgraph import graph_at

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QPixmap

    from app.canvas.region_items import BackdropItem, NoteItem
    from app.session import Change, Session
    from engine.document import Document
    from engine.graph import Graph

EVERYWHERE = 4e6  # canvas pixels; no view scrolls farther
CHROME_MS = 4.0  # that one repaint may spend on making chrome


class CanvasScene(QGraphicsScene):
    """What of the document lies at `path` ("" is the root, "look" inside the subgraph look).

    Keys and link texts are those of the whole document: `look/blur`.
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.path = ""
        self.leaving: Notice[str] = Notice()  # this path, while its items are still there
        self.entered: Notice[str] = Notice()  # another path is looked at
        self.built: Notice[()] = Notice()  # all items are others
        self.moved: Notice[()] = Notice()  # items came, went or moved
        self.nodes: dict[str, NodeItem] = {}
        self.links: dict[str, LinkItem] = {}
        self.backdrops: dict[str, BackdropItem] = {}
        self.notes: dict[str, NoteItem] = {}
        self.chrome = Chrome()
        self.unsharp: set[str] = set()  # nodes whose chrome waits to be made
        self.chrome_ms = self.allowance = CHROME_MS
        self.hasty = False  # the zoom is on its way: any chrome will do
        self.tier = Tier.FULL
        self.pending, self.cut_line, self.band = PendingLink(), CutLine(), RubberBand()
        for item in (self.pending, self.cut_line, self.band):
            self.addItem(item)
        self.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.setSceneRect(QRectF(-EVERYWHERE / 2, -EVERYWHERE / 2, EVERYWHERE, EVERYWHERE))
        self._ends = [
            session.changed.listen(self._follow),
            session.opened.listen(self._opened),
            session.selected.listen(self._select),
            tokens.changed.listen(lambda _: self._retheme()),
        ]
        self.rebuild()

    def close(self) -> None:
        """Stops listening to the session."""
        for end in self._ends:
            end()

    # Where we are

    @property
    def prefix(self) -> str:
        """What stands before the keys of this path: "" or `look/`."""
        return f"{self.path}/" if self.path else ""

    @property
    def graph(self) -> Graph:
        """The graph at the path."""
        return graph_at(self.session.graph, self.prefix)

    def enter(self, key: str) -> bool:
        """Looks inside the subgraph of that key; False where it is none."""
        if not _is_subgraph(self.session.document, key):
            return False
        self.go(key)
        return True

    def leave(self) -> bool:
        """Looks at what lies around; False at the root."""
        if not self.path:
            return False
        left = self.path
        self.go(left.rpartition("/")[0])
        self.session.select([left])
        return True

    def go(self, path: str) -> None:
        """Looks at a path, or at the nearest above it that is there."""
        while path and not _is_subgraph(self.session.document, path):
            path = path.rpartition("/")[0]
        if path != self.path:
            self.leaving.tell(self.path)
            self.path = path
            self.rebuild()
            self.entered.tell(path)

    # Items

    def node(self, key: str) -> NodeItem | None:
        """The item of a node, None where it is not at this path."""
        return self.nodes.get(key)

    def link(self, text: str) -> LinkItem | None:
        """The item of a link by its text with path keys."""
        return self.links.get(text)

    def rebuild(self) -> None:
        """Makes every item anew."""
        mirror.build(self)
        self._select(self.session.selection)
        self.built.tell()
        self.moved.tell()

    def bounds(self, items: Iterable[NodeItem | BackdropItem | NoteItem] | None = None) -> QRectF:
        """The rectangle around items, or around everything."""
        chosen = items
        if chosen is None:
            chosen = [*self.nodes.values(), *self.backdrops.values(), *self.notes.values()]
        around = QRectF()
        for item in chosen:
            around = around.united(item.rect)
        return around

    # What lies where; points are of the scene

    def node_at(self, point: QPointF) -> NodeItem | None:
        """The node on top at a point."""
        return next((item for item in self._nodes_near(point, 0.5) if _covers(item, point)), None)

    def port_at(self, point: QPointF, radius: float = HIT) -> PortRef | None:
        """The nearest port within a radius in screen pixels."""
        reach = radius / self.zoom()
        best, found = reach * reach, None
        for item in self._nodes_near(point, reach):
            for ref in item.ports:
                away = item.port_pos(ref.name, ref.is_output) - point
                squared = QPointF.dotProduct(away, away)
                if squared <= best:
                    best, found = squared, ref
        return found

    def link_at(self, point: QPointF, tolerance: float = 7.0) -> LinkItem | None:
        """The nearest link within a tolerance in screen pixels."""
        reach = tolerance / self.zoom()
        near = (item for item in self._near(point, reach) if isinstance(item, LinkItem))
        away = [(item.distance(point), item) for item in near]
        found = min(away, key=lambda pair: pair[0], default=None)
        return found[1] if found is not None and found[0] <= reach else None

    def waypoint_at(self, point: QPointF, radius: float = HIT / 2) -> tuple[LinkItem, int] | None:
        """The link and the number of its dot within a radius in screen pixels."""
        reach = radius / self.zoom()
        for item in self.links.values():
            number = item.waypoint_near(point, reach) if item.waypoints else None
            if number is not None:
                return item, number
        return None

    def backdrop_at(self, point: QPointF) -> BackdropItem | None:
        """The smallest frame at a point."""
        found = [item for item in self.backdrops.values() if item.rect.contains(point)]
        return min(found, key=lambda item: item.rect.width() * item.rect.height(), default=None)

    def note_at(self, point: QPointF) -> NoteItem | None:
        """The note at a point."""
        return next((item for item in self.notes.values() if item.rect.contains(point)), None)

    def nodes_in(self, rect: QRectF) -> list[NodeItem]:
        """The nodes that a rectangle touches."""
        return [item for item in self.nodes.values() if rect.intersects(item.rect)]

    def zoom(self) -> float:
        """Screen pixels per canvas pixel in the first view."""
        views = self.views()
        return views[0].transform().m11() if views else 1.0

    def _nodes_near(self, point: QPointF, reach: float) -> list[NodeItem]:
        return [item for item in self._near(point, reach) if isinstance(item, NodeItem)]

    def _near(self, point: QPointF, reach: float) -> list[QGraphicsItem]:
        """What may lie within a reach of a point, the topmost first."""
        around = QRectF(point.x() - reach, point.y() - reach, 2 * reach, 2 * reach)
        return self.items(around, Qt.ItemSelectionMode.IntersectsItemBoundingRect)

    # Level of detail

    def show_tier(self, tier: Tier) -> None:
        """Links that are drawn as the level of detail asks."""
        self.tier = tier
        for link in self.links.values():
            link.show_tier(tier)

    def chrome_of(self, item: NodeItem, scale: float, tier: Tier) -> QPixmap | None:
        """The chrome of a node at a scale, else the one it had; None where it had none.

        What could not be made in time is noted in `unsharp`.
        """
        made = item.chrome
        if made is not None and made[1] == scale and made[2] is tier:
            return made[0]
        found = self.chrome.find(item.face, scale, tier)
        if found is None and self.allowance > 0 and not (self.hasty and made):
            began = time.perf_counter()
            found = self.chrome.make(item.face, scale, tier)
            self.allowance -= (time.perf_counter() - began) * 1000
        if found is not None:
            item.chrome = (found, scale, tier)
            return found
        self.unsharp.add(item.key)
        return made[0] if made else None

    def sharpen(self) -> None:
        """Asks for another paint of the nodes whose chrome was not made in time."""
        waiting, self.unsharp = self.unsharp, set()
        for key in waiting:
            item = self.nodes.get(key)
            if item is not None:
                item.update()

    # News

    def _follow(self, change: Change) -> None:
        if self.path and not _is_subgraph(change.after, self.path):
            self.go(self.path)
        else:
            mirror.follow(self, change)

    def _opened(self, _: Document) -> None:
        self.path = ""
        self.rebuild()
        self.entered.tell("")

    def _select(self, keys: Iterable[str]) -> None:
        chosen = set(keys)
        for key, item in self.nodes.items():
            item.mark(selected=key in chosen)

    def _retheme(self) -> None:
        self.chrome.clear()
        for item in self.nodes.values():
            item.chrome = None
        for link in self.links.values():
            link.restyle()
        for note in self.notes.values():
            note.show_note(note.note)
        self.update()


def _covers(item: NodeItem, point: QPointF) -> bool:
    x, y = point.x() - item.x(), point.y() - item.y()
    width, height = item.face.size
    return 0 <= x <= width and 0 <= y <= height


def _is_subgraph(document: Document, key: str) -> bool:
    try:
        return document.graph.entry(key).body is not None
    except GraphError:
        return False


__all__ = ["CanvasScene", "PortRef"]
