"""A canvas with a few nodes, a hand on it, and a mouse and keyboard that send real events."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.canvas.tools.hand import Hand
from app.canvas.view import CanvasView
from app.palette.usage import Usage
from app.placement import Place, placed
from app.program import Program
from app.session import Session
from app.window.commands import Commands
from engine.document import Document
from engine.graph import Graph
from engine.parts import Link
from engine.registry import Registry

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
NONE = Qt.KeyboardModifier.NoModifier
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier

PLACES = {
    "pattern": (-400, -200),
    "blur": (-100, -200),
    "output": (300, -200),
    "noise": (-400, 100),
    "warp": (-100, 100),
    "lfo": (-400, 300),
    "sharpen": (200, 150),
}


def document(registry: Registry) -> Document:
    """pattern -> blur -> output above; noise, warp, lfo and sharpen loose below."""
    graph = Graph(registry).with_stream(width=64, height=48, fps=24, seed=1)
    graph = graph.add("sources.pattern").add("compose.blur").add("sinks.window", "output")
    graph = graph.add("sources.noise").add("motion.warp").add("control.lfo")
    graph = graph.add("compose.sharpen")
    graph = graph.connect("pattern.out", "blur.frame").connect("blur.out", "output.frame")
    places = {key: Place(float(x), float(y), thumbnail=False) for key, (x, y) in PLACES.items()}
    return placed(Document(graph), places)


class Desk:
    """What a person has before them. Points are of the scene."""

    def __init__(self, session: Session, view: CanvasView, hand: Hand) -> None:
        self.session, self.view, self.hand = session, view, hand
        self.scene = view.canvas
        self.said: list[str] = []
        self.modifiers = NONE
        self.button = LEFT
        session.said.listen(lambda text, _: self.said.append(text))

    # Reading

    @property
    def links(self) -> set[str]:
        return {str(link) for link in self.session.graph.links}

    @property
    def selection(self) -> tuple[str, ...]:
        return self.session.selection

    @property
    def steps(self) -> list[str]:
        return self.session.history.labels

    def place(self, key: str) -> tuple[float, float]:
        at = self.session.document.view[key]
        at = at["at"] if isinstance(at, dict) else at
        return at[0], at[1]

    def out(self, key: str, name: str = "out") -> QPointF:
        return self.scene.nodes[key].port_pos(name, True)

    def into(self, key: str, name: str = "frame") -> QPointF:
        return self.scene.nodes[key].port_pos(name, False)

    def title(self, key: str) -> QPointF:
        return self.scene.nodes[key].rect.topLeft() + QPointF(90, 13)

    def body(self, key: str) -> QPointF:
        return self.scene.nodes[key].rect.center()

    def on_link(self, text: str, share: float = 0.5) -> QPointF:
        return self.scene.links[text].along(share)

    def link(self, text: str) -> Link:
        return Link.parse(text)

    # The mouse

    def press(self, at: QPointF, button: Qt.MouseButton = LEFT, modifiers=NONE) -> None:
        self.modifiers, self.button = modifiers, button
        QTest.mousePress(self.view.viewport(), button, modifiers, self.on_view(at))

    def move(self, *points: QPointF, modifiers=None, time: int = 0) -> None:
        for at in points:
            self._send_move(at, self.modifiers if modifiers is None else modifiers, time)

    def release(self, at: QPointF, modifiers=None) -> None:
        held = self.modifiers if modifiers is None else modifiers
        QTest.mouseRelease(self.view.viewport(), self.button, held, self.on_view(at))

    def drag(self, start: QPointF, *points: QPointF, button=LEFT, modifiers=NONE) -> None:
        """Press, a few moves on the way, release at the last point."""
        self.press(start, button, modifiers)
        way = [start, *points]
        for a, b in pairwise(way):
            self.move(*(a + (b - a) * (step / 4) for step in range(1, 5)))
        self.release(points[-1])

    def click(self, at: QPointF, button=LEFT, modifiers=NONE) -> None:
        self.press(at, button, modifiers)
        self.release(at)

    def double_click(self, at: QPointF) -> None:
        self.click(at)
        QTest.mouseDClick(self.view.viewport(), LEFT, NONE, self.on_view(at))

    def on_view(self, at: QPointF) -> QPoint:
        return self.view.viewportTransform().map(at).toPoint()

    def _send_move(self, at: QPointF, modifiers, time: int) -> None:
        on = QPointF(self.on_view(at))
        screen = QPointF(self.view.viewport().mapToGlobal(on.toPoint()))
        none = Qt.MouseButton.NoButton
        event = QMouseEvent(QEvent.Type.MouseMove, on, screen, none, self.button, modifiers)
        event.setTimestamp(time)
        QApplication.sendEvent(self.view.viewport(), event)

    # The keyboard

    def key(self, key: Qt.Key, modifiers=NONE) -> None:
        QTest.keyClick(self.view, key, modifiers)

    def hold(self, key: Qt.Key) -> None:
        QTest.keyPress(self.view, key)

    def let_go(self, key: Qt.Key) -> None:
        QTest.keyRelease(self.view, key)

    def type(self, text: str, key: Qt.Key = Qt.Key.Key_Return, modifiers=NONE) -> None:
        """Types into the palette and ends with a key."""
        search = self.hand.placing.palette.search
        QTest.keyClicks(search, text)
        QTest.keyClick(search, key, modifiers)

    def choose(self, title: str) -> None:
        """Triggers an entry of the menu that is open."""
        menu = self.hand.menus.open
        assert menu is not None
        found = next(a for a in menu.actions() if a.text().split("\t")[0] == title)
        menu.close()
        found.trigger()

    def entries(self) -> list[str]:
        menu = self.hand.menus.open
        assert menu is not None
        return [a.text().split("\t")[0] for a in menu.actions() if a.text()]


@pytest.fixture
def desk(qtbot, program: Program, tmp_path: Path) -> Iterator[Desk]:
    """A view at 100 % on the document above, its shortcuts made as the window makes them."""
    session = Session(program, document(program.registry))
    view = CanvasView(session)
    qtbot.addWidget(view)
    view.resize(1200, 800)
    usage = Usage(tmp_path / "palette.json")
    hand = Hand(session, view, usage=usage, saved=tmp_path / "selections")
    commands = Commands(view, lambda text: session.said.tell(text, "warning"))
    commands.offer(hand.commands())
    commands.scope("canvas", view)
    commands.set_keys(lambda action: action.keys)
    view.show()
    view.camera.look_at(QPointF(0, 0), 1.0)
    view.setFocus()
    view.activateWindow()
    QApplication.processEvents()
    made = Desk(session, view, hand)
    yield made
    hand.close()
    view.canvas.close()
    session.close()
