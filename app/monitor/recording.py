"""The record button: how long it has run, how much room the disk has, for how many minutes.

The minutes come from how fast the file has grown of late; before there is a file, from a guess for
the size of the picture.
"""

from __future__ import annotations

import shutil
import time
from collections import deque
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import platformdirs
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from app.terminal import size
from app.theme import icons, tokens
from engine.runner import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.session import Session
    from app.settings import Preferences

RECORDING = "recording"  # the node that writes the film
EVERY = 15  # ticks between looks at the disk
LOOK_BACK = 20  # looks over which the file's growth is measured
BITS_A_PIXEL = 0.25  # of a film at the usual quality, before there is one to measure
MONTH = 30 * 24 * 60  # minutes
LOW = 10.0  # minutes left from which on it is shown as a warning


class Room(NamedTuple):
    """What is left: bytes on the disk, and minutes at this rate."""

    free: int
    minutes: float


def media_folder(chosen: str) -> Path:
    """The folder of recordings: the chosen one, else the system's folder of videos."""
    folder = Path(chosen).expanduser() if chosen else Path(platformdirs.user_videos_dir())
    return folder if chosen else folder / "Slipstream"


def media_path(chosen: str, suffix: str, now: datetime | None = None) -> Path:
    """A new file's path in that folder, which is made; OSError where it cannot be."""
    folder = media_folder(chosen)
    folder.mkdir(parents=True, exist_ok=True)
    stamp = (now or datetime.now()).strftime("%Y-%m-%d %H.%M.%S")
    return folder / f"Slipstream {stamp}{suffix}"


def bytes_a_second(width: int, height: int, fps: float) -> float:
    """What a film of that size is likely to take."""
    return width * height * fps * BITS_A_PIXEL / 8


def spoken_time(seconds: float) -> str:
    """`00:12:44`"""
    whole = int(seconds)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def spoken_minutes(minutes: float) -> str:
    """`over a month`, `3 days`, `26 h`, `95 min`"""
    if minutes >= MONTH:
        return "over a month"
    if minutes >= 48 * 60:
        return f"{minutes / 1440:.0f} days"
    return f"{minutes / 60:.0f} h" if minutes >= 180 else f"{minutes:.0f} min"


class RecordButton(QWidget):
    """Begins and ends a recording of the program."""

    def __init__(
        self,
        session: Session,
        preferences: Preferences,
        parent: QWidget | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._session, self._preferences, self._clock = session, preferences, clock
        self._ticks = 0
        self._began = 0.0
        self._path: Path | None = None
        self._trouble = ""
        self._grown: deque[tuple[float, int]] = deque(maxlen=LOOK_BACK)
        self.button = QPushButton("Record", self)
        self.button.setCheckable(True)
        self.button.setProperty("role", "danger")
        self.button.setToolTip("Records what is on air (Ctrl+R)")
        self.button.setAccessibleName("Record")
        self.button.clicked.connect(lambda: self.toggle())
        self.label = QLabel(self)
        self.label.setFont(tokens.current().font("mono", 11))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 0, 8, 4)
        layout.setSpacing(8)
        layout.addWidget(self.button)
        layout.addWidget(self.label, 1)
        self.show_state()

    def toggle(self) -> None:
        """Begins, or ends and says where the film is."""
        path = self._session.recording
        if path is not None:
            self._session.record(None)
            self._session.said.tell(f"recorded {path}", "info")
        else:
            self._begin()
        self.show_state()

    def tick(self) -> None:
        """Shows the time and, now and then, the room."""
        self._ticks += 1
        if self._ticks % EVERY == 0 and self.isVisible():
            self.show_state()

    @property
    def elapsed(self) -> float:
        """Seconds since the recording began, 0 without one."""
        return self._clock() - self._began if self._session.recording else 0.0

    def room(self) -> Room:
        """What is left on the disk of the recording."""
        path = self._session.recording or media_folder(self._preferences.value.record_folder)
        free = shutil.disk_usage(_existing(path)).free
        return Room(free, free / max(1.0, self._rate()) / 60)

    def show_state(self) -> None:
        """Puts button and figures where the recording is."""
        path = self._session.recording
        if path != self._path:
            self._path, self._began = path, self._clock()
            self._grown.clear()
        self.button.setChecked(path is not None)
        self.button.setText("Stop" if path else "Record")
        self.button.setIcon(icons.icon(*(("stop", "air.text") if path else ("record", "air"))))
        self._measure()
        left = self.room()
        words = f"{size(left.free)} · {spoken_minutes(left.minutes)} left"
        self.label.setText(f"REC {spoken_time(self.elapsed)} · {words}" if path else words)
        role = "warn" if left.minutes < LOW else "" if path else "secondary"
        if self._tell_trouble():
            self.label.setText("NOT RECORDING")
            role = "error"
        if self.label.property("role") != role:
            self.label.setProperty("role", role)
            self.label.style().polish(self.label)

    def _tell_trouble(self) -> bool:
        """Whether nothing is written; why not is said once a recording."""
        stats = self._session.stats() if self._session.recording else None
        nodes = [node for node in stats.nodes if node.key == RECORDING] if stats else []
        why = nodes[0].message if nodes and nodes[0].status == Status.FAILED.value else ""
        if why and why != self._trouble:
            self._session.said.tell(f"nothing is recorded: {why}", "error")
        self._trouble = why or (self._trouble if self._session.recording else "")
        return bool(why)

    def commands(self) -> dict[str, Callable[[], object]]:
        """What the button does, by the ids of actions."""
        return {"record.toggle": self.toggle}

    def states(self) -> dict[str, Callable[[], bool]]:
        return {"record.toggle": lambda: self._session.recording is not None}

    def _begin(self) -> None:
        try:
            path = media_path(self._preferences.value.record_folder, ".mp4")
        except OSError as error:
            self._session.said.tell(f"cannot record: {error.strerror}: {error.filename}", "error")
            return
        self._session.record(path)

    def _measure(self) -> None:
        if self._path is None:
            return
        try:
            self._grown.append((self._clock(), self._path.stat().st_size))
        except OSError:
            return  # not begun yet

    def _rate(self) -> float:
        """Bytes a second: measured over the last looks, guessed before."""
        if len(self._grown) > 2:
            (begun, small), (ended, large) = self._grown[0], self._grown[-1]
            if large > small and ended > begun:
                return (large - small) / (ended - begun)
        stream = self._session.graph.stream
        return bytes_a_second(stream.width, stream.height, float(stream.fps))


def _existing(path: Path) -> Path:
    """The path, or the nearest folder above it that is there."""
    return next((one for one in (path, *path.parents) if one.exists()), Path.cwd())
