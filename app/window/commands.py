"""Commands become Qt actions: one for each entry of the table, heard where its scope is.

Widgets offer what they do as `commands()`, id to call, and what is on as `states()`, id to
question.
A command that nobody offers is greyed, never absent, so that menus stay where hands expect them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence

from app.actions import ACTIONS
from engine.errors import SlipstreamError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from PySide6.QtWidgets import QWidget

    from app.actions import Action

REPEATED = (  # beginnings of what a held key does again; GO and Blackout are none of them
    *("canvas.walk", "canvas.nudge", "canvas.zoom", "canvas.back", "canvas.forward"),
    *("edit.undo", "edit.redo", "mix.toward", "tempo.slower", "tempo.faster"),
)
EVERYWHERE = Qt.ShortcutContext.ApplicationShortcut
WITHIN = Qt.ShortcutContext.WidgetWithChildrenShortcut


class Commands(QObject):
    """Every QAction by id. `offer` says who does it, `scope` where its keys are heard."""

    def __init__(self, parent: QObject, say: Callable[[str], None]) -> None:
        super().__init__(parent)
        self._say = say
        self._calls: dict[str, Callable[[], object]] = {}
        self._states: dict[str, Callable[[], bool]] = {}
        self.actions = {action.id: self._made(action) for action in ACTIONS}

    def offer(
        self,
        calls: Mapping[str, Callable[[], object]],
        states: Mapping[str, Callable[[], bool]] | None = None,
    ) -> None:
        """Takes over what a widget can do; KeyError for an id that is in no table."""
        for id, call in calls.items():
            self.actions[id].setEnabled(True)
            self._calls[id] = call
        self._states.update(states or {})

    def scope(self, scope: str, *widgets: QWidget) -> None:
        """Makes the keys of a scope heard while one of these widgets, or one inside, has focus."""
        for action in ACTIONS:
            if action.scope == scope:
                for widget in widgets:
                    widget.addAction(self.actions[action.id])

    def set_keys(self, keys_of: Callable[[Action], Iterable[str]]) -> None:
        """Gives every command the keys of a keymap."""
        for action in ACTIONS:
            keys = [QKeySequence(text) for text in keys_of(action)]
            self.actions[action.id].setShortcuts(keys)

    def run(self, id: str) -> None:
        """Does it; what goes wrong is said, never raised."""
        call = self._calls.get(id)
        if call is None:
            return
        try:
            call()
        except SlipstreamError as error:
            self._say(str(error))
        self.refresh()

    def is_on(self, id: str) -> bool:
        """Whether a command that is on or off is on."""
        state = self._states.get(id)
        return state is not None and bool(state())

    def refresh(self) -> None:
        """Ticks what is on."""
        for id, is_on in self._states.items():
            self.actions[id].setChecked(bool(is_on()))

    def ids(self) -> frozenset[str]:
        """What can be done now."""
        return frozenset(id for id in self._calls if self.actions[id].isEnabled())

    def _made(self, action: Action) -> QAction:
        made = QAction(action.title, self)
        made.setObjectName(action.id)
        made.setStatusTip(action.doc)
        made.setToolTip(action.doc)
        made.setCheckable(action.checkable)
        made.setEnabled(False)
        made.setAutoRepeat(action.id.startswith(REPEATED))
        made.setShortcutContext(EVERYWHERE if action.scope == "global" else WITHIN)
        made.triggered.connect(lambda _=False, id=action.id: self.run(id))
        return made
