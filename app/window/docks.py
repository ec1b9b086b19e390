"""Panes around the canvas: each can be moved, stacked, closed, torn off and brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QWidget

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QMainWindow

Area = Qt.DockWidgetArea
AREAS = {
    "left": Area.LeftDockWidgetArea,
    "right": Area.RightDockWidgetArea,
    "bottom": Area.BottomDockWidgetArea,
}
LEFT, BOTTOM = 208, 150  # px that the panes of a first start have
RIGHT, RIGHT_PANE = 0.28, 0.44  # of the window: its width, and the height of one of two panes


class Pane(NamedTuple):
    """What stands in a dock. `stack` names the pane that it shares a place with, as a tab."""

    name: str  # the part of its command after "panel."
    title: str
    widget: QWidget
    area: str
    stack: str = ""
    open: bool = True


class Docks:
    """The docks of a window by name."""

    def __init__(self, window: QMainWindow, panes: Sequence[Pane]) -> None:
        self._window = window
        self.docks: dict[str, QDockWidget] = {}
        self._put_away: set[str] = set()
        self._open = {pane.name for pane in panes if pane.open}
        window.setDockNestingEnabled(True)
        window.setCorner(Qt.Corner.BottomRightCorner, Area.RightDockWidgetArea)
        for pane in panes:
            self._add(pane)
        for pane in panes:
            if pane.stack:
                self.docks[pane.stack].raise_()

    def toggle(self, name: str) -> None:
        """Brings a pane to the front, or closes it where it is in front already."""
        dock = self.docks[name]
        in_front = dock.isVisible() and not dock.visibleRegion().isEmpty()
        dock.setVisible(not in_front)
        if not in_front:
            dock.raise_()
            dock.widget().setFocus()

    def reveal(self, name: str) -> None:
        """Brings a pane to the front."""
        self.docks[name].show()
        self.docks[name].raise_()

    @property
    def are_hidden(self) -> bool:
        """Whether the centre has the window to itself."""
        return not any(dock.isVisible() for dock in self.docks.values())

    def toggle_all(self) -> None:
        """Gives the centre the whole window, or brings back what stood around it."""
        if self.are_hidden:
            for name in self._put_away or self._open:
                self.docks[name].show()
        else:
            self._put_away = {name for name, dock in self.docks.items() if dock.isVisible()}
            self.hide_all()

    def hide_all(self) -> None:
        for dock in self.docks.values():
            dock.hide()

    def show_usual(self) -> None:
        """Shows the panes of a first start, and leaves most of the window to the centre."""
        for name, dock in self.docks.items():
            dock.setVisible(name in self._open)
        width, height = self._window.width(), self._window.height()
        self._give("left", LEFT, Qt.Orientation.Horizontal)
        self._give("right", round(width * RIGHT), Qt.Orientation.Horizontal)
        self._give("right", round(height * RIGHT_PANE), Qt.Orientation.Vertical)
        self._give("bottom", BOTTOM, Qt.Orientation.Vertical)

    def _give(self, area: str, size: int, way: Qt.Orientation) -> None:
        """A size in pixels for every pane at a side; what shares a place shares its size."""
        there = [
            dock
            for dock in self.docks.values()
            if dock.isVisibleTo(self._window)
            and self._window.dockWidgetArea(dock) == AREAS[area]
            and not dock.isFloating()
        ]
        self._window.resizeDocks(there, [size] * len(there), way)

    def commands(self) -> dict[str, Callable[[], object]]:
        return {f"panel.{name}": lambda name=name: self.toggle(name) for name in self.docks}

    def states(self) -> dict[str, Callable[[], bool]]:
        return {f"panel.{name}": dock.isVisible for name, dock in self.docks.items()}

    def _add(self, pane: Pane) -> None:
        dock = QDockWidget(pane.title, self._window)
        dock.setObjectName(pane.name)
        dock.setWidget(pane.widget)
        self._window.addDockWidget(AREAS[pane.area], dock)
        self.docks[pane.name] = dock
        if pane.stack:
            self._window.tabifyDockWidget(self.docks[pane.stack], dock)
        dock.setVisible(pane.open)
