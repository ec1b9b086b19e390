"""Every widget and device of the studio, made once; the main window puts them in their places."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.canvas.scene import CanvasScene
from app.canvas.tools.hand import Hand
from app.canvas.view import CanvasView
from app.cues.cue import read_cues
from app.cues.player import CuePlayer
from app.inspector.inspector import Inspector
from app.keymap import Shortcuts
from app.mapping.activity import ActivityDots
from app.mapping.addresses import AddressPanel
from app.mapping.keyboard import Keyboard
from app.mapping.mapper import Mapper
from app.mapping.overlay import MapOverlay
from app.mapping.table import MappingPanel
from app.meter import Meter
from app.monitor.keeping import Keeper
from app.monitor.monitor import Monitor
from app.monitor.picks import PREVIEW, PROGRAM
from app.monitor.recording import RecordButton
from app.monitor.strip import OutputStrip
from app.monitor.wall import MonitorWall
from app.palette.usage import Usage
from app.panels.cheat_sheet import CheatSheet
from app.panels.command_palette import CommandPalette
from app.panels.devices import DevicesPanel
from app.panels.health import HealthBar
from app.panels.help import HelpPanel
from app.panels.history import HistoryPanel
from app.panels.library import Library
from app.panels.log import LogPanel
from app.panels.media import MediaPanel
from app.panels.models import ModelsPanel
from app.panels.performance import PerformancePanel
from app.panels.toasts import PastNotices, Toasts
from app.panels.tune import TuneTable
from app.perform.strip import CueBar, DashboardStrip
from app.perform.workspace import PerformWorkspace
from app.settings import folder
from app.tempo import Tempo
from app.welcome.page import WelcomePage
from app.window.controllers import Controllers
from app.window.stagehand import Stagehand
from app.window.tune_page import TunePage

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from app.autosave import Leftover
    from app.session import Session
    from app.settings import Preferences
    from app.window.commands import Commands


class Parts:
    """What the window is made of."""

    def __init__(
        self,
        session: Session,
        preferences: Preferences,
        commands: Commands,
        window: QWidget,
        leftover: Leftover | None = None,
    ) -> None:
        self._session, self._preferences = session, preferences
        self._odd = False
        self.shortcuts = Shortcuts()
        self.usage = Usage(folder() / "usage.json")
        self.meter = Meter(session)
        self.cues = CuePlayer(session, Tempo(session))
        self.stagehand = Stagehand(session)
        self.controllers = Controllers(session, preferences, commands.run, self._launch)
        self._make_editing(leftover)
        self._make_stage()
        self._make_watching()
        self._make_overlays(commands, window)

    def _make_editing(self, leftover: Leftover | None) -> None:
        session = self._session
        self.canvas = CanvasView(session, CanvasScene(session))
        self.hand = Hand(session, self.canvas, usage=self.usage, saved=folder() / "selections")
        self.library = Library(session, self.usage)
        self.inspector = Inspector(session)
        self.history = HistoryPanel(session)
        self.help = HelpPanel(session)
        self.media = MediaPanel()
        self.models = ModelsPanel(session.weights)
        self.welcome = WelcomePage(self._preferences, leftover)

    def _make_stage(self) -> None:
        session = self._session
        self.monitors = MonitorWall(session)
        self.output = OutputStrip(session, self.stagehand.output, self._preferences)
        monitors = (Monitor(session, PROGRAM), Monitor(session, PREVIEW))
        self.perform = PerformWorkspace(session, self.cues, *monitors, self.meter)
        self.stage_monitors = monitors
        self.record = RecordButton(session, self._preferences)
        self.keeper = Keeper(session, self._preferences)
        self.cue_bar = CueBar(session, self.cues)
        self.dashboard = DashboardStrip(session)

    def _make_watching(self) -> None:
        self.performance = PerformancePanel(self.meter)
        table = TuneTable(self._session, self.meter)
        self.tune = TunePage(PerformancePanel(self.meter), table)
        self.log = LogPanel(self._session)
        self.health = HealthBar(self._session, self.meter)
        self.activity = ActivityDots(self.controllers.rig)

    def _make_overlays(self, commands: Commands, window: QWidget) -> None:
        self.toasts = Toasts(window)
        self.notices = PastNotices(self.toasts)
        self.palette = CommandPalette(self.keys, commands.ids, window)
        self.cheat_sheet = CheatSheet(self.keys, window)
        self.mapper = Mapper(self._session, self.controllers.hub, window)
        rig = self.controllers.rig
        self.overlay = MapOverlay(window, self._session, self.mapper, rig.keys)
        self.mappings = MappingPanel(self._session, rig, partial(self.overlay.open, "midi"))
        self.addresses = AddressPanel(self._session, rig)
        self.controllers.follow(self.cues, commands.is_on)
        self.keyboard = Keyboard(rig, lambda: self.perform.isVisible(), window)
        self.devices = DevicesPanel(rig)

    def keys(self, action: str) -> tuple[str, ...]:
        """The keys of a command in the keymap that holds."""
        return tuple(self.shortcuts.value.keys(action))

    def look(self) -> None:
        """Moves the canvas: at every tick while a hand is at it, else at every second one.

        Thumbnails and dots change twelve times a second; painting them in one go leaves the
        interpreter to the engine.
        """
        self._odd = not self._odd
        if self._odd or self.canvas.edge_pan or self.hand.gesture is not None:
            self.canvas.tick()

    def ticks(self) -> list[Callable[[], object]]:
        """What the window's clock moves, in order."""
        widgets = (
            *(self.inspector, self.welcome, self.monitors, self.output),
            *(self.record, self.keeper),
            *(self.perform, *self.stage_monitors, self.cue_bar, self.dashboard),
            *(self.performance, self.tune, self.log, self.history, self.health),
            *(self.activity, self.toasts, self.overlay, self.mappings, self.addresses),
            *(self.devices, self.keyboard),
        )
        first = (self.meter, self.controllers, self.cues.tempo, self.cues, self.stagehand)
        return [*(part.tick for part in first), self.look, *(part.tick for part in widgets)]

    def close(self) -> None:
        """Ends devices and threads; widgets go with their window."""
        self.keeper.close()
        self.controllers.close()
        self.inspector.close_down()
        self.hand.close()
        self.usage.save()

    def _launch(self, name: str) -> None:
        for cue in read_cues(self._session.document):
            if cue.name == name:
                self.cues.launch(cue)
                return
