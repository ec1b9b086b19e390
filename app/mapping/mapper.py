"""Learning on the window's thread: a target is chosen, a control is moved, the document is edited.

Controls are heard on threads of their own; what was learned crosses by a queued signal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.mapping.aim import mapped, on, unmapped

if TYPE_CHECKING:
    from app.control.hub import Bindings
    from app.control.learn import Learned
    from app.mapping.aim import Aim
    from app.session import Session

KINDS = {
    "midi": frozenset({"midi", "gamepad"}),
    "key": frozenset({"key"}),
    "osc": frozenset({"osc"}),
}
MOVES = {"midi": "move a knob or strike a pad", "key": "press a key", "osc": "send a message"}


class Mapper(QObject):
    """Puts controls on targets; every mapping is an edit that can be undone."""

    changed = Signal()  # what is being learned
    _heard = Signal(object)  # a control, from its own thread

    def __init__(self, session: Session, hub: Bindings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._hub = hub
        self._aims: tuple[Aim, ...] = ()
        self._title = ""
        self.kind = ""
        self._heard.connect(self._map)

    @property
    def aims(self) -> tuple[Aim, ...]:
        """What the next control will drive."""
        return self._aims

    def learn(self, aims: tuple[Aim, ...], title: str, kind: str) -> None:
        """The next control of a kind drives all of these."""
        self._aims, self._title, self.kind = aims, title, kind
        self._hub.learn(self._heard.emit, KINDS[kind])
        self.changed.emit()

    def stop(self) -> None:
        """Learns no more."""
        self._hub.stop_learning()
        self._aims = ()
        self.changed.emit()

    def clear(self, aims: tuple[Aim, ...], title: str, kind: str) -> None:
        """Takes the controls of a kind off all of these."""
        document = self._session.document
        if on(document, aims, KINDS[kind]):
            self._session.try_edit(f"Unmap {title}", lambda: unmapped(document, aims, KINDS[kind]))

    def _map(self, learned: Learned) -> None:
        if not self._aims:
            return
        aims, title, self._aims = self._aims, self._title, ()
        document = self._session.document
        if self._session.try_edit(f"Map {title}", lambda: mapped(document, aims, learned)):
            self._session.said.tell(f"{learned.source.title} plays {title}", "info")
        self._session.break_merge()
        self.changed.emit()
