"""What gestures work on: the session, the scene with its items, and what is picked beside nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from PySide6.QtWidgets import QGraphicsView

    from app.canvas.region_items import BackdropItem, NoteItem, RegionItem
    from app.canvas.scene import CanvasScene
    from app.session import Session
    from engine.document import Document
    from engine.graph import Graph

T = TypeVar("T")


class Bench:
    """A session and the scene that shows it. Nothing here edits but by `session.try_edit`."""

    def __init__(self, session: Session, scene: CanvasScene, view: QGraphicsView) -> None:
        self.session, self.scene, self.view = session, scene, view
        self.links: set[str] = set()  # picked, by text
        self.boxes: set[str] = set()  # picked frames and notes, by id

    @property
    def document(self) -> Document:
        return self.session.document

    @property
    def path(self) -> str:
        return self.scene.path

    @property
    def graph(self) -> Graph:
        """The whole graph; keys at the path begin with `scene.prefix`."""
        return self.session.graph

    def size(self, key: str) -> tuple[float, float]:
        """How large a node is shown."""
        item = self.scene.node(key)
        return item.face.size if item is not None else (0.0, 0.0)

    def made(
        self,
        label: str,
        make: Callable[[], tuple[Document, T]],
        merge: Hashable | None = None,
    ) -> T | None:
        """Edits by something that returns more than the document; None where nothing was done."""
        results: list[T] = []
        before = self.document

        def run() -> Document:
            document, result = make()
            results.append(result)
            return document

        self.session.try_edit(label, run, merge)
        return results[0] if results and self.document is not before else None

    def region(self, id: str) -> RegionItem | None:
        """The item of a frame or note."""
        return self.scene.backdrops.get(id) or self.scene.notes.get(id)

    def regions(self) -> list[BackdropItem | NoteItem]:
        """Every frame and note."""
        return [*self.scene.backdrops.values(), *self.scene.notes.values()]

    def pick(self, links: Iterable[str] = (), boxes: Iterable[str] = ()) -> None:
        """Picks links, frames and notes in place of those that were."""
        self.links = {text for text in links if text in self.scene.links}
        self.boxes = {id for id in boxes if self.region(id) is not None}
        self.show_picks()

    def show_picks(self) -> None:
        """Marks what is picked; items that are no more are dropped."""
        self.links &= self.scene.links.keys()
        self.boxes &= {*self.scene.backdrops, *self.scene.notes}
        for text, link in self.scene.links.items():
            link.mark(selected=text in self.links)
        for region in self.regions():
            if region.selected is not (region.id in self.boxes):
                region.mark(selected=region.id in self.boxes)

    def mark_selection(self, keys: Iterable[str]) -> None:
        """Marks nodes as selected without selecting them."""
        chosen = set(keys)
        for key, item in self.scene.nodes.items():
            item.mark(selected=key in chosen)
