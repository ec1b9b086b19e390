"""A link on the cursor: drawn from a port, pulled off one, branched, or all links of one moved.

Nothing is linked or unlinked before it lands, so the graph runs on as it is meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt

from app import editing
from app.canvas.face import PortRef
from app.canvas.overlays import PendingLink
from app.canvas.tools.aim import Aim, Aiming
from app.canvas.tools.gesture import Gesture
from app.editing.linking import connect_with_delay
from app.placement import waypoints, with_waypoints
from engine.parts import Link, split_end

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.canvas.link_item import LinkItem
    from app.canvas.tools.bench import Bench
    from app.canvas.tools.pointer import Pointer
    from engine.document import Document


class LinkDrag(Gesture):
    """Held from a press to its release, or hanging from one click to the next.

    `fixed` are the ends that stay, `lifted` the links that go when the loose end lands.
    `ask` opens what a landing place offers: the palette over empty canvas, else a menu.
    """

    def __init__(
        self,
        bench: Bench,
        start: Pointer,
        fixed: list[PortRef],
        *,
        lifted: list[LinkItem] | None = None,
        ask: Callable[[LinkDrag, Pointer], None],
    ) -> None:
        super().__init__(bench, start)
        self.fixed, self.lifted, self._ask = fixed, lifted or [], ask
        self.seeks_input = fixed[0].is_output
        self.aim = Aim(start.at)
        self.hangs = False
        self.dots: list[QPointF] = []
        self._drawn: list[PendingLink] = []
        self._taker = ""
        cut = [item.link for item in self.lifted]
        self.base: Document = editing.cut(bench.document, cut) if cut else bench.document
        self._aiming = Aiming(bench.scene, self.base, fixed[0], seeks_input=self.seeks_input)

    def move(self, pointer: Pointer) -> None:
        if not self.is_drag and pointer.has_left(self.start):
            self.is_drag = True
            self._light()
        if self.is_drag:
            self.aim = self._aiming.at(pointer.at, knobs=pointer.shift)
            self._draw()

    def press(self, pointer: Pointer) -> bool:
        """While it hangs: a click lands it, Alt+click sets a dot, another button ends it."""
        if not pointer.is_left:
            self.cancel()
            return True
        if self.hangs and pointer.alt:
            self._add_dot(pointer.at)
            return False
        return self.hangs and self._land(pointer)

    def release(self, pointer: Pointer) -> bool:
        if not pointer.is_left or self.hangs:
            return False
        if not self.is_drag:
            self.hangs = self.is_drag = True
            self._light()
            self._draw()
            return False
        return self._land(pointer)

    def key(self, key: Qt.Key, pressed: bool) -> bool:
        """Alt sets a dot while the button is down."""
        if key == Qt.Key.Key_Alt and pressed and self.is_drag and not self.hangs:
            self._add_dot(self.aim.at)
            return True
        return False

    def cancel(self) -> None:
        scene = self.bench.scene
        for item in self._drawn:
            scene.removeItem(item)
        self._drawn.clear()
        for link in self.lifted:
            link.setVisible(True)
        for node in scene.nodes.values():
            node.mark(dimmed=False, accepts=False, lit=frozenset())

    def knobs(self, key: str) -> tuple[str, ...]:
        """The parameters of a node that it could drive."""
        return self._aiming.knobs(key)

    def link(self, end: str, *, delay: bool = False) -> None:
        """Lands the loose end on a port, through a Delay where asked. One edit."""
        if not self.dots and self.lifted and all(a == b for a, b in self._moved(end).items()):
            return
        label = "Move a link" if self.lifted else "Link"
        self.bench.session.try_edit(label, lambda: self._linked(end, delay))

    def drive(self, key: str, name: str) -> None:
        """Shows a parameter as a port and links to it."""

        def make() -> Document:
            shown = editing.expose(self.base, key, name)
            return self._linked(f"{key}.{name}", False, shown)

        self.bench.session.try_edit(f"Drive {key}.{name}", make)

    def _land(self, pointer: Pointer) -> bool:
        self.aim = aim = self._aiming.at(pointer.at, knobs=pointer.shift)
        self.cancel()
        if aim.does == "link":
            self.link(aim.end)
        elif aim.does == "refused":
            self.bench.session.said.tell(aim.reason, "warning")
        elif aim.does == "nothing" and self.lifted:
            self._unlink()
        elif aim.key not in {ref.key for ref in self.fixed} or aim.does != "nothing":
            self._ask(self, pointer)
        return True

    def _unlink(self) -> None:
        """Dropped in space: a link that was pulled off goes; many that were moved stay."""
        if len(self.fixed) == 1 and self.seeks_input:
            self.bench.session.try_edit("Unlink", lambda: self.base)

    def _linked(self, end: str, delay: bool, base: Document | None = None) -> Document:
        document = base or self.base
        if self.lifted and not delay and base is None and self._fits(end):
            return editing.relinked(self.bench.document, self._moved(end))
        connect = connect_with_delay if delay else editing.connect
        for ref in self.fixed:
            ends = (ref.end, end) if self.seeks_input else (end, ref.end)
            document = self._dotted(connect(document, *ends), Link.between(*ends))
        return document

    def _fits(self, end: str) -> bool:
        return not self.dots and not self._aiming.verdict(end).reason

    def _moved(self, end: str) -> dict[Link, Link]:
        links = [item.link for item in self.lifted]
        if self.seeks_input:
            return {old: Link.between(old.source, end, old.policy) for old in links}
        return {old: Link.between(end, old.target, old.policy) for old in links}

    def _dotted(self, document: Document, link: Link) -> Document:
        if not self.dots:
            return document
        points = tuple((dot.x(), dot.y()) for dot in self.dots)
        ordered = points if self.seeks_input else points[::-1]
        return with_waypoints(document, {**waypoints(document), str(link): ordered})

    def _add_dot(self, at: QPointF) -> None:
        self.dots.append(QPointF(at))
        self._draw()

    def _light(self) -> None:
        for link in self.lifted:
            link.setVisible(False)
        for item in self.bench.scene.nodes.values():
            lit = self._aiming.lit(item)
            may = bool(lit) or bool(self._aiming.knobs(item.key))
            item.mark(dimmed=not may and item.key != self.fixed[0].key, lit=lit)

    def _draw(self) -> None:
        scene = self.bench.scene
        self._show_taker(self.aim.key if self.aim.does in ("link", "delay", "params") else "")
        while len(self._drawn) < len(self.fixed):
            self._drawn.append(PendingLink())
            scene.addItem(self._drawn[-1])
        for number, (item, ref) in enumerate(zip(self._drawn, self.fixed, strict=True)):
            node = scene.nodes[ref.key]
            item.show_link(
                node.port_pos(ref.name, ref.is_output),
                self.aim.at,
                node.port_type(ref.name, ref.is_output),
                backwards=not self.seeks_input,
                waypoints=self.dots,
                reason="" if number else self.aim.reason,
                refused=self.aim.does == "refused",
            )

    def _show_taker(self, key: str) -> None:
        """Outlines the node on which a drop would land."""
        if key == self._taker:
            return
        for one, on in ((self._taker, False), (key, True)):
            item = self.bench.scene.node(one)
            if item is not None:
                item.mark(accepts=on)
        self._taker = key


def begin(
    bench: Bench, start: Pointer, ref: PortRef, ask: Callable[[LinkDrag, Pointer], None]
) -> LinkDrag:
    """The drag that a press on a port begins, by the keys that are held.

    From a linked input it pulls the link off, with Shift it branches it; Ctrl moves every link of
    an output.
    """
    scene = bench.scene
    links = [link for link in scene.links.values() if _is_at(link, ref)]
    if links and not ref.is_output:
        source = PortRef(links[0].link.source_key, links[0].link.source_port, True)
        return LinkDrag(bench, start, [source], lifted=[] if start.shift else links, ask=ask)
    if links and start.ctrl:
        targets = [PortRef(*split_end(item.link.target), False) for item in links]
        return LinkDrag(bench, start, targets, lifted=links, ask=ask)
    return LinkDrag(bench, start, [ref], ask=ask)


def _is_at(item: LinkItem, ref: PortRef) -> bool:
    return ref.end == (item.link.source if ref.is_output else item.link.target)
