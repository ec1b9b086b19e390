"""The file a sink writes: never over another by surprise, still playable when the disk is full."""

from __future__ import annotations

import errno
import itertools
import os
import shutil
from typing import TYPE_CHECKING, Literal

from engine.errors import MediaError

if TYPE_CHECKING:
    from pathlib import Path

ROOM = 1 << 20  # bytes that must be free before a file is begun
Exists = Literal["number", "overwrite"]


class OutputFile:
    """A file in the shape that PyAV writes to. After a write that failed nothing more reaches it.

    Raising inside FFmpeg's write would still let it patch the header of a file that is cut short;
    so the first error is kept in `error`, for the writer to raise, and the file stays as it is.
    """

    def __init__(self, path: Path, exists: Exists) -> None:
        self.error: OSError | None = None
        self.path, self._descriptor = create(path, exists)
        self.name = str(self.path)
        self._at = 0

    def write(self, data: bytes) -> int:
        size = len(data)
        try:
            while self.error is None and len(data):
                data = data[os.write(self._descriptor, data) :]
        except OSError as error:
            self.error = error
        self._at += size
        return size

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        self._at = base + offset
        if self.error is None:
            os.lseek(self._descriptor, self._at, os.SEEK_SET)
        return self._at

    def tell(self) -> int:
        return self._at

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return os.fstat(self._descriptor).st_size if self._descriptor >= 0 else 0

    def close(self) -> None:
        """Closes the file and takes away one in which nothing was written."""
        if self._descriptor < 0:
            return
        empty = self.size == 0
        os.close(self._descriptor)
        self._descriptor = -1
        if empty:
            self.path.unlink(missing_ok=True)


def check_folder(path: Path) -> None:
    """MediaError unless a file could be made at the path."""
    if not path.name:
        raise MediaError("no file is chosen to write to; set path, for example to take.mp4")
    if not path.parent.is_dir():
        raise MediaError(
            f"cannot write '{path}': there is no folder '{path.parent}'; make it first"
        )
    if path.is_dir():
        raise MediaError(f"cannot write '{path}': it is a folder; give a file name in it")
    if not os.access(path.parent, os.W_OK):
        raise MediaError(f"cannot write '{path}': the folder '{path.parent}' may not be written to")


def create(path: Path, exists: Exists) -> tuple[Path, int]:
    """Makes the file and opens it; with "number" the first free of clip.mp4, clip_2.mp4, …"""
    check_folder(path)
    if shutil.disk_usage(path.parent).free < ROOM:
        raise MediaError(f"cannot write '{path}': the disk is full; make room or choose another")
    fresh = os.O_CREAT | os.O_RDWR | getattr(os, "O_BINARY", 0)
    try:
        if exists == "overwrite":
            return path, os.open(path, fresh | os.O_TRUNC, 0o666)
        for number in itertools.count(1):
            free = path if number == 1 else path.with_stem(f"{path.stem}_{number}")
            try:
                return free, os.open(free, fresh | os.O_EXCL, 0o666)
            except FileExistsError:
                continue
    except OSError as error:
        raise MediaError(why(path, error)) from None
    raise AssertionError


def why(path: Path, error: OSError) -> str:
    """A failed write as a sentence."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"the disk is full: '{path}' ends here and stays playable; make room or choose another"
        )
    if error.errno == errno.EFBIG:
        return f"'{path}' has reached the largest file that this disk or account allows"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"cannot write '{path}': permission denied"
    return f"cannot write '{path}': {error.strerror or error}"
