"""The tool of the canvas: turns presses into gestures, and does what keys and menus ask.

Gestures change items alone until they end, so the graph that plays is always a whole one. A change
from elsewhere (undo, another document) ends the gesture that is under way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt

from app.canvas.metrics import HEADER
from app.canvas.tools import commands, link_drag, presses
from app.canvas.tools.bench import Bench
from app.canvas.tools.drops import Drops
from app.canvas.tools.editor import Editor
from app.canvas.tools.edits import Edits
from app.canvas.tools.knife import KEY, Knife
from app.canvas.tools.menus import Menus
from app.canvas.tools.naming import Naming
from app.canvas.tools.placing import Placing
from app.canvas.tools.pointer import Pointer, read, to_scene
from app.notice import Notice
from app.palette.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent

    from app.canvas.face import PortRef
    from app.canvas.node_item import NodeItem
    from app.canvas.tools.gesture import Gesture
    from app.canvas.tools.link_drag import LinkDrag
    from app.canvas.view import CanvasView
    from app.placement import Point
    from app.session import Session


class Hand:
    """Becomes the view's tool. `usage` ranks what the palette offers, `saved` has selections.

    What it cannot do itself it asks for: a monitor (1 to 4, node, port), the inspector, help on a
    node type, the A/B wipe, a document to be opened.
    """

    def __init__(
        self,
        session: Session,
        view: CanvasView,
        *,
        usage: Usage | None = None,
        saved: Path | None = None,
    ) -> None:
        self.monitor_asked: Notice[int, str, str] = Notice()
        self.inspect_asked: Notice[()] = Notice()
        self.help_asked: Notice[str] = Notice()
        self.wipe_asked: Notice[()] = Notice()
        self.open_asked: Notice[Path] = Notice()
        self.bench = Bench(session, view.canvas, view)
        self.edits = Edits(self.bench)
        self.editor = Editor(view)
        self.naming = Naming(self.bench, self.editor)
        self.placing = Placing(self.bench, self.edits, usage or Usage(), saved)
        self.menus = Menus(self)
        self.drops = Drops(self)
        self.gesture: Gesture | None = None
        self.knife = Knife(view)
        self._last: Pointer | None = None
        self._view = view
        view.tool = self
        for bar in (view.horizontalScrollBar(), view.verticalScrollBar()):
            bar.valueChanged.connect(self._panned)
        self._ends = [
            session.changed.listen(lambda _: self._elsewhere()),
            session.opened.listen(lambda _: self._elsewhere()),
            view.canvas.entered.listen(lambda _: self._elsewhere()),
            view.canvas.moved.listen(self.bench.show_picks),
        ]

    def close(self) -> None:
        """Stops listening."""
        self.cancel()
        for end in self._ends:
            end()

    def commands(self) -> dict[str, Callable[[], object]]:
        """What the canvas does, by the ids of `app/actions.py`."""
        return commands.commands(self)

    # Events of the view

    def press(self, event: QMouseEvent) -> bool:
        self.editor.close(keep=True)
        pointer = self._read(event)
        if self.gesture is not None:
            return self._go_on(lambda gesture: gesture.press(pointer))
        self.gesture = presses.begin(self, pointer)
        return self.gesture is not None

    def move(self, event: QMouseEvent) -> bool:
        pointer = self._read(event)
        if self.gesture is None:
            return False
        self.gesture.move(pointer)
        self._view.edge_pan = self.gesture.is_drag
        return True

    def release(self, event: QMouseEvent) -> bool:
        pointer = self._read(event)
        if self.gesture is None:
            return False
        return self._go_on(lambda gesture: gesture.release(pointer))

    def double_click(self, event: QMouseEvent) -> bool:
        if self.gesture is not None or self.knife.is_out:
            return self.press(event)
        pointer = self._read(event)
        if not pointer.is_left:
            return self.press(event)
        presses.double_click(self, pointer)
        return True

    def key_press(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Escape and self.gesture is not None:
            self.cancel()
            return True
        return not event.isAutoRepeat() and self._key(Qt.Key(event.key()), pressed=True)

    def key_release(self, event: QKeyEvent) -> bool:
        return not event.isAutoRepeat() and self._key(Qt.Key(event.key()), pressed=False)

    def wheel(self, event: QWheelEvent) -> bool:
        return False

    def cancel(self) -> None:
        """Ends the gesture that is under way and leaves all as it was."""
        gesture, self.gesture = self.gesture, None
        self._view.edge_pan = False
        if gesture is not None:
            gesture.cancel()

    def _key(self, key: Qt.Key, *, pressed: bool) -> bool:
        if key == KEY:
            self.knife.draw(pressed)
            return True
        return self.gesture is not None and self.gesture.key(key, pressed)

    def _read(self, event: QMouseEvent) -> Pointer:
        self._last = read(self._view, event)
        return self._last

    def _go_on(self, step: Callable[[Gesture], bool]) -> bool:
        """Hands an event to the gesture; while it does its edit there is none to be ended."""
        gesture, self.gesture = self.gesture, None
        if gesture is not None and not step(gesture):
            self.gesture = gesture
        self._view.edge_pan = self.gesture is not None and self.gesture.is_drag
        return True

    def _panned(self) -> None:
        """What hangs on the pointer stays there while the canvas moves below it."""
        if self.gesture is not None and self.gesture.is_drag and self._last is not None:
            at = to_scene(self._view, self._last.on)
            self.gesture.move(self._last._replace(at=at))

    def _elsewhere(self) -> None:
        self.cancel()
        self.editor.close(keep=False)

    # What gestures and menus ask

    def ask_for_drop(self, drag: LinkDrag, pointer: Pointer) -> None:
        """A link was dropped where more than one thing can be meant."""
        aim = drag.aim
        if aim.does == "delay":
            choices = {"Link through a Delay": lambda: drag.link(aim.end, delay=True)}
            self.menus.choose("This closes a loop", choices, pointer.screen)
        elif aim.does == "params":
            names = drag.knobs(aim.key)
            choices = {name: lambda name=name: drag.drive(aim.key, name) for name in names}
            self.menus.choose(f"Drive a parameter of {aim.key}", choices, pointer.screen)
        else:
            self.placing.ask_for_end(drag, pointer.at, pointer.screen)

    def add_at_port(self, ref: PortRef, pointer: Pointer) -> None:
        """Asks for a node to be linked to a port."""
        drag = link_drag.LinkDrag(self.bench, pointer, [ref], ask=self.ask_for_drop)
        self.placing.ask_for_end(drag, pointer.at, pointer.screen)

    def box_at(self, point: QPointF) -> str | None:
        """The id of the note or of the frame's title at a point."""
        found = presses.box_at(self, point)
        return found.id if found is not None else None

    def is_on_title(self, node: NodeItem, at: QPointF) -> bool:
        """Whether a point of the scene is on a node's title."""
        return at.y() - node.y() < HEADER

    def enter(self, key: str) -> bool:
        """Looks inside a subgraph; False where it is none."""
        return self.bench.scene.enter(key)

    def probe(self, key: str, port: str) -> None:
        """Shows what a port gives on monitor A."""
        self.monitor_asked.tell(1, key, port)

    def send(self, number: int) -> None:
        """Shows the selected node on a monitor, 1 to 4; of a sink, what it takes."""
        for key in self.edits.keys[-1:]:
            ports = self.bench.graph.outputs(key)
            if ports:
                self.monitor_asked.tell(number, key, ports[0].name)
                return
            fed = [i.link for i in self.bench.scene.nodes[key].links.values()]
            for link in fed[:1]:
                self.monitor_asked.tell(number, link.source_key, link.source_port)

    # Commands

    def add(self) -> None:
        """Opens the palette at the pointer, in the middle where it is elsewhere."""
        at = self._pointer()
        self.placing.ask(at, self._on_screen(at))

    def rename(self) -> None:
        """Opens the name of what is selected or picked."""
        for key in self.edits.keys[-1:]:
            self.naming.node(key)
            return
        for id in sorted(self.bench.boxes)[:1]:
            self.naming.box(id)

    def frame(self) -> None:
        """Draws a frame around the selection and asks for its title."""
        made = self.edits.frame()
        if made is not None:
            self.bench.pick(boxes=[made])
            self.naming.box(made)

    def name_snippet(self) -> None:
        """Asks for the name under which the selection is saved for the palette."""
        for key in self.edits.keys[-1:]:
            rect = self.bench.scene.nodes[key].rect
            rect.setHeight(HEADER)
            self.editor.edit_line(rect, "", self.placing.save)

    def note(self) -> None:
        """Puts a note at the pointer and asks for its text."""
        made = self.edits.note(self._corner())
        if made is not None:
            self.bench.pick(boxes=[made])
            self.naming.box(made)

    def paste(self, *, keep_inputs: bool = False) -> None:
        """Puts what was copied at the pointer."""
        self.edits.paste(self._corner(), keep_inputs=keep_inputs)

    def enter_selected(self) -> None:
        """Looks inside the selected subgraph."""
        for key in self.edits.keys[-1:]:
            self.enter(key)

    def leave(self) -> None:
        """Looks one level up."""
        self.bench.scene.leave()

    def help(self) -> None:
        """Asks for help on the type of the selected node."""
        for key in self.edits.keys[-1:]:
            self.help_asked.tell(self.bench.graph.entry(key).type)

    def _corner(self) -> Point:
        at = self._pointer()
        return round(at.x()), round(at.y())

    def _pointer(self) -> QPointF:
        seen = self._view.seen()
        at = self._view.pointer
        return at if self._last is not None and seen.contains(at) else seen.center()

    def _on_screen(self, at: QPointF) -> QPoint:
        on = self._view.viewportTransform().map(at).toPoint()
        return self._view.viewport().mapToGlobal(on)

    def __repr__(self) -> str:
        return f"<Hand {type(self.gesture).__name__ if self.gesture else 'at rest'}>"
