"""Fields for what is named by text: a file to browse for or drop, a name out of those known."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCompleter,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from app.inspector import look
from app.theme import icon
from engine.param import to_json
from nodes.models import zoo

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtGui import QDragEnterEvent, QDropEvent, QFocusEvent

    from engine.spec import Param

LONGEST = 4096  # characters of a path


class Line(QLineEdit):
    """A line of text that is told when it is finished and was changed; Esc takes it back."""

    changed = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._shown = ""
        self.setMaxLength(LONGEST)
        self.setFixedHeight(look.HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.returnPressed.connect(self.commit)

    def show_text(self, text: str) -> None:
        """Shows a text; what is being typed stays while it is the same underneath."""
        if text == self._shown and (self.hasFocus() or text == self.text()):
            return
        self._shown = text
        self.setText(text)
        self.setToolTip(text)

    def commit(self) -> None:
        if self.text() != self._shown:
            self._shown = self.text()
            self.changed.emit(self._shown)

    def event(self, event: QEvent) -> bool:
        overriding = event.type() == QEvent.Type.ShortcutOverride
        if overriding and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.setText(self._shown)
            self.selectAll()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.commit()


class Named(QWidget):
    """A line with a button beside it, and what all editors of such a pair share."""

    edited = Signal(object)
    settled = Signal()
    refused = Signal(str)
    wide = False
    marks_live = False

    def __init__(self, param: Param, picture: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.param = param
        self.line = Line(self)
        self.button = QToolButton(self)
        self.button.setIcon(icon(picture, "text.secondary"))
        self.button.setFixedSize(look.HEIGHT, look.HEIGHT)
        self.button.setAutoRaise(True)
        self.button.setToolTip(tip)
        self.button.setAccessibleName(tip)
        self.setFocusProxy(self.line)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self.line)
        row.addWidget(self.button)
        self.line.changed.connect(self.take)

    def take(self, text: str) -> None:
        """Tells a text as the value."""
        self.edited.emit(self.param.type(text))
        self.settled.emit()

    def show_value(self, value: Any) -> None:
        self.line.setPlaceholderText("mixed" if value is None else "")
        self.line.show_text("" if value is None else str(to_json(value)))

    def show_live(self, value: Any, driver: look.Driver | None) -> None:
        """A line has no place for a mark; the row says the live value beside it."""


class FileField(Named):
    """A file or folder: typed, chosen or dropped."""

    def __init__(self, param: Param, parent: QWidget | None = None) -> None:
        super().__init__(param, "open", "Choose a file or folder", parent)
        self.line.setAccessibleName(param.name)
        self.line.setAcceptDrops(False)
        self.setAcceptDrops(True)
        self.writes = False  # whether it names a file to be written
        self.button.clicked.connect(self.browse)

    def browse(self) -> None:
        """Opens a file chooser; a file that is read may also be a folder of pictures."""
        if self.writes:
            self._ask(QFileDialog.FileMode.AnyFile)
            return
        menu = QMenu(self)
        menu.addAction("File…", lambda: self._ask(QFileDialog.FileMode.ExistingFile))
        menu.addAction("Folder…", lambda: self._ask(QFileDialog.FileMode.Directory))
        menu.popup(self.button.mapToGlobal(self.button.rect().bottomLeft()))

    def _ask(self, mode: QFileDialog.FileMode) -> None:
        dialog = QFileDialog(self, self.param.doc, str(Path(self.line.text() or ".").parent))
        dialog.setFileMode(mode)
        if self.writes:
            dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.fileSelected.connect(self.take)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        local = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if local:
            event.acceptProposedAction()
            self.take(local[0])


class NameField(Named):
    """A name with known ones to choose from; any other may be typed."""

    def __init__(
        self, param: Param, known: Callable[[], Mapping[str, str]], parent: QWidget | None = None
    ) -> None:
        super().__init__(param, "down", "Choose a known one", parent)
        self.line.setAccessibleName(param.name)
        self._known = known
        self.line.setCompleter(QCompleter(list(known()), self))
        self.button.clicked.connect(self._list)

    def _list(self) -> None:
        menu = QMenu(self)
        for name, about in self._known().items():
            menu.addAction(f"{name}\t{about}" if about else name, lambda name=name: self.take(name))
        if menu.isEmpty():
            menu.addAction("None is found; type a name or number").setEnabled(False)
        menu.popup(self.button.mapToGlobal(self.button.rect().bottomLeft()))


def image_models() -> Mapping[str, str]:
    """The image models of the zoo by name, with what is to be said of each."""
    return _listed({name: each for name, each in zoo.KNOWN.items() if not _is_part(name)})


def video_models() -> Mapping[str, str]:
    """The video models of the zoo by name, with what is to be said of each."""
    parts = {zoo.WAN, zoo.TINY_WAN}
    return _listed({name: each for name, each in zoo.VIDEO.items() if name not in parts})


def _listed(wanted: Mapping[str, zoo.Known]) -> Mapping[str, str]:
    """Those on this machine come first."""
    there = set(zoo.on_disk())
    ordered = sorted(wanted, key=lambda name: name not in there)
    return {name: wanted[name].about + _absent(name in there) for name in ordered}


def cameras() -> Mapping[str, str]:
    """The cameras that are connected, by id; where only trying would tell, none."""
    from nodes.sources.cameras import list_cameras

    found = list_cameras() if sys.platform.startswith("linux") else []
    return {camera.id: camera.name for camera in found}


# Parameters whose names can be listed, by node type and parameter
LISTS: Mapping[str, Callable[[], Mapping[str, str]]] = {
    "generate.image_stream.model": image_models,
    "generate.video_stream.model": video_models,
    "generate.video_restyle.model": video_models,
    "sources.camera.device": cameras,
}


def _is_part(name: str) -> bool:
    parts = {each.tiny_vae for each in zoo.KNOWN.values()}
    return name in parts or any(name in each.loras for each in zoo.KNOWN.values()) or "lora" in name


def _absent(there: bool) -> str:
    return "" if there else " (not on this machine)"
