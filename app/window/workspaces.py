"""Edit, Perform, Map and Tune: what fills the window, and which panes stand around it."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QSizePolicy, QStackedWidget

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtWidgets import QMainWindow, QWidget

    from app.settings import Preferences
    from app.window.docks import Docks

NAMES = ("edit", "perform", "map", "tune")
WITH_DOCKS = frozenset({"edit", "map"})
FREE, NO_ROOM = QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored
PLACE = "window"  # what the window's own place is kept under
LAYOUT = 1  # of the window's state; another number, and states that were kept count no more


class Workspaces:
    """Pages of one window. The layout of each is kept for the next start."""

    def __init__(
        self,
        window: QMainWindow,
        pages: Mapping[str, QWidget],
        docks: Docks,
        preferences: Preferences,
    ) -> None:
        self._window = window
        self._pages = dict(pages)
        self._docks = docks
        self._preferences = preferences
        self.name = ""
        self.stack = QStackedWidget()
        for page in dict.fromkeys(self._pages.values()):
            self.stack.addWidget(page)
        window.setCentralWidget(self.stack)

    def go(self, name: str) -> None:
        """Shows a workspace; what it looked like when it was left comes back."""
        if name == self.name:
            return
        self.keep()
        self.name = name
        if name not in WITH_DOCKS:  # first, or page and docks would ask for room at once
            self._docks.hide_all()
        for page in self._pages.values():  # a page that is not shown asks for no room
            policy = FREE if page is self._pages[name] else NO_ROOM
            page.setSizePolicy(policy, policy)
        self.stack.setCurrentWidget(self._pages[name])
        if name in WITH_DOCKS:
            self._restore(name)
        if name == "map":
            self._docks.reveal("controls")
        self._pages[name].setFocus()

    def toggle_perform(self) -> None:
        self.go("edit" if self.name == "perform" else "perform")

    def keep(self) -> None:
        """Remembers how the workspace looks that is shown."""
        if self.name in WITH_DOCKS:
            state = self._window.saveState(LAYOUT).data()
            layouts = {**self._preferences.value.layouts, self.name: _text(state)}
            self._preferences.set(layouts=layouts)

    def keep_place(self) -> None:
        """Remembers where the window is and how large."""
        place = _text(self._window.saveGeometry().data())
        self._preferences.set(layouts={**self._preferences.value.layouts, PLACE: place})

    def restore_place(self) -> None:
        """Puts the window where it was at its last end."""
        kept = _bytes(self._preferences.value.layouts.get(PLACE, ""))
        if kept:
            self._window.restoreGeometry(QByteArray(kept))

    def commands(self) -> dict[str, Callable[[], object]]:
        calls = {f"view.{name}": lambda name=name: self.go(name) for name in NAMES}
        return {**calls, "perform.toggle": self.toggle_perform}

    def states(self) -> dict[str, Callable[[], bool]]:
        return {f"view.{name}": lambda name=name: self.name == name for name in NAMES}

    def _restore(self, name: str) -> None:
        kept = _bytes(self._preferences.value.layouts.get(name, ""))
        if not kept or not self._window.restoreState(QByteArray(kept), LAYOUT):
            self._docks.show_usual()


def _text(state: bytes | bytearray | memoryview) -> str:
    return base64.b64encode(state).decode("ascii")


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""
