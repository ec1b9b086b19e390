"""The way from the root to the subgraph that is looked at; each step can be clicked."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton

from app.canvas.panel import OverlayPanel
from app.theme import tokens

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.canvas.scene import CanvasScene


class Crumbs(OverlayPanel):
    """Hidden at the root."""

    def __init__(self, scene: CanvasScene, parent: QWidget) -> None:
        super().__init__(parent)
        self._scene = scene
        self.setAccessibleName("Path of subgraphs")
        self.setObjectName("crumbs")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(4, 2, 8, 2)
        self._row.setSpacing(2)
        scene.entered.listen(self.show_path)
        self.show_path(scene.path)

    def show_path(self, path: str) -> None:
        """Makes a button for each step."""
        self._clear()
        steps = path.split("/") if path else []
        for number, name in enumerate(["root", *steps]):
            if number:
                self._row.addWidget(QLabel("/", self))
            is_last = number == len(steps)
            widget = self._here(name) if is_last else self._button(name, "/".join(steps[:number]))
            self._row.addWidget(widget)
        self.setVisible(bool(path))
        self.adjustSize()

    def _here(self, name: str) -> QLabel:
        label = QLabel(name, self)
        label.setContentsMargins(4, 4, 4, 4)
        label.setFont(tokens.current().font("title", 12))
        return label

    def _button(self, name: str, path: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(name)
        button.setAutoRaise(True)
        button.setToolTip(f"Back to {name}")
        button.clicked.connect(partial(self._scene.go, path))
        return button

    def _clear(self) -> None:
        while (item := self._row.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()
