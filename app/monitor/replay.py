"""The last seconds of the program, kept small in memory, so that they can be saved afterwards.

A thread of its own takes each new picture on air as a JPEG; `save` makes a film of them on another
thread. Nothing is written before, and memory has a limit however large the pictures are.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from PySide6.QtGui import QImage

from engine.errors import MediaError, SlipstreamError
from engine.packet import FLICKS_PER_SECOND, seconds
from engine.values import Frame
from nodes.sinks.movie import Movie, Settings
from nodes.sinks.stills import encoded

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.session import Session

QUALITY = 90  # of the JPEGs
LIMIT = 256 << 20  # bytes
FILM = Settings("h264", 80.0, "live", False, "number")
log = logging.getLogger(__name__)


class Kept(NamedTuple):
    """A picture as it was on air at a time in flicks."""

    pts: int
    jpeg: bytes


class Replay:
    """Keeps the program of the last `length` seconds of one session."""

    def __init__(self, session: Session, length: float = 30.0, *, limit: int = LIMIT) -> None:
        self._session = session
        self._limit = limit
        self.length = length
        self._kept: deque[Kept] = deque()
        self._size = 0
        self._last: Frame | None = None
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def seconds(self) -> float:
        """How much is kept."""
        with self._lock:
            return seconds(self._kept[-1].pts - self._kept[0].pts) if self._kept else 0.0

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return self._size

    def start(self) -> None:
        """Begins to keep; a length of 0 keeps nothing."""
        if self._thread is None and self.length > 0:
            self._over.clear()
            self._thread = threading.Thread(target=self._run, name="slipstream-replay", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Ends and forgets."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._over.set()
            thread.join()
        with self._lock:
            self._kept.clear()
            self._size = 0

    def take(self) -> bool:
        """Keeps the picture on air where it is another than the last; whether it did."""
        shown = self._session.picture()
        if shown is None or shown.frame is self._last:
            return False
        self._last = shown.frame
        self._keep(Kept(shown.pts, encoded(shown.frame, ".jpg", deep=False, quality=QUALITY)))
        return True

    def save(self, path: Path, done: Callable[[Path | None, str], None]) -> bool:
        """Makes a film of what is kept, on a thread; `done` is called there with the file, or with
        None and why not. False where nothing is kept.
        """
        with self._lock:
            kept = tuple(self._kept)
        if len(kept) < 2:
            return False
        fps = Fraction(self._session.graph.stream.fps)
        comment = self._session.text()

        def write() -> None:
            try:
                done(write_film(kept, path, fps, comment), "")
            except (SlipstreamError, OSError) as error:
                done(None, str(error))

        threading.Thread(target=write, name="slipstream-replay-save", daemon=True).start()
        return True

    def _run(self) -> None:
        while not self._over.wait(seconds(self._session.graph.stream.dt) / 2):
            try:
                with torch.inference_mode():
                    self.take()
            except (SlipstreamError, RuntimeError, ValueError) as error:
                log.warning("a picture is not kept for the replay: %s", error)

    def _keep(self, one: Kept) -> None:
        with self._lock:
            if self._kept and one.pts < self._kept[-1].pts:  # the engine began anew
                self._kept.clear()
                self._size = 0
            self._kept.append(one)
            self._size += len(one.jpeg)
            oldest = one.pts - round(self.length * FLICKS_PER_SECOND)
            while self._kept[0].pts < oldest or (self._size > self._limit and len(self._kept) > 1):
                self._size -= len(self._kept.popleft().jpeg)

    def __repr__(self) -> str:
        return f"<Replay {self.seconds:.1f} of {self.length:.0f} s, {self._size >> 20} MB>"


def write_film(kept: tuple[Kept, ...], path: Path, fps: Fraction, comment: str = "") -> Path:
    """A film of pictures at their times; MediaError where it cannot be written."""
    movie = Movie(path, FILM, _frame(kept[0]), fps=fps, comment=comment)
    try:
        for one in kept:
            movie.add_frame(_frame(one), one.pts - kept[0].pts)
    except MediaError:
        movie.abandon()
        raise
    movie.close()
    return movie.path


def _frame(one: Kept) -> Frame:
    image = QImage.fromData(one.jpeg).convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    pixels = rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3)
    planes = np.ascontiguousarray(pixels.transpose(2, 0, 1), np.float32) / np.float32(255)
    return Frame(torch.from_numpy(planes)[None])
