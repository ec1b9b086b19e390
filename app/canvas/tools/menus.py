"""What a right click offers on a node, a link, a port, a frame or the canvas.

Entries that have a shortcut are the commands of `app/actions.py`, so titles and keys are one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QColor, QIcon, QPixmap
from PySide6.QtWidgets import QMenu

from app.actions import ACTIONS
from app.canvas.tools.aim import port_under
from app.editing.nesting import demote_param, promote_param
from app.theme import tokens
from engine.errors import did_you_mean
from engine.parts import LinkPolicy

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.canvas.face import PortRef
    from app.canvas.link_item import LinkItem
    from app.canvas.node_item import NodeItem
    from app.canvas.tools.hand import Hand
    from app.canvas.tools.pointer import Pointer

BY_ID = {action.id: action for action in ACTIONS}
LINE = "-"
NODE = (
    *("graph.inspect", "graph.rename", "help.node", LINE),
    *("graph.bypass", "graph.mute", "graph.hold", LINE),
    *("graph.collapse", "graph.hide_ports", "graph.thumbnail", LINE),
    *("clip.cut", "clip.copy", "clip.duplicate", "clip.duplicate_linked", LINE),
    *("graph.frame", "graph.subgraph", "graph.extract", "graph.swap", LINE),
    *("clip.delete", "clip.delete_bare"),
)
ARRANGE = (
    *("layout.selection", "layout.straighten", LINE),
    *("layout.left", "layout.right", "layout.top", "layout.bottom", LINE),
    *("layout.columns", "layout.rows"),
)
SUBGRAPH = ("graph.enter", "graph.ungroup", LINE)
CANVAS = (
    *("graph.add", "graph.note", LINE, "clip.paste", "clip.paste_linked", LINE),
    *("select.all", "layout.all", LINE, "graph.leave"),
)
POLICIES: dict[str, LinkPolicy | None] = {
    "As the port asks": None,
    "The newest only": LinkPolicy("latest"),
    "Queue a quarter second": LinkPolicy("queue", 0.25),
    "Lose nothing": LinkPolicy("lossless"),
}
COLORS = ("source", "generator", "control", "prompt", "speculative", "output")


class Menus:
    """Opens one menu at a time, never modal; `open` is the one that is shown."""

    def __init__(self, hand: Hand) -> None:
        self._hand = hand
        self.open: QMenu | None = None

    def at(self, pointer: Pointer) -> None:
        """Opens the menu of what lies under the pointer, which is selected first."""
        hand, scene = self._hand, self._hand.bench.scene
        ref, node = port_under(scene, pointer.at), scene.node_at(pointer.at)
        if ref is not None:
            menu = self._port(ref, pointer)
        elif node is not None:
            if node.key not in hand.edits.keys:
                hand.bench.session.select([node.key])
            menu = self._node(node)
        elif (link := scene.link_at(pointer.at)) is not None:
            hand.bench.pick([link.text])
            menu = self._link(link, pointer)
        else:
            menu = self._canvas(pointer)
        self.show(menu, pointer.screen)

    def show(self, menu: QMenu, screen: QPoint) -> None:
        """Opens a menu at a point of the screen."""
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.aboutToHide.connect(self._closed)
        self.open = menu
        menu.popup(screen)

    def choose(self, title: str, choices: dict[str, Callable[[], None]], screen: QPoint) -> None:
        """Opens a menu of a few choices below a sentence."""
        menu = self._new()
        menu.addAction(title).setEnabled(False)
        for name, call in choices.items():
            menu.addAction(name, call)
        self.show(menu, screen)

    def _closed(self) -> None:
        self.open = None

    def _new(self) -> QMenu:
        return QMenu(self._hand.bench.view)

    def _node(self, item: NodeItem) -> QMenu:
        menu, hand = self._new(), self._hand
        self._fill(menu, (*SUBGRAPH, *NODE) if item.face.is_graph else NODE)
        menu.addSeparator()
        self._fill(menu.addMenu("Arrange"), ARRANGE)
        self._colors(menu.addMenu("Colour"))
        monitors = menu.addMenu("Send to monitor")
        for number, name in enumerate("ABCD", 1):
            monitors.addAction(name, lambda number=number: hand.send(number))
        if hand.placing.saves:
            menu.addAction("Save selection as…", hand.name_snippet)
        return menu

    def _link(self, item: LinkItem, pointer: Pointer) -> QMenu:
        menu, hand, link = self._new(), self._hand, item.link
        menu.addAction(
            "Insert node…", lambda: hand.placing.ask_for_link(item, pointer.at, pointer.screen)
        )
        menu.addAction("Add a dot", lambda: hand.edits.add_dot(item, pointer.place))
        menu.addAction("Probe here", lambda: hand.probe(link.source_key, link.source_port))
        menu.addSeparator()
        menu.addAction("Select source", lambda: hand.bench.session.select([link.source_key]))
        menu.addAction("Select target", lambda: hand.bench.session.select([link.target_key]))
        queue = menu.addMenu("When it queues")
        for title, policy in POLICIES.items():
            action = queue.addAction(title, lambda p=policy: hand.edits.policy(link, p))
            action.setCheckable(True)
            action.setChecked(policy == link.policy)
        menu.addSeparator()
        menu.addAction("Delete link", lambda: hand.edits.unlink(item))
        return menu

    def _port(self, ref: PortRef, pointer: Pointer) -> QMenu:
        menu, hand = self._new(), self._hand
        bench, side = hand.bench, "out" if ref.is_output else "in"
        item = bench.scene.nodes[ref.key]
        menu.addAction("Add node…", lambda: hand.add_at_port(ref, pointer))
        if ref.is_output:
            menu.addAction("Probe here", lambda: hand.probe(ref.key, ref.name))
        broken = menu.addAction("Break links", lambda: hand.edits.break_links(ref.end, side))
        broken.setEnabled(
            any(ref.end in (i.link.source, i.link.target) for i in item.links.values())
        )
        pin = item.face.pin(ref.name, ref.is_output)
        if pin is not None and pin.is_param and not item.face.is_graph:
            menu.addAction("Hide this parameter", lambda: hand.edits.hide_param(ref.key, ref.name))
        if bench.path:
            menu.addAction("Show outside", lambda: self._promote(ref.end))
        if item.face.is_graph:
            menu.addAction("Show no longer", lambda: self._demote(ref.end))
        return menu

    def _promote(self, end: str) -> None:
        bench = self._hand.bench
        bench.made(f"Show {end} outside", lambda: promote_param(bench.document, end))

    def _demote(self, end: str) -> None:
        bench = self._hand.bench
        bench.session.try_edit(f"Hide {end}", lambda: demote_param(bench.document, end))

    def _canvas(self, pointer: Pointer) -> QMenu:
        menu = self._new()
        box = self._hand.box_at(pointer.at)
        if box is not None:
            self._hand.bench.pick(boxes=[box])
            self._fill(menu, ("graph.rename", "clip.delete", LINE))
        self._fill(menu, CANVAS)
        return menu

    def _fill(self, menu: QMenu, ids: tuple[str, ...]) -> None:
        calls = self._hand.commands()
        for id in ids:
            if id == LINE:
                menu.addSeparator()
            elif id in calls:
                menu.addAction(_entry(menu, id, calls[id]))

    def _colors(self, menu: QMenu) -> None:
        look, edits = tokens.current(), self._hand.edits
        for name in COLORS:
            color = QColor(look.color(f"header.{name}"))
            menu.addAction(_swatch(color), name.capitalize(), lambda c=color: edits.color(c.name()))
        menu.addAction("None", lambda: edits.color(""))


def _entry(menu: QMenu, id: str, call: Callable[[], object]) -> QAction:
    action = BY_ID.get(id)
    if action is None:
        raise KeyError(f"there is no command {id!r}{did_you_mean(id, BY_ID)}")
    keys = f"\t{action.keys[0]}" if action.keys else ""
    made = QAction(action.title + keys, menu)
    made.triggered.connect(lambda _=False: call())
    return made


def _swatch(color: QColor) -> QIcon:
    picture = QPixmap(16, 16)
    picture.fill(color)
    return QIcon(picture)
