"""A running player as what controllers play, where there is no session: the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.control.addresses import CLOCK
from app.cues.cue import read_cues
from app.cues.live import playable
from app.tempo import USUAL
from engine.errors import GraphError, ParamError
from engine.parts import split_end
from engine.ramp import LINEAR

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.document import Document
    from engine.player import Player


class Solo:
    """One player and the document that it plays; every method from any thread."""

    def __init__(
        self, player: Player, document: Document, said: Callable[[str], object] = lambda _: None
    ) -> None:
        self._player = player
        self._said = said
        self.document = document

    def set(self, key: str, name: str, value: Any, origin: str = "hand") -> None:
        """Touches a parameter; what cannot be is said."""
        self._try(lambda: self._player.set(key, name, value, origin))

    def release(self, key: str, name: str, origin: str = "hand") -> None:
        """Lets a parameter go."""
        self._try(lambda: self._player.release(key, name, origin))

    def value(self, key: str, name: str) -> Any:
        """What a parameter is now; GraphError or ParamError where there is none."""
        ends = self.document.graph.resolve(f"{key}.{name}")
        inner = split_end(ends[0]) if ends else (key, name)
        values = self._player.cells(inner[0])
        if inner[1] not in values:
            raise ParamError(f"{key} has no parameter {name!r}")
        return values[inner[1]]

    def launch(self, name: str) -> None:
        """Fades to a cue of the document; what it sets and cannot be set is said."""
        cue = next((each for each in read_cues(self.document) if each.name == name), None)
        if cue is None:
            self._said(f"there is no cue {name!r}")
            return
        values, lost = playable(self.document.graph, cue.values)
        if lost:
            self._said(f"the cue {name!r} sets {', '.join(lost)}, which is not here")
        beats = (cue.beats or 0.0) * 60 / self._bpm()
        fade = beats if cue.fade is None else cue.fade
        self._try(lambda: self._player.cue(values, fade, curve=cue.curve or LINEAR))

    def _bpm(self) -> float:
        """The tempo of the first beat clock, or the usual one."""
        nodes = self.document.graph.flatten().nodes.items()
        clock = next((key for key, entry in nodes if entry.type == CLOCK), None)
        return float(self.value(clock, "bpm")) if clock else USUAL

    def act(self, action: str) -> None:
        """Does the few actions that need no window."""
        if action == "perform.reanchor":
            self._player.reset()

    def _try(self, touch: Callable[[], None]) -> None:
        try:
            touch()
        except (GraphError, ParamError) as error:
            self._said(str(error))
