"""Finds nodes by name, type and value, anywhere in the document, and looks at one after another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QToolButton

from app.canvas.panel import OverlayPanel
from app.theme import icon

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.canvas.view import CanvasView
    from engine.graph import Graph


OWN_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)


class Finder(OverlayPanel):
    """Opened by `open`; Return goes on, Shift+Return back, Escape closes it."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._keys: list[str] = []
        self._at = 0
        self.setObjectName("finder")
        self.field = QLineEdit(self)
        self.field.setPlaceholderText("Find nodes by name, type or value")
        self.field.setAccessibleName("Find in the graph")
        self.field.textChanged.connect(self._search)
        self._count = QLabel(self)
        self._lay_out()
        self.hide()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 4, 6, 4)
        row.setSpacing(4)
        self.field.setMinimumWidth(230)
        row.addWidget(self.field)
        self._count.setMinimumWidth(52)
        row.addWidget(self._count)
        for name, said, step in (("up", "Previous match", -1), ("down", "Next match", 1)):
            row.addWidget(self._button(name, said, step))
        close = self._button("close", "Close the search", 0)
        row.addWidget(close)
        self.adjustSize()

    def _button(self, name: str, said: str, step: int) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icon(name))
        button.setAutoRaise(True)
        button.setToolTip(said)
        button.setAccessibleName(said)
        button.clicked.connect((lambda: self.step(step)) if step else self.close_search)
        return button

    def open(self) -> None:
        """Shows the field and takes the focus."""
        self.show()
        self.raise_()
        self.field.setFocus()
        self.field.selectAll()
        self._search(self.field.text())

    def close_search(self) -> None:
        """Hides the field; what was found stays selected."""
        self._mark(())
        self.hide()
        self._view.setFocus()

    def step(self, by: int) -> None:
        """Goes to the next match, or to the one before."""
        if self._keys:
            self._at = (self._at + by) % len(self._keys)
            self._go()

    def event(self, event: QEvent) -> bool:
        overrides = event.type() is QEvent.Type.ShortcutOverride
        if overrides and isinstance(event, QKeyEvent) and event.key() in OWN_KEYS:
            event.accept()  # else the canvas's own shortcuts would have them
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_search()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            back = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self.step(-1 if back else 1)
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def _search(self, text: str) -> None:
        words = text.lower().split()
        self._keys = list(matches(self._view.session.graph, words)) if words else []
        self._at = 0
        if self._keys:
            self._go()
        else:
            self._mark(())
            self._count.setText("none" if words else "")

    def _go(self) -> None:
        key = self._keys[self._at]
        self._view.canvas.go(key.rpartition("/")[0])
        self._view.session.select([key])
        self._mark(self._keys)
        self._count.setText(f"{self._at + 1} of {len(self._keys)}")
        item = self._view.canvas.node(key)
        if item is not None:
            zoom = max(self._view.zoom, 0.7)
            self._view.camera.look_at(item.rect.center(), zoom)

    def _mark(self, keys: list[str] | tuple[str, ...]) -> None:
        for key, item in self._view.canvas.nodes.items():
            item.mark(found=key in keys)


def matches(graph: Graph, words: list[str], prefix: str = "") -> Iterator[str]:
    """The path keys of nodes that all words occur in: name, type, or a parameter's value."""
    for key, entry in graph.nodes.items():
        spec = graph.spec(key)
        said = f"{key} {entry.type} {spec.title if spec else ''}".lower()
        values = " ".join(f"{name}={value}" for name, value in entry.params.items()).lower()
        if all(word in said or word in values for word in words):
            yield prefix + key
        if entry.body is not None:
            yield from matches(entry.body, words, f"{prefix}{key}/")
