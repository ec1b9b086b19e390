"""A thousand gestures of a monkey, and Esc in the middle of every gesture."""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from engine.document import dumps
from tests.app.canvas.tools.conftest import ALT, CTRL, LEFT, NONE, RIGHT, SHIFT, Desk

GESTURES = 1000
KEYS = [
    *((key, NONE) for key in (Qt.Key.Key_D, Qt.Key.Key_M, Qt.Key.Key_H, Qt.Key.Key_P)),
    *((key, NONE) for key in (Qt.Key.Key_L, Qt.Key.Key_U, Qt.Key.Key_I, Qt.Key.Key_C)),
    *((key, NONE) for key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up)),
    *((key, NONE) for key in (Qt.Key.Key_Delete, Qt.Key.Key_Tab, Qt.Key.Key_J, Qt.Key.Key_F2)),
    *((key, CTRL) for key in (Qt.Key.Key_D, Qt.Key.Key_G, Qt.Key.Key_C, Qt.Key.Key_V)),
    *((key, CTRL) for key in (Qt.Key.Key_Left, Qt.Key.Key_Down, Qt.Key.Key_H, Qt.Key.Key_A)),
    *((key, SHIFT) for key in (Qt.Key.Key_M, Qt.Key.Key_F, Qt.Key.Key_X, Qt.Key.Key_Up)),
    *((key, CTRL | SHIFT) for key in (Qt.Key.Key_D, Qt.Key.Key_G, Qt.Key.Key_V, Qt.Key.Key_X)),
]


class Monkey:
    """Does anything anywhere, mostly where there is something."""

    def __init__(self, desk: Desk, seed: int) -> None:
        self.desk, self.random = desk, random.Random(seed)

    def gesture(self) -> None:
        do = self.random.choices(
            [self.drag, self.key, self.double, self.click, self.half, self.wheel],
            [10, 5, 2, 4, 4, 1],
        )[0]
        do()
        self.settle()

    def place(self) -> QPointF:
        desk, pick = self.desk, self.random
        nodes = list(desk.scene.nodes.values())
        near = QPointF(pick.uniform(-14, 14), pick.uniform(-14, 14))
        kind = pick.random()
        if nodes and kind < 0.35:
            ports = [item.port_pos(ref.name, ref.is_output) for item in nodes for ref in item.ports]
            return pick.choice(ports) if ports else near
        if nodes and kind < 0.65:
            return pick.choice(nodes).rect.topLeft() + QPointF(80, 13) + near
        if desk.scene.links and kind < 0.8:
            return pick.choice(list(desk.scene.links.values())).along(pick.random())
        return QPointF(pick.uniform(-550, 550), pick.uniform(-350, 350))

    def held(self) -> Qt.KeyboardModifier:
        return self.random.choice([NONE, NONE, NONE, SHIFT, CTRL, ALT, CTRL | SHIFT])

    def button(self) -> Qt.MouseButton:
        return self.random.choice([LEFT, LEFT, LEFT, LEFT, RIGHT])

    def drag(self) -> None:
        self.desk.press(self.place(), self.button(), self.held())
        self.wander()
        self.desk.release(self.place())

    def half(self) -> None:
        """A gesture that Esc, undo or another button ends."""
        self.desk.press(self.place(), self.button(), self.held())
        self.wander()
        end = self.random.choice([self.escape, self.desk.session.undo, self.other])
        end()
        self.desk.release(self.place())

    def wander(self) -> None:
        for _ in range(self.random.randint(1, 4)):
            self.desk.move(self.place(), modifiers=self.held())

    def escape(self) -> None:
        self.desk.key(Qt.Key.Key_Escape)

    def other(self) -> None:
        QTest.mousePress(self.desk.view.viewport(), RIGHT, NONE, self.desk.on_view(self.place()))

    def click(self) -> None:
        self.desk.click(self.place(), self.button(), self.held())

    def double(self) -> None:
        self.desk.double_click(self.place())

    def wheel(self) -> None:
        self.desk.view.camera.zoom_at(QPointF(600, 400), self.random.choice([0.5, 0.9, 1.1, 2.0]))

    def key(self) -> None:
        self.desk.key(*self.random.choice(KEYS))

    def settle(self) -> None:
        """Answers what was opened, and keeps the graph small enough to go on quickly."""
        hand, scene = self.desk.hand, self.desk.scene
        if hand.menus.open is not None:
            entries = [a for a in hand.menus.open.actions() if a.text() and not a.menu()]
            hand.menus.open.close()
            self.random.choice(entries).trigger()
        if hand.placing.palette.isVisible():
            text = self.random.choice(["blur", "warp", "noise", "lfo", "", "zzz"])
            self.desk.type(text, self.random.choice([Qt.Key.Key_Return, Qt.Key.Key_Escape]))
            hand.placing.palette.hide()
        if hand.editor.field is not None:
            QTest.keyClicks(hand.editor.field, self.random.choice(["Ab", "c d", ""]))
            hand.editor.close(keep=self.random.random() < 0.7)
        if len(scene.nodes) > 14:
            self.desk.session.select(self.random.sample(sorted(scene.nodes), 8))
            self.desk.key(Qt.Key.Key_Delete)
        if self.random.random() < 0.05:
            self.desk.view.camera.look_at(QPointF(0, 0), 1.0)


@pytest.mark.parametrize("seed", [1])
def test_undo_takes_a_thousand_random_gestures_back_to_the_same_bytes(desk: Desk, seed: int):
    session, scene = desk.session, desk.scene
    before = dumps(session.document)
    monkey = Monkey(desk, seed)
    for _ in range(GESTURES):
        monkey.gesture()
        if len(session.history.labels) > 450:  # the history keeps 500 steps
            rewind(desk, before)
    rewind(desk, before)
    assert len(scene.items()) == 3 + len(scene.nodes) + len(scene.links)


def rewind(desk: Desk, before: str) -> None:
    """Undoes all, and finds items and bytes as they were."""
    desk.hand.cancel()
    while desk.session.history.undo_label:
        desk.session.undo()
    assert dumps(desk.session.document) == before
    desk.scene.go("")
    nodes = desk.scene.nodes
    assert {key: (item.x(), item.y()) for key, item in nodes.items()} == {
        key: desk.place(key) for key in desk.session.graph.nodes
    }
    assert set(desk.scene.links) == desk.links
    assert all(link.isVisible() and not link.look.dimmed for link in desk.scene.links.values())


STARTS = {
    "link": lambda d: (d.out("noise"), d.into("warp"), LEFT, NONE),
    "pull off": lambda d: (d.into("blur"), QPointF(500, 60), LEFT, NONE),
    "move all": lambda d: (d.out("pattern"), d.out("noise"), LEFT, CTRL),
    "branch": lambda d: (d.into("blur"), d.into("warp"), LEFT, SHIFT),
    "move": lambda d: (d.title("noise"), QPointF(0, 0), LEFT, NONE),
    "insert": lambda d: (d.title("sharpen"), d.on_link("pattern.out -> blur.frame"), LEFT, NONE),
    "copy": lambda d: (d.title("noise"), QPointF(0, 0), LEFT, ALT),
    "band": lambda d: (QPointF(-500, 0), QPointF(500, 390), LEFT, NONE),
    "cut": lambda d: (QPointF(-150, -260), QPointF(-140, 0), RIGHT, CTRL),
    "node to node": lambda d: (d.body("noise"), d.body("warp"), RIGHT, ALT),
}


@pytest.mark.parametrize("name", STARTS)
def test_esc_in_the_middle_leaves_the_very_same_document(desk: Desk, name: str):
    before, items = desk.session.document, set(desk.scene.items())
    start, end, button, held = STARTS[name](desk)
    desk.press(start, button, held)
    desk.move((start + end) / 2, end)
    assert desk.session.document is before
    desk.key(Qt.Key.Key_Escape)
    desk.release(end)
    assert desk.session.document is before
    assert set(desk.scene.items()) == items
    places = {key: (item.x(), item.y()) for key, item in desk.scene.nodes.items()}
    assert places == {key: desk.place(key) for key in places}
    overlays = (desk.scene.band, desk.scene.cut_line, desk.scene.pending)
    assert not any(item.isVisible() for item in overlays)
