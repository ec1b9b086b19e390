"""The main window: puts the parts in their places and is moved by one clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMainWindow, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from app.window import menus, wiring
from app.window.commands import Commands
from app.window.corner import Corner
from app.window.docks import Docks, Pane
from app.window.files import Files
from app.window.parts import Parts
from app.window.workspaces import Workspaces

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent

    from app.autosave import Leftover
    from app.output.orders import Orders
    from app.session import Session
    from app.settings import Preferences

TICK_MS = 33
SHARED_MS = 40  # the same where the picture is made on the cores that the window is painted on
LOADING_SHARE = 3  # of how many ticks one is done while a model loads
SIZE = (1600, 960)
SHARE = 0.85  # of a larger screen, whose panes are wider then


class MainWindow(QMainWindow):
    """One session in a window."""

    def __init__(
        self, session: Session, preferences: Preferences, leftover: Leftover | None = None
    ) -> None:
        super().__init__()
        self.session = session
        self.preferences = preferences
        self.commands = Commands(self, lambda text: session.said.tell(text, "warning"))
        self.files = Files(session, self, preferences)
        self.parts = Parts(session, preferences, self.commands, self, leftover)
        self.header = Corner(session, self.commands, self.parts.activity)
        self.center = QStackedWidget()
        self._late = 0  # ticks that were left out
        self._orders: Orders | None = None  # that the stage shows
        self._place()
        wiring.connect(self)
        self.workspaces.restore_place()
        self.workspaces.go("edit")
        self.commands.refresh()
        self._ticks = [session.tick, *self.parts.ticks(), self.header.tick]
        self.parts.keyboard.watch(self)
        shares_cores = session.air.program.device.type == "cpu"
        self._timer = QTimer(self, interval=SHARED_MS if shares_cores else TICK_MS)
        self._timer.timeout.connect(self.tick)
        self._timer.start()

    def tick(self) -> None:
        """Moves everything that moves, twenty-five or thirty times a second."""
        loading = self.session.air.program.is_loading  # which the interpreter is left to
        self._late = loading and (self._late + 1) % LOADING_SHARE
        if self._late:
            return
        for each in self._ticks:
            each()
        self._lamp()
        for end, ghost in self.parts.controllers.ghosts().items():
            self.parts.inspector.set_ghost(*end, ghost)

    def _lamp(self) -> None:
        """Lights on the stage what the output does, whoever asked it to."""
        orders = self.parts.stagehand.output.orders
        if orders is not self._orders:
            self._orders = orders
            told = {"black": orders.blackout, "frozen": orders.freeze, "safe": orders.safe}
            self.parts.perform.show_output(**told)

    def start(self, *, output: bool = False, devices: bool = True) -> bool:
        """Begins to play; whether an output was picked up that a crash had left."""
        self.session.start()
        self.parts.keeper.start()
        if devices:
            self.parts.controllers.start()
        return self.parts.stagehand.start(open_output=output)

    def show_welcome(self, on: bool) -> None:
        """Shows the welcome page in place of the canvas, or the canvas."""
        shown = self.parts.welcome if on else self.parts.canvas
        self.center.setCurrentWidget(shown)
        shown.setFocus()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not wiring.may_quit(self):
            event.ignore()
            return
        self._timer.stop()
        self.workspaces.keep()
        self.workspaces.keep_place()
        self.parts.close()
        self.parts.stagehand.close()
        event.accept()

    def _place(self) -> None:
        parts = self.parts
        room = self.screen().availableGeometry()
        self.resize(
            max(SIZE[0], round(room.width() * SHARE)), max(SIZE[1], round(room.height() * SHARE))
        )
        for page in (parts.canvas, parts.welcome):
            self.center.addWidget(page)
        self.docks = Docks(self, self._panes())
        pages = {"edit": self.center, "map": self.center}
        pages |= {"perform": parts.perform, "tune": parts.tune}
        self.workspaces = Workspaces(self, pages, self.docks, self.preferences)
        self.menus = menus.fill(self.menuBar(), self.commands)
        self.menuBar().setCornerWidget(self.header)
        self.statusBar().addWidget(parts.health, 1)
        self.statusBar().setSizeGripEnabled(False)

    def _panes(self) -> list[Pane]:
        parts = self.parts
        return [
            Pane("nodes", "Nodes", parts.library, "left"),
            Pane("history", "History", parts.history, "left", "nodes", open=False),
            Pane("media", "Media", parts.media, "left", "nodes", open=False),
            Pane("library", "Models", parts.models, "left", "nodes", open=False),
            Pane("devices", "Devices", parts.devices, "left", "nodes", open=False),
            Pane("monitors", "Monitors", self._monitors(), "right"),
            Pane("inspector", "Inspector", parts.inspector, "right"),
            Pane("help", "Help", parts.help, "right", "inspector", open=False),
            Pane("cues", "Cues", _scrolled(parts.cue_bar), "bottom"),
            Pane("dashboard", "Dashboard", _scrolled(parts.dashboard), "bottom", "cues"),
            Pane("controls", "Controls", parts.mappings, "bottom", "cues", open=False),
            Pane("addresses", "OSC", parts.addresses, "bottom", "cues", open=False),
            Pane("performance", "Performance", parts.performance, "bottom", "cues"),
            Pane("log", "Log", parts.log, "bottom", "cues"),
        ]

    def _monitors(self) -> QWidget:
        """Monitors, what the output does, and the recorder, one below another."""
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.parts.monitors, 1)
        column.addWidget(self.parts.output)
        column.addWidget(self.parts.record)
        pane = QWidget()
        pane.setLayout(column)
        return pane


def _scrolled(widget: QWidget) -> QScrollArea:
    """A row of controls that may be wider than the window."""
    area = QScrollArea()
    area.setWidget(widget)
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setMinimumHeight(widget.minimumSizeHint().height() + 4)
    return area
