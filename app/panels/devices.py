"""Cameras, controllers, sound inputs and displays that are there now."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QScreen, QShowEvent
from PySide6.QtWidgets import QPushButton, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from app.theme import icon
from nodes.sources.cameras import list_cameras

if TYPE_CHECKING:
    from app.control.rig import Rig
    from nodes.sources.cameras import CameraInfo

NONE = "none"
ID = Qt.ItemDataRole.UserRole


class DevicesPanel(QWidget):
    """`camera_chosen` tells the id of a camera that was double-clicked."""

    camera_chosen = Signal(str)

    def __init__(self, rig: Rig) -> None:
        super().__init__()
        self._rig = rig
        self._found: deque[list[CameraInfo]] = deque(maxlen=1)
        self.setAccessibleName("Devices")
        self.tree = QTreeWidget()
        self.tree.setHeaderHidden(True)
        self.tree.setAccessibleName("Devices")
        self.tree.itemActivated.connect(self._activate)
        again = QPushButton(icon("restart"), "Look again")
        again.clicked.connect(self.look)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.tree)
        column.addWidget(again)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.look()

    def look(self) -> None:
        """Asks for cameras on a thread: some drivers take their time."""
        self.fill([])
        finding = threading.Thread(target=lambda: self._found.append(list_cameras()), daemon=True)
        finding.start()

    def tick(self) -> None:
        """Lists what the thread found."""
        if self._found:
            self.fill(self._found.popleft())

    def fill(self, cameras: list[CameraInfo]) -> None:
        """Lists everything."""
        self.tree.clear()
        self._group("Cameras", [(camera.name, camera.id) for camera in cameras], "webcam")
        self._group("MIDI", [(name, "") for name in self._rig.devices()], "midi")
        osc = [(f"port {self._rig.osc.port}", "")] if self._rig.osc else []
        self._group("OSC", osc, "osc")
        screens = [(_named(screen), "") for screen in QGuiApplication.screens()]
        self._group("Displays", screens, "display")
        self.tree.expandAll()

    def _group(self, title: str, entries: list[tuple[str, str]], picture: str) -> None:
        group = QTreeWidgetItem([title])
        for name, id in entries or [(NONE, "")]:
            item = QTreeWidgetItem([name])
            item.setIcon(0, icon(picture, "text.disabled" if name == NONE else "text"))
            item.setToolTip(0, id and f"{id}\nDouble-click to add this camera")
            item.setData(0, ID, id)
            group.addChild(item)
        self.tree.addTopLevelItem(group)

    def _activate(self, item: QTreeWidgetItem) -> None:
        if item.data(0, ID):
            self.camera_chosen.emit(item.data(0, ID))


def _named(screen: QScreen) -> str:
    size = screen.size()
    return f"{screen.name()} {size.width()} × {size.height()}"
