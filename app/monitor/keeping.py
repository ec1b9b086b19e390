"""Screenshots and replays: what is kept of a show beside recordings, with the graph inside."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from app.embedded_graph import write_png
from app.monitor.recording import media_path
from app.monitor.replay import Replay
from engine.errors import MediaError
from nodes.sinks.window import packed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.session import Session, Severity
    from app.settings import Preferences, Settings


class Keeper:
    """Saves pictures and replays of one session; `tick` says what became of them."""

    def __init__(self, session: Session, preferences: Preferences) -> None:
        self._session, self._preferences = session, preferences
        self._unsaid: deque[tuple[str, Severity]] = deque()
        self.replay = Replay(session, float(preferences.value.replay_seconds))
        self._unlisten = preferences.changed.listen(self._follow)

    def start(self) -> None:
        """Begins to keep the last seconds."""
        self.replay.start()

    def close(self) -> None:
        """Forgets them."""
        self._unlisten()
        self.replay.stop()

    def screenshot(self) -> Path | None:
        """Saves the picture on air as a PNG with the graph inside; None where there is none."""
        shown = self._session.picture()
        if shown is None:
            self._session.said.tell("there is no picture yet; start the engine first", "info")
            return None
        try:
            path = media_path(self._preferences.value.record_folder, ".png")
            write_png(path, packed(shown.frame), self._session.text())
        except (MediaError, OSError) as error:
            self._session.said.tell(f"no screenshot: {error}", "error")
            return None
        self._session.said.tell(f"saved {path}", "info")
        return path

    def save_replay(self) -> bool:
        """Saves the last seconds as a film; whether there was anything."""
        try:
            path = media_path(self._preferences.value.record_folder, " replay.mp4")
        except OSError as error:
            self._session.said.tell(f"no replay: {error}", "error")
            return False
        if self.replay.save(path, self._tell):
            return True
        why = "it is switched off in the settings" if self.replay.length <= 0 else "too little ran"
        self._session.said.tell(f"there is no replay to save: {why}", "info")
        return False

    def tick(self) -> None:
        """Says what the saving thread had to say."""
        while self._unsaid:
            self._session.said.tell(*self._unsaid.popleft())

    def commands(self) -> dict[str, Callable[[], object]]:
        """What it does, by the ids of actions."""
        return {"record.screenshot": self.screenshot, "record.replay": self.save_replay}

    def _tell(self, path: Path | None, why: str) -> None:
        if path is None:
            self._unsaid.append((f"no replay: {why}", "error"))
        else:
            self._unsaid.append((f"saved the replay as {path}", "info"))

    def _follow(self, before: Settings, after: Settings) -> None:
        if before.replay_seconds == after.replay_seconds:
            return
        self.replay.length = float(after.replay_seconds)
        if self.replay.length > 0:
            self.replay.start()
        else:
            self.replay.stop()
