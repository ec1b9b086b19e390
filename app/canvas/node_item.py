"""A node on the canvas: one item that paints its chrome, its preview, its figures and states."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem

from app.canvas import metrics, node_paint
from app.canvas.chrome import preview_rect
from app.canvas.face import Face, PortRef

if TYPE_CHECKING:
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

    from app.canvas.link_item import LinkItem

ABOVE = 1000.0  # nodes lie over links, those that are selected over the rest


@dataclass(frozen=True)
class Look:
    """The state of a node: what a person does to it, and how it fares."""

    selected: bool = False
    hovered: bool = False
    dimmed: bool = False
    accepts: bool = False  # would take what is being dragged
    lit: frozenset[tuple[str, bool]] = frozenset()  # ports that would: (name, is_output)
    bypassed: bool = False
    muted: bool = False
    held: bool = False
    error: str = ""  # the sentence, "" where there is none
    trouble: str = ""  # of nodes further up
    loading: bool = False
    soloed: bool = False  # alone on air
    driven: tuple[tuple[str, str], ...] = ()  # parameter, driver
    heat: float | None = None  # share of the frame's time, while the heat is shown
    found: bool = False  # by the search


class NodeItem(QGraphicsPathItem):
    """A node. `key` is its path; `links` are the items that end at it."""

    def __init__(self, key: str, face: Face) -> None:
        super().__init__()
        self.key = key
        self.look = Look()
        self.picture: QImage | None = None
        self.trace: list[float] = []
        self.figures: tuple[str, str] = ("", "")  # left and right in the footer
        self.links: dict[str, LinkItem] = {}
        self.chrome: Any = None  # the picture that was drawn last, with its scale and tier
        self.setPen(QPen(Qt.PenStyle.NoPen))
        self.setZValue(ABOVE)
        self.show_face(face)

    @property
    def rect(self) -> QRectF:
        """The card in scene coordinates, without what is drawn outside it."""
        return QRectF(self.pos(), self.pos() + QPointF(*self.face.size))

    @property
    def ports(self) -> tuple[PortRef, ...]:
        """The ports that are shown, inputs first; those of a collapsed node too."""
        return tuple(PortRef(self.key, pin.name, pin.is_output) for pin in self.face.pins)

    def port_pos(self, name: str, is_output: bool) -> QPointF:
        """The centre of a port in scene coordinates."""
        return self.pos() + QPointF(*self.face.at(name, is_output))

    def port_type(self, name: str, is_output: bool) -> type:
        """What a port carries; `object` where it is not known."""
        pin = self.face.pin(name, is_output)
        return pin.type if pin else object

    def show_face(self, face: Face) -> None:
        """Another face: ports, title or size changed."""
        self.face, self.chrome = face, None
        outline = QPainterPath()
        around = metrics.MARGIN
        outline.addRect(QRectF(0, 0, *face.size).adjusted(-around, -around, around, around))
        self.setPath(outline)
        self.update()

    def place_at(self, x: float, y: float) -> None:
        """Moves the item and the ends of its links; the document is not touched."""
        self.setPos(x, y)
        for link in self.links.values():
            link.reroute()

    def mark(self, **changes: Any) -> None:
        """Changes states by name, see `Look`; paints only where one differs."""
        look = replace(self.look, **changes)
        if look == self.look:
            return
        if look.selected is not self.look.selected:
            self.setZValue(ABOVE + look.selected)
        self.look = look
        self.update()

    def show_picture(self, picture: QImage) -> None:
        """Another thumbnail."""
        self.picture = picture
        self._update_preview()

    def show_trace(self, trace: list[float]) -> None:
        """Other values of a number, the newest last."""
        self.trace = trace
        self._update_preview()

    def show_figures(self, left: str, right: str) -> None:
        """Other words in the footer."""
        if (left, right) != self.figures:
            self.figures = (left, right)
            width, height = self.face.size
            self.update(QRectF(0, height - metrics.FOOTER, width, metrics.FOOTER))

    def clear_preview(self) -> None:
        """Neither a picture nor a trace."""
        self.picture, self.trace = None, []
        self._update_preview()

    def _update_preview(self) -> None:
        rect = preview_rect(self.face)
        if rect is not None:
            self.update(rect)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        node_paint.paint(self, painter, widget)

    def __repr__(self) -> str:
        return f"<NodeItem {self.key} at {self.x():g}, {self.y():g}>"


def is_node(item: QGraphicsItem | None) -> bool:
    """Whether an item of the scene is a node."""
    return isinstance(item, NodeItem)
