"""Autosave: whole documents appended to a file, line by line: a crash loses an edit at most.

A journal is two files in turn: one that is full becomes the older one and a fresh one begins. A
studio that ends in order removes both; what is found at the next start was left by a crash.
"""

from __future__ import annotations

import json
import os
import time
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from engine.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FULL = 8 << 20  # bytes after which the next snapshot begins a fresh file


@dataclass(frozen=True)
class Snapshot:
    """A document after an edit: its text, its file ("" where it had none), seconds since 1970."""

    text: str
    path: str
    label: str
    time: float


class Journal:
    """Writes snapshots to `path`; those before move to a file beside. One writer at a time."""

    def __init__(
        self, path: Path, *, full: int = FULL, clock: Callable[[], float] = time.time
    ) -> None:
        self._path = path
        self._full = full
        self._clock = clock

    def __repr__(self) -> str:
        size = self._path.stat().st_size if self._path.exists() else 0
        return f"<Journal {self._path.name} {size} of {self._full} bytes>"

    def append(self, text: str, *, path: str = "", label: str = "") -> None:
        """Keeps a document's text; it is on disk on return. DocumentError where it cannot be."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._turn()
            self._write(_line(Snapshot(text, path, label, self._clock())))
        except (OSError, ValueError) as error:
            raise DocumentError(f"autosave cannot write {self._path}: {error}") from error

    def close(self) -> None:
        """The work ended in order: nothing is left to recover."""
        for path in (self._path, _older(self._path)):
            path.unlink(missing_ok=True)

    def _turn(self) -> None:
        if self._path.exists() and self._path.stat().st_size >= self._full:
            self._path.replace(_older(self._path))

    def _write(self, line: bytes) -> None:
        with self._path.open("ab") as file:
            # a line that was cut off must not take this one along
            file.write(line if _ends_whole(self._path) else b"\n" + line)
            file.flush()
            os.fsync(file.fileno())


def recover(path: Path) -> Snapshot | None:
    """The last snapshot that a crash left, None where there is nothing to recover."""
    found = snapshots(path)
    return found[-1] if found else None


def snapshots(path: Path) -> list[Snapshot]:
    """Every snapshot that is whole, the oldest first; torn or mangled lines are passed over."""
    return [found for file in (_older(path), path) for found in _read(file)]


def _read(path: Path) -> Iterator[Snapshot]:
    try:
        content = path.read_bytes()
    except OSError:
        return
    for line in content.split(b"\n"):
        found = _parse(line)
        if found is not None:
            yield found


def _older(path: Path) -> Path:
    return path.with_name(path.name + ".1")


def _line(snapshot: Snapshot) -> bytes:
    data = json.dumps(vars(snapshot), allow_nan=False).encode()
    return b"%08x %s\n" % (zlib.crc32(data), data)


def _parse(line: bytes) -> Snapshot | None:
    check, _, data = line.partition(b" ")
    try:
        if int(check, 16) != zlib.crc32(data):
            return None
        return Snapshot(**cast("dict[str, Any]", json.loads(data)))
    except (ValueError, TypeError):
        return None


def _ends_whole(path: Path) -> bool:
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return True
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
