"""What keeps the picture up: the output's process, what feeds it, and who watches the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.output.feeder import Feeder
from app.output.link import Output, OutputError
from app.output.watchdog import Watchdog

if TYPE_CHECKING:
    from app.session import Session


class Stagehand:
    """Output, feeder and watchdog of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.output = Output()
        self.feeder = Feeder(session, self.output)
        self.watchdog = Watchdog(session)
        self._kept: tuple[bool, object] = (False, session.history)  # a history is one document's

    def start(self, *, open_output: bool) -> bool:
        """Begins to feed; picks up an output that a crash left. Whether it did that."""
        self.feeder.start()
        if not open_output:
            return False
        try:
            self.output.start()
        except OutputError as error:
            self._session.said.tell(str(error), "error")
        return self.output.adopted

    def tick(self) -> None:
        """What is on air is kept for a restart after a crash, also where nothing was edited."""
        self.watchdog.tick()
        shown = (self.output.is_on, self._session.history)
        if shown != self._kept:
            self._kept = shown
            if self.output.is_on:
                self._session.keep("On air")

    def close(self) -> None:
        """Ends the feeder and the output."""
        self.feeder.stop()
        self.output.stop()
