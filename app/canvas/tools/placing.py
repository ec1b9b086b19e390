"""From the palette onto the canvas: where a chosen node lands, and what it is linked to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPoint, QPointF

from app import editing
from app.canvas.link_item import LinkItem
from app.canvas.metrics import HEADER, WIDTH
from app.editing.parents import links_into
from app.editing.sizes import GAP
from app.palette.offers import End, Offer, port_for
from app.palette.popup import Choice, Palette, Wiring

if TYPE_CHECKING:
    from pathlib import Path

    from app.canvas.tools.bench import Bench
    from app.canvas.tools.edits import Edits
    from app.canvas.tools.link_drag import LinkDrag
    from app.palette.usage import Usage
    from app.placement import Point
    from engine.document import Document


class Spot(NamedTuple):
    """Where the next choice lands: a point, and the loose end or link that it is for."""

    at: QPointF
    end: End | None = None
    link: LinkItem | None = None


class Placing:
    """Owns the palette of a view, made when it is first asked for."""

    def __init__(self, bench: Bench, edits: Edits, usage: Usage, saved: Path | None) -> None:
        self._bench, self._edits, self._usage, self._saved = bench, edits, usage, saved
        self._palette: Palette | None = None
        self._spot = Spot(QPointF())

    @property
    def palette(self) -> Palette:
        """The popup."""
        if self._palette is None:
            session = self._bench.session
            made = Palette(session.registry, self._usage, self._saved, self._bench.view)
            made.chosen.connect(self._chosen)
            made.left.connect(self._bench.scene.pending.hide)
            self._palette = made
        return self._palette

    def ask(self, at: QPointF, screen: QPoint) -> None:
        """Opens the palette for a node at a point of the scene."""
        self._spot = Spot(at)
        keys = self._edits.keys
        self.palette.ask(screen, neighbour=self._type(keys[0]) if len(keys) == 1 else "")

    def ask_for_end(self, drag: LinkDrag, at: QPointF, screen: QPoint) -> None:
        """Opens the palette with what fits the loose end of a link; the link stays in sight."""
        ref = drag.fixed[0]
        graph = self._bench.graph
        port = (graph.output if ref.is_output else graph.target)(ref.key, ref.name)
        node = self._bench.scene.node(ref.key)
        if port is None or node is None:
            return
        end = End(ref.key, port, ref.is_output)
        self._spot = Spot(at, end)
        self._bench.scene.pending.show_link(
            node.port_pos(ref.name, ref.is_output), at, port.type, backwards=not ref.is_output
        )
        self.palette.ask(screen, end=end, neighbour=self._type(ref.key), order=self._likely(end))

    def _likely(self, end: End) -> tuple[str, ...]:
        """Node types for an end, by what presets link to its node and what a person does."""
        own = self._type(end.key)
        ends = {"after": own} if end.is_output else {"before": own}
        side: editing.Side = "out" if end.is_output else "in"
        return editing.suggestions(
            self._bench.document, end.address, side, lambda id: self._usage.weight(id, **ends)
        )

    def ask_for_link(self, item: LinkItem, at: QPointF, screen: QPoint) -> None:
        """Opens the palette for a node in the middle of a link."""
        self._spot = Spot(at, link=item)
        self.palette.ask(screen, neighbour=self._type(item.link.source_key))

    @property
    def saves(self) -> bool:
        """Whether selections can be saved for the palette."""
        return self._saved is not None

    def save(self, name: str) -> None:
        """Keeps the selection under a name that the palette finds."""
        stem = "_".join(re.findall(r"\w+", name.lower()))
        text = self._edits.text()
        if self._saved is None or not stem or not text:
            return
        file = self._saved / f"{stem}.json"
        try:
            self._saved.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            said = f"{file} cannot be written: {error.strerror}"
            self._bench.session.said.tell(said, "warning")
            return
        self._bench.session.said.tell(f"{name!r} is in the palette from now on", "info")

    def place(self, offer: Offer, at: QPointF, wiring: Wiring = "auto") -> None:
        """Places an offer at a point, linked as the wiring says."""
        self._spot = Spot(at)
        self._chosen(Choice(offer, wiring))

    def insert(self, type_id: str, item: LinkItem, at: QPointF) -> None:
        """Puts a new node of a type on a link."""
        link, corner = item.link, _corner(at)
        key = self._bench.made(
            f"Insert {self._bench.session.registry.get(type_id).title}",
            lambda: editing.insert_on_link(self._bench.document, type_id, link, at=corner),
        )
        self._done(key)

    def _chosen(self, choice: Choice) -> None:
        self._bench.scene.pending.hide()
        offer, spot = choice.offer, self._spot
        if offer.file is not None:
            self._paste(offer.file, spot.at)
        elif spot.link is not None:
            self.insert(offer.id, spot.link, spot.at)
        else:
            self._add(offer, spot, choice.wiring)

    def _add(self, offer: Offer, spot: Spot, wiring: Wiring) -> None:
        end = spot.end or (self._auto_end(offer, wiring) if wiring != "never" else None)
        path = self._bench.path

        def make() -> tuple[Document, str]:
            document = self._bench.document
            at = self._room(spot.at)
            if end is None:
                return editing.insert_node(document, offer.id, at, path=path)
            side: editing.Side = "out" if end.is_output else "in"
            return editing.insert_node(
                document, offer.id, at, link_from=end.address, side=side, path=path
            )

        key = self._bench.made(f"Add {offer.title}", make)
        if key is not None and end is not None:
            self._count(end, offer.id)
        self._done(key)

    def _room(self, at: QPointF) -> Point:
        """The corner of a node under a point; beside the node that lies there already."""
        scene = self._bench.scene
        under = scene.node_at(at)
        if under is None:
            return _corner(at)
        spot = under.rect.translated(under.rect.width() + GAP, 0)
        while taken := scene.nodes_in(spot):
            spot.moveTop(taken[0].rect.bottom() + GAP)
        return round(spot.x()), round(spot.y())

    def _auto_end(self, offer: Offer, wiring: Wiring) -> End | None:
        """The port of the one selected node that a new node is linked to, None where none fits."""
        keys, graph = self._edits.keys, self._bench.graph
        if offer.spec is None or not keys or (len(keys) > 1 and wiring != "force"):
            return None
        key = list(keys)[-1]
        for port in graph.outputs(key):
            if wiring == "force" or port_for(offer.spec, End(key, port, True)):
                return End(key, port, True)
        fed = {link.target_port for link in links_into(graph, key)}
        for port in graph.inputs(key):
            free = port.name not in fed and not port.optional
            if free and port_for(offer.spec, End(key, port, False)):
                return End(key, port, False)
        return None

    def _count(self, end: End, type_id: str) -> None:
        known = self._type(end.key)
        self._usage.linked(*((known, type_id) if end.is_output else (type_id, known)))

    def _paste(self, file: Path, at: QPointF) -> None:
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            self._bench.session.said.tell(f"{file.name} cannot be read", "warning")
            return
        self._edits.paste_text(text, _corner(at))

    def _done(self, key: str | None) -> None:
        self._usage.save()
        if key is not None:
            self._bench.pick()
            self._bench.session.select([key])

    def _type(self, key: str) -> str:
        return self._bench.graph.entry(key).type


def _corner(at: QPointF) -> Point:
    """The top left corner of a node whose header lies under a point."""
    return round(at.x() - WIDTH / 2), round(at.y() - HEADER / 2)
