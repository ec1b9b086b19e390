"""Documents opened, saved and left: the only place where the studio asks before it goes on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox

from engine.errors import DocumentError, SlipstreamError

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from app.session import Session
    from app.settings import Preferences

DOCUMENTS = "Slipstream documents (*.json)"
KINDS = f"{DOCUMENTS};;Pictures and films with a graph inside (*.png *.mp4 *.mkv *.mov)"


class Files(QObject):
    """New, open, save, recent files and the question before work is lost."""

    used = Signal(object)  # a Path that was opened or saved

    def __init__(self, session: Session, window: QWidget, preferences: Preferences) -> None:
        super().__init__(window)
        self._session = session
        self._window = window
        self._preferences = preferences

    def commands(self) -> dict[str, Callable[[], object]]:
        return {
            "file.new": self.new,
            "file.open": self.choose,
            "file.save": self.save,
            "file.save_as": self.save_as,
        }

    def new(self) -> None:
        """An empty document, once what stands is safe."""
        if self.may_leave():
            self._session.new()

    def choose(self) -> None:
        """Lets a person choose a file."""
        if not self.may_leave():
            return
        start = str(self._session.path or Path.cwd())
        chosen, _ = QFileDialog.getOpenFileName(self._window, "Open", start, KINDS)
        if chosen:
            self.open(Path(chosen))

    def open(self, name: Path | str) -> bool:
        """Opens a file, a preset, or the graph in a picture; whether it could."""
        try:
            problems = self._opened(name)
        except SlipstreamError as error:
            self._session.said.tell(str(error), "error")
            return False
        for problem in problems[:3]:
            self._session.said.tell(problem.message, "warning")
        if len(problems) > 3:
            more = f"{len(problems) - 3} more problems; nodes that have one are marked"
            self._session.said.tell(more, "warning")
        if self._session.path is not None:
            self._remember(self._session.path)
        return True

    def _opened(self, name: Path | str) -> list:
        path = Path(name)
        if path.suffix.lower() in ("", ".json"):
            return self._session.open(name)
        from app.embedded_graph import graph_text

        text = graph_text(path)
        if text is None:
            raise DocumentError(f"{path.name} carries no graph; drop it on the canvas to play it")
        return self._session.open_text(text, path.name)

    def save(self) -> bool:
        """Writes the document, and asks where if it has no file yet."""
        return self._save(self._session.path) if self._session.path else self.save_as()

    def save_as(self) -> bool:
        """Asks where and writes the document."""
        start = str(self._session.path or Path.cwd() / "show.json")
        chosen, _ = QFileDialog.getSaveFileName(self._window, "Save as", start, DOCUMENTS)
        return self._save(Path(chosen).with_suffix(".json")) if chosen else False

    def _save(self, path: Path) -> bool:
        try:
            self._session.save(path)
        except DocumentError as error:
            self._session.said.tell(str(error), "error")
            return False
        self._session.said.tell(f"saved {path.name}", "info")
        self._remember(path)
        return True

    def _remember(self, path: Path) -> None:
        self._preferences.put(self._preferences.value.with_recent(path))
        self.used.emit(path)

    def may_leave(self) -> bool:
        """Whether the document that stands may go: saved, or a person says so."""
        if self._session.is_saved:
            return True
        buttons = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self._window,
            "Slipstream",
            f"Save the changes to {self._title()}?",
            buttons.Save | buttons.Discard | buttons.Cancel,
            buttons.Save,
        )
        return self.save() if answer == buttons.Save else answer == buttons.Discard

    def _title(self) -> str:
        path = self._session.path
        name = self._session.document.title.partition(":")[0]
        return path.name if path else name or "this document"
