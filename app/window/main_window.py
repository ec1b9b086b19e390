"""The main window: joins panes, commands, files and the one clock that all of them are moved by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMainWindow

from app.canvas.scene import CanvasScene
from app.canvas.view import CanvasView
from app.meter import Meter
from app.palette.usage import Usage
from app.panels.health import HealthBar
from app.panels.history import HistoryPanel
from app.panels.library import Library
from app.panels.log import LogPanel
from app.panels.performance import PerformancePanel
from app.panels.tune import TuneTable
from app.settings import folder
from app.window import menus
from app.window.commands import Commands
from app.window.docks import Docks, Pane
from app.window.files import Files
from app.window.workspaces import Workspaces

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent

    from app.session import Session
    from app.settings import Preferences

TICK_MS = 33


class MainWindow(QMainWindow):
    """One session in a window."""

    def __init__(self, session: Session, preferences: Preferences) -> None:
        super().__init__()
        self.session = session
        self.preferences = preferences
        self.meter = Meter(session)
        self.usage = Usage(folder() / "usage.json")
        self.commands = Commands(self, lambda text: session.said.tell(text, "warning"))
        self.files = Files(session, self, preferences)
        self._build()
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self.tick)
        self._timer.start()

    def tick(self) -> None:
        """Moves everything that moves, some thirty times a second."""
        self.session.tick()
        self.meter.tick()
        for widget in self._ticked:
            widget.tick()

    def _build(self) -> None:
        self.resize(1600, 960)
        self.canvas = CanvasView(self.session, CanvasScene(self.session))
        self.library = Library(self.session, self.usage)
        self.performance = PerformancePanel(self.meter)
        self.log = LogPanel(self.session)
        self.history = HistoryPanel(self.session)
        self.health = HealthBar(self.session, self.meter)
        self.tune = TuneTable(self.session, self.meter)
        self.docks = Docks(self, self._panes())
        pages = {"edit": self.canvas, "tune": self.tune, "perform": self.canvas, "map": self.canvas}
        self.workspaces = Workspaces(self, pages, self.docks, self.preferences)
        self.statusBar().addWidget(self.health, 1)
        self._ticked = [self.canvas, self.performance, self.log, self.history, self.health]
        self._ticked.append(self.tune)
        self._wire()
        self.workspaces.go("edit")

    def _panes(self) -> list[Pane]:
        return [
            Pane("nodes", "Nodes", self.library, "left"),
            Pane("performance", "Performance", self.performance, "bottom"),
            Pane("log", "Log", self.log, "bottom", "performance"),
            Pane("history", "History", self.history, "left", "nodes", open=False),
        ]

    def _wire(self) -> None:
        for part in (self.docks, self.workspaces):
            self.commands.offer(part.commands(), part.states())
        self.commands.offer(self.files.commands())
        self.commands.offer(self.canvas.commands())
        self.commands.offer(
            {
                "edit.undo": self.session.undo,
                "edit.redo": self.session.redo,
                "edit.capture": self.session.capture,
                "engine.restart": self.session.restart,
                "app.quit": self.close,
            }
        )
        menus.fill(self.menuBar(), self.commands)
        self.commands.scope("global", self)
        self.commands.scope("canvas", self.canvas)
        self.commands.set_keys(lambda action: action.keys)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.files.may_leave():
            event.ignore()
            return
        self._timer.stop()
        self.workspaces.keep()
        self.usage.save()
        event.accept()
