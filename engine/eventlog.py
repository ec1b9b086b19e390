"""What a performer did, as lines of JSON with stream times, so that a show can be rendered again.

A line is {"pts": flicks, "what": ..., ...}: "set" with key, param, value and origin for a touched
parameter, "release" for one let go, "cue" with `fade` in seconds and its `curve` for a fade that
begins at pts, "graph" with the document's text as value for an edit, "reset" for a panic.
"""

from __future__ import annotations

import json
import logging
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, cast

from engine.errors import DocumentError
from engine.ramp import CURVES, LINEAR
from engine.spec import to_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


log = logging.getLogger(__name__)

KINDS = frozenset({"set", "release", "cue", "graph", "reset"})


@dataclass(frozen=True)
class Event:
    """One thing that was done; `what` is one of KINDS."""

    pts: int
    what: str
    key: str = ""
    param: str = ""
    value: Any = None
    origin: str = ""
    fade: float = 0.0
    curve: str = LINEAR

    def line(self) -> str:
        """The event as one line of JSON."""
        fields = {"pts": self.pts, "what": self.what, "key": self.key, "param": self.param}
        fields |= {"value": to_json(self.value), "origin": self.origin, "fade": self.fade or None}
        fields["curve"] = self.curve if self.curve != LINEAR else ""
        return json.dumps(
            {name: value for name, value in fields.items() if value not in ("", None)}
        )


class EventLog:
    """Appends events to a file, if there is one, and to nothing else; callable from any thread."""

    def __init__(self, path: Path | None = None) -> None:
        self._file: IO[str] | None = None
        self._writing = threading.Lock()
        if path is not None:
            try:
                self._file = path.open("w", encoding="utf-8")
            except OSError as error:
                raise DocumentError(
                    f"cannot write the event log {path}: {error.strerror}"
                ) from None

    @property
    def active(self) -> bool:
        """Whether anything is written."""
        return self._file is not None

    def append(self, event: Event) -> None:
        """Writes one event through to the disk, so that a killed show loses none; a disk that takes
        no more ends the log and not the show.
        """
        with self._writing:
            if self._file is None:
                return
            try:
                self._file.write(event.line() + "\n")
                self._file.flush()
            except OSError as error:
                log.warning("the event log ends here: %s", error.strerror)
                self._shut()

    def close(self) -> None:
        with self._writing:
            self._shut()

    def _shut(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):  # what could not be written cannot be flushed either
                file.close()


def read(path: Path) -> list[Event]:
    """The events of a file in order of time; a torn last line, as a crash leaves it, is passed
    over.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(f"cannot read the event log {path}: {error}") from None
    return sorted(_events(path, lines), key=lambda event: event.pts)


def _events(path: Path, lines: list[str]) -> Iterator[Event]:
    for number, line in enumerate(lines, 1):
        try:
            yield _event(json.loads(line))
        except (ValueError, TypeError, KeyError):
            if number < len(lines):
                raise DocumentError(f"{path}, line {number}: {line[:60]!r} is no event") from None


def _event(fields: Any) -> Event:
    fields = cast("dict[str, Any]", fields)
    if not isinstance(fields["pts"], int) or fields["what"] not in KINDS:
        raise ValueError(fields["what"])
    if fields.get("curve", LINEAR) not in CURVES:
        raise ValueError(fields["curve"])
    return Event(**fields)
