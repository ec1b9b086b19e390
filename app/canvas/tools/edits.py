"""What the canvas does to a selection without the pointer: each method is one undoable step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

from app import editing
from app.editing.arrange import align, move, straighten
from app.editing.boxes import (
    add_note,
    add_waypoint,
    group_in_backdrop,
    remove_boxes,
    remove_waypoint,
)
from app.editing.clipboard import MIME, copy_text, duplicate, paste_text
from app.editing.layout import layout
from app.editing.nesting import collapse, ungroup

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.canvas.link_item import LinkItem
    from app.canvas.tools.bench import Bench
    from app.canvas.tools.pointer import Pointer
    from app.editing.arrange import Edge
    from app.editing.states import Look
    from app.editing.walk import Direction
    from app.placement import Point
    from engine.document import Document
    from engine.parts import Link, LinkPolicy

STEP = 8.0  # pixels of a nudge


class Edits:
    """Edits of what is selected and picked on a bench."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._session = bench.session

    @property
    def keys(self) -> tuple[str, ...]:
        """The nodes that are selected here."""
        return tuple(key for key in self._session.selection if key in self._bench.scene.nodes)

    @property
    def _document(self) -> Document:
        return self._session.document

    def flag(self, name: Literal["bypass", "mute", "hold"]) -> None:
        """Switches a flag of the selection."""
        self._do(name.capitalize(), lambda: editing.toggle_flag(self._document, self.keys, name))

    def look(self, name: Look, label: str) -> None:
        """Switches how the selection is shown."""
        self._do(label, lambda: editing.toggle_look(self._document, self.keys, name))

    def color(self, color: str) -> None:
        """Gives the selection a colour, "" for none."""
        self._do("Colour", lambda: editing.color(self._document, self.keys, color))

    def delete(self, *, heal: bool) -> None:
        """Removes the selection and what is picked."""
        links = [self._bench.scene.links[text].link for text in self._bench.links]
        boxes, keys, path = set(self._bench.boxes), self.keys, self._bench.path

        def make() -> Document:
            document = editing.cut(self._document, links)
            document = remove_boxes(document, boxes, path) if boxes else document
            return editing.delete(document, keys, heal=heal) if keys else document

        if links or boxes or keys:
            self._session.try_edit("Delete", make)
            self._bench.pick()

    def extract(self) -> None:
        """Takes the selection out of its chain."""
        self._do("Extract", lambda: editing.extract(self._document, self.keys))

    def swap(self) -> None:
        """Swaps the first two inputs of the node that is selected."""
        for key in self.keys[-1:]:
            self._do("Swap inputs", lambda key=key: editing.swap_inputs(self._document, key))

    def join(self) -> None:
        """Links the selection in a row."""
        self._do("Join", lambda: editing.join(self._document, self.keys))

    def duplicate(self, *, with_inputs: bool) -> None:
        """Copies the selection beside itself and selects the copies."""
        keys = self.keys
        self._select_made(
            "Duplicate", lambda: duplicate(self._document, keys, with_inputs=with_inputs)
        )

    def text(self) -> str:
        """The selection as text, "" where nothing is selected."""
        return copy_text(self._document, self.keys, self._bench.boxes) if self.keys else ""

    def copy(self) -> bool:
        """Puts the selection on the clipboard as text."""
        text = self.text()
        if not text:
            return False
        data = QMimeData()
        data.setData(MIME, text.encode())
        data.setText(text)
        QGuiApplication.clipboard().setMimeData(data)
        return True

    def cut(self) -> None:
        """Copies the selection and removes it, healed."""
        if self.copy():
            self.delete(heal=True)

    def paste(self, at: Point, *, keep_inputs: bool = False) -> None:
        """Puts what the clipboard holds at a point."""
        data = QGuiApplication.clipboard().mimeData()
        if data is None:
            return
        text = bytes(data.data(MIME).data()).decode("utf-8", "replace") or data.text()
        if text.strip():
            self.paste_text(text, at, keep_inputs=keep_inputs)

    def paste_text(self, text: str, at: Point, *, keep_inputs: bool = False) -> None:
        """Puts copied nodes at a point and selects them."""
        path = self._bench.path
        self._select_made(
            "Paste",
            lambda: paste_text(self._document, text, at, path=path, keep_inputs=keep_inputs),
        )

    def frame(self) -> str | None:
        """Draws a frame around the selection; its id."""
        keys, size = self.keys, self._bench.size
        if not keys:
            return None
        return self._bench.made("Frame", lambda: group_in_backdrop(self._document, keys, size=size))

    def subgraph(self) -> None:
        """Puts the selection into a subgraph and selects it."""
        keys = self.keys
        if keys:
            made = self._bench.made("Make subgraph", lambda: collapse(self._document, keys))
            self._session.select([made] if made else keys)

    def ungroup(self) -> None:
        """Takes the selected subgraphs apart."""
        for key in self.keys:
            if self._bench.graph.entry(key).body is not None:
                self._select_made("Dissolve", lambda key=key: ungroup(self._document, key))

    def note(self, at: Point) -> str | None:
        """Puts an empty note at a point; its id."""
        path = self._bench.path
        return self._bench.made("Note", lambda: add_note(self._document, at, path=path))

    def layout(self, *, all: bool) -> None:
        """Lays out the selection, or everything here."""
        keys, path, size = () if all else self.keys, self._bench.path, self._bench.size
        if all or keys:
            self._session.try_edit(
                "Lay out", lambda: layout(self._document, keys, path=path, size=size)
            )

    def align(self, edge: Edge) -> None:
        """Aligns the selection, or spreads it."""
        size = self._bench.size
        self._do("Align", lambda: align(self._document, self.keys, edge, size=size))

    def straighten(self) -> None:
        """Lays the links of the selection straight."""
        self._do("Straighten", lambda: straighten(self._document, self.keys))

    def nudge(self, dx: float, dy: float) -> None:
        """Moves the selection by steps; those that follow each other are one undo step."""
        keys, boxes, path = self.keys, set(self._bench.boxes), self._bench.path
        if keys or boxes:
            self._session.try_edit(
                "Nudge",
                lambda: move(self._document, keys, dx * STEP, dy * STEP, boxes=boxes, path=path),
                merge=("nudge", keys),
            )

    def break_links(self, end: str, side: editing.Side) -> None:
        """Takes away every link of a port."""
        self._session.try_edit(
            "Break links", lambda: editing.break_links(self._document, end, side)
        )

    def hide_param(self, key: str, name: str) -> None:
        """Shows a parameter as a port no longer, and takes its link away."""
        end = f"{key}.{name}"

        def make() -> Document:
            document = self._document
            if editing.links_of(document, end, "in"):
                document = editing.disconnect(document, end)
            return editing.expose(document, key, name, False)

        self._session.try_edit(f"Hide {end}", make)

    def unlink(self, item: LinkItem) -> None:
        """Takes a link away."""
        self._session.try_edit("Unlink", lambda: editing.cut(self._document, [item.link]))

    def policy(self, link: Link, policy: LinkPolicy | None) -> None:
        """Has a link queue in another way."""
        graph = self._document.graph
        self._session.try_edit(
            "Link policy", lambda: graph.connect(link.source, link.target, policy)
        )

    def add_dot(self, item: LinkItem, at: Point) -> None:
        """Leads a link over a dot."""
        self._session.try_edit("Reroute", lambda: add_waypoint(self._document, item.link, at))

    def remove_dot(self, item: LinkItem, index: int) -> None:
        """Takes a dot off a link."""
        self._session.try_edit(
            "Remove a dot", lambda: remove_waypoint(self._document, item.link, index)
        )

    def select_all(self) -> None:
        """Selects every node here."""
        self._session.select(self._bench.scene.nodes)

    def select_along(self, *, upstream: bool) -> None:
        """Adds what feeds the selection, or what it feeds."""
        find = editing.upstream if upstream else editing.downstream
        if self.keys:
            self._session.select((*self.keys, *find(self._document, self.keys)))

    def walk(self, direction: Direction) -> None:
        """Selects the neighbour in a direction; the node in the middle where none is selected."""
        bench = self._bench
        keys = self.keys
        found = (
            editing.neighbour(self._document, keys[-1], direction, bench.size)
            if keys
            else _nearest(bench)
        )
        if found is not None:
            bench.pick()
            self._session.select([found])
            bench.view.ensureVisible(bench.scene.nodes[found].rect, 24, 24)

    def press(self, key: str, pointer: Pointer) -> None:
        """What a click on a node selects, by the keys that are held."""
        chosen = list(self._session.selection)
        if pointer.ctrl:
            chosen = [k for k in chosen if k != key] if key in chosen else [*chosen, key]
        elif pointer.shift:
            chosen.append(key)
        else:
            chosen = [key]
            self._bench.pick()
        self._session.select(chosen)

    def _do(self, label: str, make: Callable[[], Document]) -> None:
        if self.keys:
            self._session.try_edit(label, make)

    def _select_made(
        self, label: str, make: Callable[[], tuple[Document, tuple[str, ...]]]
    ) -> None:
        made = self._bench.made(label, make)
        if made:
            self._bench.pick()
            self._session.select(made)


def _nearest(bench: Bench) -> str | None:
    """The node nearest to the middle of what is seen."""
    middle = bench.view.mapToScene(bench.view.viewport().rect().center())
    items = bench.scene.nodes.values()
    away = {item.key: (item.rect.center() - middle).manhattanLength() for item in items}
    return min(away, key=lambda key: (away[key], key), default=None)
