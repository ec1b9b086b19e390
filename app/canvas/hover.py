"""What the pointer is over: marks it, and says what it is."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from app.canvas.face import word

if TYPE_CHECKING:
    from app.canvas.link_item import LinkItem
    from app.canvas.node_item import NodeItem
    from app.canvas.scene import PortRef
    from app.canvas.view import CanvasView


def tick(view: CanvasView) -> None:
    """Marks the node or link under the pointer while no button is held."""
    if QApplication.mouseButtons() is not Qt.MouseButton.NoButton or view.edge_pan:
        view.peek.follow(None)
        return
    here = (view.pointer, view.canvas.path)
    if here == view.hovered_at:
        view.peek.follow(view.hovered[1])
        return
    view.hovered_at = here
    is_inside = view.viewport().rect().contains(view.pointer_in_view.toPoint())
    node, link = _under(view) if is_inside else (None, None)
    for before, now in zip(view.hovered, (node, link), strict=True):
        if before is not now:
            _mark(before, False)
            _mark(now, True)
    view.hovered = (node, link)
    view.peek.follow(link)


def _mark(item: NodeItem | LinkItem | None, on: bool) -> None:
    if item is not None:
        item.mark(hovered=on)


def _under(view: CanvasView) -> tuple[NodeItem | None, LinkItem | None]:
    point = view.pointer
    node = view.canvas.node_at(point)
    return node, None if node is not None else view.canvas.link_at(point)


def tooltip(view: CanvasView, position: QPointF) -> str:
    """What to say of the port or badge under a point of the viewport."""
    point = view.to_scene(position)
    ref = view.canvas.port_at(point, 12)
    if ref is not None:
        return _port(view, ref)
    node = view.canvas.node_at(point)
    return _node(view, node) if node is not None else ""


def _port(view: CanvasView, ref: PortRef) -> str:
    item = view.canvas.node(ref.key)
    pin = item.face.pin(ref.name, ref.is_output) if item else None
    if pin is None:
        return ""
    side = "output" if pin.is_output else "parameter" if pin.is_param else "input"
    need = ", needed" if pin.needed else ""
    need += ", shown by the subgraph" if pin.is_shown else ""
    doc = f"<br>{escape(pin.doc)}" if pin.doc else ""
    return f"<b>{escape(ref.name)}</b>: {word(pin.type)} ({side}{need}){doc}"


def _node(view: CanvasView, item: NodeItem) -> str:
    wrong = item.look.error or item.look.trouble
    drivers = [f"{name} is driven by {origin}" for name, origin in item.look.driven]
    spec = view.session.graph.spec(item.key)
    said = [wrong, *drivers] if wrong or drivers else [spec.summary if spec else ""]
    return "<br>".join(escape(text) for text in said if text)


def same_place(view: CanvasView) -> QMouseEvent:
    """A move of the pointer to where it is: the canvas moved under it."""
    at = view.pointer_in_view
    return QMouseEvent(
        QEvent.Type.MouseMove,
        at,
        QPointF(view.viewport().mapToGlobal(at)),
        Qt.MouseButton.NoButton,
        QApplication.mouseButtons(),
        QApplication.keyboardModifiers(),
    )
