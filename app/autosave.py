"""Keeps what a crash would lose: the document a second after an edit, the picture now and then.

Every studio that runs has a journal of its own, named by its process. What a process that is no
more has left was left by a crash.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from engine.document import Document, dumps
from engine.errors import DocumentError
from engine.journal import Journal, Snapshot, recover
from nodes.sinks.stills import encoded
from nodes.sinks.thumbnail import within

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nodes.sinks.window import Shown

SETTLE = 1.0  # seconds from an edit to its copy on disk
PICTURE_EVERY = 20.0  # seconds
THUMBNAIL = (180, 320)  # height, width in pixels


@dataclass(frozen=True)
class Leftover:
    """What a crash left: the last document, and the last picture where there was one."""

    snapshot: Snapshot
    picture: Path | None
    journal: Path

    @property
    def process(self) -> int:
        """The number of the process that left it."""
        return _process(self.journal)

    def discard(self) -> None:
        """Nobody wants it."""
        Journal(self.journal).close()
        _picture_of(self.journal).unlink(missing_ok=True)


class Autosave:
    """The journal of one running studio. `keep` costs nothing; the disk is touched beside."""

    def __init__(
        self, folder: Path, *, clock: Callable[[], float] = time.monotonic, pid: int | None = None
    ) -> None:
        self._path = folder / f"studio-{pid or os.getpid()}.journal"
        self._journal = Journal(self._path)
        self._clock = clock
        self._waiting: tuple[Document, Path | None, str] | None = None
        self._since = 0.0
        self._pictured = clock()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="studio-autosave")
        self.trouble = ""  # why the last copy could not be written

    def keep(self, document: Document, path: Path | None, label: str) -> None:
        """The newest document; the one before it need not be written any more."""
        if self._waiting is None:
            self._since = self._clock()
        self._waiting = (document, path, label)

    def tick(self, picture: Callable[[], Shown | None]) -> None:
        """Writes what has waited long enough."""
        now = self._clock()
        if self._waiting is not None and now - self._since >= SETTLE:
            waiting, self._waiting = self._waiting, None
            self._worker.submit(self._write, *waiting)
        if now - self._pictured >= PICTURE_EVERY and self._path.exists():
            self._pictured = now
            shown = picture()
            if shown is not None:
                self._worker.submit(_write_picture, _picture_of(self._path), shown)

    def close(self) -> None:
        """The work ended in order: nothing is left behind."""
        self._worker.shutdown(wait=True, cancel_futures=True)
        self._journal.close()
        _picture_of(self._path).unlink(missing_ok=True)

    def _write(self, document: Document, path: Path | None, label: str) -> None:
        try:
            text = dumps(document, path.parent if path else None)
            self._journal.append(text, path=str(path or ""), label=label)
            self.trouble = ""
        except DocumentError as error:
            self.trouble = str(error)

    def __repr__(self) -> str:
        return f"<Autosave {self._path.name}{' waiting' if self._waiting else ''}>"


def leftovers(folder: Path) -> list[Leftover]:
    """What crashed studios left, the newest first."""
    found = [
        Leftover(snapshot, picture if picture.is_file() else None, path)
        for path in folder.glob("studio-*.journal")
        if not _runs(path)
        and (snapshot := recover(path)) is not None
        and (picture := _picture_of(path))
    ]
    return sorted(found, key=lambda left: -left.snapshot.time)


def _runs(journal: Path) -> bool:
    return psutil.pid_exists(_process(journal))


def _process(journal: Path) -> int:
    number = journal.stem.rpartition("-")[2]
    return int(number) if number.isdecimal() else 0


def _picture_of(journal: Path) -> Path:
    return journal.with_suffix(".jpg")


def _write_picture(path: Path, shown: Shown) -> None:
    height, width = THUMBNAIL
    small = within(shown.frame, height=height, width=width)
    path.write_bytes(encoded(small, ".jpg", deep=False, quality=85))
