"""One document on a player that stands still, played by a hub, for tests of controllers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.control.hub import Bindings
from app.control.solo import Solo
from app.control.source import Touch, parse
from engine.player import Player

if TYPE_CHECKING:
    from engine.document import Document


class Stage:
    """The hub writes at once, so that `value` is what the last touch asked for."""

    def __init__(self, document: Document) -> None:
        self.said: list[str] = []
        self.fired: list[str] = []
        self.player = Player(live=False)
        self.player.apply(document.graph)
        self.solo = Solo(self.player, document, self.said.append)
        self.hub = Bindings(
            self.solo, document, act=self.fired.append, launch=self.fired.append, rate=1e6
        )

    def value(self, name: str) -> Any:
        """What a parameter of the knobs is, once all is written."""
        assert self.hub.settle()
        return self.solo.value("knobs", name)

    def turn(self, source: str, *raws: int, top: int = 127) -> None:
        """A control sends values; each is written before the next."""
        for raw in raws:
            self.hub.touch(Touch(parse(source), raw / top, raw, top))
            assert self.hub.settle()

    def close(self) -> None:
        self.hub.close()
        self.player.stop()
