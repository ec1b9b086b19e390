"""The sha256 of checkpoints, remembered by size and time of change: gigabytes are read once."""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Progress = Callable[[float, str], None]

BLOCK = 1 << 20


def _silent(share: float, text: str) -> None:
    del share, text


class Hashes:
    """The sha256 of files, remembered by size and time of change, in a file if one is given."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._known: dict[str, list[Any]] = _read_known(path)

    def of(self, path: Path, progress: Progress = _silent) -> str:
        """The hash of a file; of a folder that of its files' names and hashes."""
        if path.is_file():
            return self._of_file(path, progress)
        files = sorted(file for file in path.rglob("*") if file.is_file())
        lines = [
            f"{file.relative_to(path).as_posix()} {self._of_file(file, progress)}" for file in files
        ]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def _of_file(self, path: Path, progress: Progress) -> str:
        facts = path.stat()
        mark = [facts.st_size, facts.st_mtime_ns]
        with self._lock:
            known = self._known.get(str(path))
        if known is not None and known[:2] == mark:
            return str(known[2])
        digest = _sha256(path, facts.st_size, progress)
        self._remember(str(path), [*mark, digest])
        return digest

    def _remember(self, name: str, fact: list[Any]) -> None:
        with self._lock:
            self._known[name] = fact
            if self._path is None:
                return
            temporary = self._path.with_name(self._path.name + ".tmp")
            with contextlib.suppress(OSError):  # only time is lost
                temporary.write_text(json.dumps(self._known, indent=1))
                temporary.replace(self._path)


def _read_known(path: Path | None) -> dict[str, list[Any]]:
    try:
        data: Any = json.loads(path.read_text()) if path else {}
    except (OSError, ValueError):
        return {}
    if not isinstance(data, dict):
        return {}
    facts = cast("dict[str, list[Any]]", data).items()
    return {name: fact for name, fact in facts if type(fact) is list and len(fact) == 3}


def _sha256(path: Path, size: int, progress: Progress) -> str:
    digest, done = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            done += len(block)
            progress(min(done / max(size, 1), 1.0), f"checking {path.name}")
    return digest.hexdigest()
