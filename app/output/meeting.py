"""Where the studio and its output find each other: the ring files in the user's runtime folder."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import platformdirs

from app.output.ring import Ring, RingError, RingWriter

FRESH = 2.0  # seconds within which an output that lives has given a sign of it
STOPPED = 60.0  # and within which its number is still its own
IN_MEMORY = Path("/dev/shm")  # Linux keeps it in memory, as it does the user's runtime folder


def runtime_folder() -> Path:
    """A folder in memory that belongs to the user alone; made where it is not there."""
    folder = _runtime_path()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def new_ring(folder: Path) -> RingWriter:
    """A ring in a file of its own. RingError where it cannot be made."""
    for number in range(1, 1000):
        path = folder / f"output-{os.getpid()}-{number}.ring"
        if not path.exists():
            return RingWriter.create(path)
    raise RingError(f"'{folder}' is full of output rings; remove them")


def left_behind(folder: Path) -> RingWriter | None:
    """The ring of an output that lives and whose studio is gone; files without an output go."""
    for path in sorted(folder.glob("output-*.ring")):
        try:
            ring = RingWriter.adopt(path)
        except RingError:
            continue  # another studio's, or no ring
        if is_shown(ring):
            return ring
        ring.close()
        for stale in (path, path.with_suffix(".log")):
            stale.unlink(missing_ok=True)
    return None


def is_shown(ring: Ring) -> bool:
    """Whether the process that shows a ring lives; a stopped one counts as living."""
    silent = ring.reader_silent
    return silent < FRESH or (silent < STOPPED and ring.reader > 0 and is_alive(ring.reader))


def is_alive(pid: int) -> bool:
    """Whether there is such a process; on Windows, where asking ends it, only its signs count."""
    if sys.platform == "win32":
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False  # somebody else's, so the number was given away
    return True


def _runtime_path() -> Path:
    if sys.platform != "linux":
        return Path(platformdirs.user_runtime_dir("slipstream", appauthor=False))
    named = os.environ.get("XDG_RUNTIME_DIR")
    if named and os.access(named, os.W_OK):
        return Path(named) / "slipstream"
    if os.access(IN_MEMORY, os.W_OK):
        return IN_MEMORY / f"slipstream-{os.getuid()}"
    return Path(tempfile.gettempdir()) / f"slipstream-{os.getuid()}"
