"""Controllers of the studio: what they touch goes to the engine at once.

What they ask for waits for the window's clock.
"""

from __future__ import annotations

import threading
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

from app.actions import ACTIONS
from app.control.hub import Bindings
from app.control.rig import AUTO, Rig, Wishes

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.cues.player import CuePlayer
    from app.session import Session
    from app.settings import Preferences, Settings

PLACES = frozenset(  # settings that open other devices
    {"midi", "osc", "osc_port", "osc_reply", "sound_input"}
)


class Controllers:
    """Hub and rig of one session; `act` and `launch` are called on the window's thread."""

    def __init__(
        self,
        session: Session,
        preferences: Preferences,
        act: Callable[[str], object],
        launch: Callable[[str], object],
    ) -> None:
        self._session = session
        self._preferences = preferences
        self._asked: deque[Callable[[], object]] = deque(maxlen=200)
        self.hub = Bindings(
            session,
            session.document,
            act=lambda action: self._asked.append(partial(act, action)),
            launch=lambda cue: self._asked.append(partial(launch, cue)),
        )
        actions = [(action.id, action.title) for action in ACTIONS]
        self.rig = Rig(self.hub, said=session.note, actions=actions)
        self._opening: threading.Thread | None = None
        session.changed.listen(lambda change: self.hub.follow(change.after))
        session.opened.listen(self.hub.follow)
        preferences.changed.listen(self._follow_settings)

    def select(self, keys: tuple[str, ...]) -> None:
        """What `/selected/...` stands for."""
        self.rig.router.selected = keys

    def follow(self, cues: CuePlayer, is_on: Callable[[str], bool]) -> None:
        """Gives the tempo to OSC, and to pads the lights of cues and commands."""
        tempo = cues.tempo
        self.rig.router.set_bpm = lambda bpm: self._asked.append(partial(tempo.set_bpm, bpm))
        self.rig.cue_light = lambda name: _brightness(cues, name)
        self.rig.action_light = lambda action: 1.0 if is_on(action) else 0.0

    def start(self) -> None:
        """Opens the devices beside the start of everything else, which they would hold up."""
        self._open(self.rig.start)

    def tick(self) -> None:
        """Does what was asked for, and lets the hub look at the time."""
        for _ in range(len(self._asked)):
            self._asked.popleft()()
        self.hub.tick()

    def ghosts(self) -> dict[tuple[str, str], Any]:
        """Where controls stand that have not met their parameters yet."""
        ends = (driver.binding.end for driver in self.hub.drivers if driver.span is not None)
        return {end: self.hub.ghost(*end) for end in ends}

    def close(self) -> None:
        """Ends every device."""
        if self._opening is not None:
            self._opening.join()
        self.rig.close()
        self.hub.close()

    def _follow_settings(self, before: Settings, after: Settings) -> None:
        if any(getattr(before, name) != getattr(after, name) for name in PLACES):
            self._open(self.rig.restart)

    def _open(self, begin: Callable[[Wishes], None]) -> None:
        if self._opening is not None:
            self._opening.join()
        wishes = _wishes(self._preferences.value).for_document(self._session.document)
        self._opening = threading.Thread(target=begin, args=(wishes,), name="slipstream-rig")
        self._opening.start()


def _wishes(settings: Settings) -> Wishes:
    return Wishes(
        osc_port=settings.osc_port if settings.osc else None,
        osc_out=(settings.osc_reply,) if settings.osc_reply else (),
        midi=AUTO if settings.midi else None,
        sound=settings.sound_input or AUTO,
    )


def _brightness(cues: CuePlayer, name: str) -> float | None:
    """Of a cue's pad: full where it was launched last, half where it waits, faint else."""
    for cue in cues.sheet.cues:
        if cue.name == name:
            light = cues.light(cue)
            return 1.0 if light.is_current else 0.5 if light.waits or light.stands_by else 0.15
    return None
