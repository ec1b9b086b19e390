"""Pictures, films, sounds and models in a folder, to be dragged onto the canvas."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, Qt, QUrl, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.folders import CLIPS
from app.routing import FILMS, STILLS
from app.theme import icon

if TYPE_CHECKING:
    from collections.abc import Sequence

SOUNDS = (".wav", ".flac", ".mp3", ".ogg", ".m4a")
KINDS = {  # suffix: the icon of its kind
    **dict.fromkeys((*FILMS, ".avi", ".m4v"), "video"),
    **dict.fromkeys(STILLS, "image"),
    **dict.fromkeys(SOUNDS, "audio"),
    ".safetensors": "model",
    ".json": "preset",
    ".txt": "prompt",
}
MOST = 2000  # files that are listed
PATH = Qt.ItemDataRole.UserRole


class MediaPanel(QWidget):
    """One folder's files. `chosen` tells the path of one that was double-clicked."""

    chosen = Signal(object)  # Path

    def __init__(self, folder: Path = CLIPS, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.folder = folder
        self.files = _Files()
        self._name = QLabel()
        self._name.setProperty("role", "secondary")
        self.setAccessibleName("Media")
        choose = QToolButton()
        choose.setIcon(icon("open"))
        choose.setToolTip("Choose another folder")
        choose.setAccessibleName("Choose another folder")
        choose.clicked.connect(self._choose)
        row = QHBoxLayout()
        row.addWidget(self._name, 1)
        row.addWidget(choose)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addLayout(row)
        column.addWidget(self.files)
        self.files.itemActivated.connect(lambda item: self.chosen.emit(Path(item.data(PATH))))
        self.show_folder(folder)

    def show_folder(self, folder: Path) -> None:
        """Lists what can be used of a folder."""
        self.folder = folder
        self._name.setText(folder.name or str(folder))
        self._name.setToolTip(str(folder))
        self.files.clear()
        for path in _usable(folder):
            item = QListWidgetItem(icon(KINDS[path.suffix.lower()], "text.secondary"), path.name)
            item.setData(PATH, str(path))
            item.setToolTip(f"{path}\nDrag it onto the canvas, or double-click")
            self.files.addItem(item)

    def _choose(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Folder of media", str(self.folder))
        if chosen:
            self.show_folder(Path(chosen))


class _Files(QListWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Files")
        self.setDragEnabled(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)

    def mimeData(self, items: Sequence[QListWidgetItem]) -> QMimeData:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(item.data(PATH)) for item in items])
        return data


def _usable(folder: Path) -> list[Path]:
    try:
        found = [path for path in folder.iterdir() if path.suffix.lower() in KINDS]
    except OSError:
        return []
    return sorted(found, key=lambda path: path.name.casefold())[:MOST]
