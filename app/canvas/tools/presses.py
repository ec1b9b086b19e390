"""What lies under a press decides which gesture it begins; a double click has meanings too."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.canvas.tools import link_drag
from app.canvas.tools.aim import port_under
from app.canvas.tools.band import Band
from app.canvas.tools.cut import Cut
from app.canvas.tools.dot import DotDrag
from app.canvas.tools.gesture import Gesture
from app.canvas.tools.move import Load, Move
from app.canvas.tools.node_link import NodeLink
from app.canvas.tools.resize import Resize

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QPointF

    from app.canvas.face import PortRef
    from app.canvas.node_item import NodeItem
    from app.canvas.region_items import BackdropItem, NoteItem
    from app.canvas.tools.hand import Hand
    from app.canvas.tools.pointer import Pointer


class Click(Gesture):
    """A press that means something only if the pointer stays."""

    def __init__(self, hand: Hand, start: Pointer, do: Callable[[Pointer], None]) -> None:
        super().__init__(hand.bench, start)
        self._do = do

    def click(self, pointer: Pointer) -> None:
        self._do(pointer)


def begin(hand: Hand, pointer: Pointer) -> Gesture | None:
    """The gesture that a press begins, None where it means nothing."""
    if pointer.is_left:
        return _cut_or_left(hand, pointer)
    return _right(hand, pointer) if pointer.is_right else None


def box_at(hand: Hand, point: QPointF) -> BackdropItem | NoteItem | None:
    """The note at a point, or the frame whose title or corner is there."""
    scene = hand.bench.scene
    note = scene.note_at(point)
    if note is not None:
        return note
    frames = (f for f in scene.backdrops.values() if f.at_title(point) or f.at_grip(point))
    return min(frames, key=lambda frame: frame.rect.width() * frame.rect.height(), default=None)


def _cut_or_left(hand: Hand, pointer: Pointer) -> Gesture:
    return Cut(hand.bench, pointer) if hand.knife.is_out else _left(hand, pointer)


def _left(hand: Hand, pointer: Pointer) -> Gesture:
    bench, scene = hand.bench, hand.bench.scene
    port, dot = port_under(scene, pointer.at), scene.waypoint_at(pointer.at)
    node, box = scene.node_at(pointer.at), box_at(hand, pointer.at)
    if port is not None:
        return _on_port(hand, pointer, port)
    if node is not None:
        return _on_node(hand, pointer, node)
    if dot is not None:
        return DotDrag(bench, pointer, *dot)
    link = scene.link_at(pointer.at)
    if link is not None and pointer.alt:
        return Click(hand, pointer, lambda p: hand.edits.add_dot(link, p.place))
    if box is None or link is not None:
        return Band(bench, pointer)
    if box.at_grip(pointer.at):
        return Resize(bench, pointer, box)
    return _on_box(hand, pointer, box)


def _right(hand: Hand, pointer: Pointer) -> Gesture:
    if pointer.ctrl:
        return Cut(hand.bench, pointer)
    node = hand.bench.scene.node_at(pointer.at) if pointer.alt else None
    if node is not None:
        return NodeLink(hand.bench, pointer, node)
    return Click(hand, pointer, hand.menus.at)


def _on_port(hand: Hand, pointer: Pointer, ref: PortRef) -> Gesture:
    if pointer.alt:
        side = "out" if ref.is_output else "in"
        return Click(hand, pointer, lambda _: hand.edits.break_links(ref.end, side))
    return link_drag.begin(hand.bench, pointer, ref, hand.ask_for_drop)


def _on_node(hand: Hand, pointer: Pointer, node: NodeItem) -> Gesture:
    bench, chosen = hand.bench, hand.edits.keys
    if node.key not in chosen and not (pointer.ctrl or pointer.shift or pointer.alt):
        bench.pick()
        bench.session.select([node.key])
    together = node.key in chosen
    keys = chosen if together else (node.key,)
    load = Load.of(bench, keys, bench.boxes if together else ())
    on_click = partial(hand.edits.press, node.key)
    return Move(bench, pointer, node.pos(), load, node=node.key, on_click=on_click)


def _on_box(hand: Hand, pointer: Pointer, box: BackdropItem | NoteItem) -> Gesture:
    bench = hand.bench
    together = box.id in bench.boxes and not pointer.alt
    ids = bench.boxes if together else {box.id}
    keys = hand.edits.keys if together else ()
    load = Load.of(bench, keys, ids, contents=not pointer.alt)

    def click(at: Pointer) -> None:
        bench.pick(boxes=bench.boxes ^ {box.id} if at.ctrl or at.shift else {box.id})
        if not (at.ctrl or at.shift):
            bench.session.select(())

    return Move(bench, pointer, box.rect.topLeft(), load, on_click=click)


def double_click(hand: Hand, pointer: Pointer) -> None:
    """Names, writes, enters a subgraph, leads a link over a dot, or asks what to add."""
    scene = hand.bench.scene
    node, dot = scene.node_at(pointer.at), scene.waypoint_at(pointer.at)
    if node is not None:
        _double_on_node(hand, node, pointer)
    elif dot is not None:
        hand.edits.remove_dot(*dot)
    elif (link := scene.link_at(pointer.at)) is not None:
        hand.edits.add_dot(link, pointer.place)
    elif (box := box_at(hand, pointer.at)) is not None:
        hand.naming.box(box.id)
    else:
        hand.placing.ask(pointer.at, pointer.screen)


def _double_on_node(hand: Hand, node: NodeItem, pointer: Pointer) -> None:
    if hand.is_on_title(node, pointer.at):
        hand.naming.node(node.key)
    elif not hand.enter(node.key):
        hand.inspect_asked.tell()
