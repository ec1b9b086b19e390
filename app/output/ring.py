"""Three frames in a memory-mapped file: how a picture goes from one process to another unharmed.

The writer fills the slot after the newest and only then publishes its number, so a reader copies a
slot that nobody touches for two frames; a sequence number about each slot, odd while it is written,
tells a copy that came too late, and that copy is thrown away. A slot too small for a frame gets a
larger place further on in the file, which only ever grows. Beside the frames lie two letters:
the writer's orders and the reader's report, JSON each, written and read in the same way.

It is a plain file and not `multiprocessing.shared_memory`, whose tracker unlinks what a crashed
process leaves: here the reader must go on. Whoever writes holds a lock on the file, which the
system releases when the process dies, however it dies.
"""

from __future__ import annotations

import json
import mmap
import os
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

MAGIC = int.from_bytes(b"SLIPOUT\n", "little")
VERSION = 1
SLOTS = 3
PAGE = 4096
LETTER = 1 << 14  # bytes of a letter, its head of two words included
ORDERS, REPORT, FRAMES = PAGE, PAGE + LETTER, PAGE + 2 * LETTER
LARGEST_SIDE = 4096  # pixels; three of the largest frames take 151 MB
TRIES = 8  # copies that may come too late before the reader goes on with what it has

# words of the header
MARK, FORM, NEWEST, WRITER, WRITER_BEAT, READER, READER_BEAT = range(7)
SLOT_WORDS = 32  # the header's word where the slots' heads begin, eight words each
SEQUENCE, SERIAL, TIME, WIDTH, HEIGHT, STRIDE, PLACE, ROOM = range(8)


class RingError(Exception):
    """A ring file that cannot be made or used; the message is one sentence for a person."""


class Picture(NamedTuple):
    """A frame out of the ring: (H, W, 3) RGB uint8 of its own, its time in flicks, its number."""

    pixels: np.ndarray
    pts: int
    serial: int


class Ring:
    """What both ends share: the mapped file and its words."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor
        self._map: mmap.mmap | None = None
        self._words = np.zeros(0, np.uint64)
        self._bytes = np.zeros(0, np.uint8)

    @property
    def newest(self) -> int:
        """How many frames were published; 0 before the first."""
        return int(self._words[NEWEST])

    @property
    def writer(self) -> int:
        """The process that writes."""
        return int(self._words[WRITER])

    @property
    def reader(self) -> int:
        """The process that reads, 0 before it has come."""
        return int(self._words[READER])

    @property
    def writer_silent(self) -> float:
        """Seconds since the writer gave a sign of life."""
        return _since(int(self._words[WRITER_BEAT]))

    @property
    def reader_silent(self) -> float:
        """Seconds since the reader gave a sign of life."""
        return _since(int(self._words[READER_BEAT]))

    def close(self) -> None:
        """Lets go of the file and leaves it where it is."""
        if self._descriptor < 0:
            return
        self._words, self._bytes, self._map = np.zeros(0, np.uint64), np.zeros(0, np.uint8), None
        os.close(self._descriptor)
        self._descriptor = -1

    def _remap(self) -> None:
        # former maps end with the last array on them, so no copy under way loses its ground
        size = os.fstat(self._descriptor).st_size
        self._map = mmap.mmap(self._descriptor, size)
        self._bytes = np.frombuffer(self._map, np.uint8)
        self._words = self._bytes[:PAGE].view(np.uint64)

    def _check(self) -> None:
        if os.fstat(self._descriptor).st_size < FRAMES:
            raise RingError(f"'{self.path}' is no output ring: it is too short")
        self._remap()
        if int(self._words[MARK]) != MAGIC:
            raise RingError(f"'{self.path}' is no output ring: it begins with other bytes")
        if int(self._words[FORM]) != VERSION:
            raise RingError(
                f"'{self.path}' is an output ring of form {int(self._words[FORM])}; "
                f"this program reads form {VERSION}: close the older studio first"
            )
        places = [[int(word) for word in self._head(slot)[PLACE:]] for slot in range(SLOTS)]
        if any(room and not FRAMES <= at <= len(self._bytes) - room for at, room in places):
            raise RingError(f"'{self.path}' is a broken output ring: its frames lie outside of it")

    def _head(self, slot: int) -> np.ndarray:
        first = SLOT_WORDS + 8 * slot
        return self._words[first : first + 8]

    def _write_letter(self, at: int, content: dict[str, Any]) -> None:
        text = json.dumps(content, ensure_ascii=False).encode()
        if len(text) > LETTER - 16:
            raise RingError(f"a letter of {len(text)} bytes does not fit into {LETTER - 16}")
        head = self._bytes[at : at + 16].view(np.uint64)
        head[0] = int(head[0]) | 1
        head[1] = len(text)
        self._bytes[at + 16 : at + 16 + len(text)] = np.frombuffer(text, np.uint8)
        head[0] = int(head[0]) + 1

    def _letter_number(self, at: int) -> int:
        return int(self._bytes[at : at + 8].view(np.uint64)[0])

    def _read_letter(self, at: int) -> dict[str, Any] | None:
        """The letter, None where there is none or it is just being written."""
        head = self._bytes[at : at + 16].view(np.uint64)
        number, size = int(head[0]), int(head[1])
        if number == 0 or number % 2 or size > LETTER - 16:
            return None
        text = self._bytes[at + 16 : at + 16 + size].tobytes()
        if int(head[0]) != number:
            return None
        try:
            content = json.loads(text)
        except ValueError:
            return None
        return content if isinstance(content, dict) else None

    def __repr__(self) -> str:
        size = len(self._bytes) >> 10
        return f"<{type(self).__name__} {self.path.name} {self.newest} frames {size} kB>"


class RingWriter(Ring):
    """The end that sends frames and orders. `create` makes a file, `adopt` goes on with one."""

    former = 0  # the process that wrote before, of a ring that was adopted

    @classmethod
    def create(cls, path: Path) -> RingWriter:
        """A ring that holds nothing yet; RingError where the file cannot be made."""
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _BINARY, 0o600)
        except OSError as error:
            raise RingError(f"cannot make the output ring '{path}': {error.strerror}") from None
        ring = cls(path, descriptor)
        try:
            lock(descriptor)
            ring._grow(FRAMES)
        except RingError:
            ring.close()
            path.unlink(missing_ok=True)
            raise
        words = ring._words
        words[FORM], words[WRITER] = VERSION, os.getpid()
        ring.beat()
        words[MARK] = MAGIC
        return ring

    @classmethod
    def adopt(cls, path: Path) -> RingWriter:
        """Goes on with the ring of a writer that is gone; RingError while it is not, and where the
        file is no ring.
        """
        ring = cls(path, _open(path))
        try:
            ring._check()
            lock(ring._descriptor)
        except RingError:
            ring.close()
            raise
        ring.former = int(ring._words[WRITER])
        ring._words[WRITER] = os.getpid()
        ring.beat()
        return ring

    def write(self, pixels: np.ndarray, pts: int = 0) -> int:
        """Publishes (H, W, 3) RGB uint8, copied; returns its number. RingError where it is no such
        array, too large, or the disk is full.
        """
        _expect(pixels)
        height, width = pixels.shape[:2]
        stride = -(-width * 3 // 4) * 4
        serial = self.newest + 1
        self._make_room(serial % SLOTS, stride * height)
        head = self._head(serial % SLOTS)
        head[SEQUENCE] = int(head[SEQUENCE]) | 1
        head[SERIAL], head[TIME] = serial, np.int64(pts).view(np.uint64)
        head[WIDTH], head[HEIGHT], head[STRIDE] = width, height, stride
        begin = int(head[PLACE])
        rows = self._bytes[begin : begin + stride * height].reshape(height, stride)
        np.copyto(rows[:, : width * 3].reshape(height, width, 3), pixels)
        head[SEQUENCE] = int(head[SEQUENCE]) + 1
        self._words[NEWEST] = serial
        return serial

    def beat(self) -> None:
        """Gives a sign of life."""
        self._words[WRITER_BEAT] = time.monotonic_ns()

    def order(self, content: dict[str, Any]) -> None:
        """Publishes the orders; RingError where they are longer than 16 kB."""
        self._write_letter(ORDERS, content)

    @property
    def orders(self) -> dict[str, Any] | None:
        """The orders that stand, which a former writer may have given."""
        return self._read_letter(ORDERS)

    @property
    def report(self) -> dict[str, Any] | None:
        """What the reader reported last, None while it writes."""
        return self._read_letter(REPORT)

    def _make_room(self, slot: int, size: int) -> None:
        """Gives a slot room for `size` bytes, at the file's end where it has less."""
        if size <= int(self._head(slot)[ROOM]):
            return
        room = -(-size // PAGE) * PAGE
        place = len(self._bytes)
        self._grow(place + room)
        head = self._head(slot)
        head[SEQUENCE] = int(head[SEQUENCE]) | 1
        head[PLACE], head[ROOM] = place, room

    def _grow(self, size: int) -> None:
        try:
            if hasattr(os, "posix_fallocate"):  # else a full disk would kill at the first write
                os.posix_fallocate(self._descriptor, 0, size)
            else:
                os.ftruncate(self._descriptor, size)
        except OSError as error:
            raise RingError(
                f"no room for the output's {size >> 20} MB in '{self.path.parent}': "
                f"{error.strerror}; free some or send smaller pictures"
            ) from None
        self._remap()


class RingReader(Ring):
    """The end that shows frames, follows orders and reports. RingError where the file is no ring"""

    def __init__(self, path: Path) -> None:
        super().__init__(path, _open(path))
        self._orders_read = 0
        self.late = 0  # copies thrown away because the writer was there again
        try:
            self._check()
        except RingError:
            self.close()
            raise
        self._words[READER] = os.getpid()
        self.beat()

    def read(self, after: int = 0) -> Picture | None:
        """The newest frame, None where it is `after` itself or cannot be had whole just now."""
        for _ in range(TRIES):
            serial = self.newest
            if serial in (0, after):
                return None
            found = self._copy(serial % SLOTS)
            if found is not None and found.serial != after:
                return found
            self.late += 1
        return None

    def beat(self) -> None:
        """Gives a sign of life."""
        self._words[READER_BEAT] = time.monotonic_ns()

    def new_orders(self) -> dict[str, Any] | None:
        """The orders, once each time that they were written."""
        number = self._letter_number(ORDERS)
        if number == self._orders_read:
            return None
        content = self._read_letter(ORDERS)
        if content is not None:
            self._orders_read = number
        return content

    def tell(self, content: dict[str, Any]) -> None:
        """Publishes the report."""
        self._write_letter(REPORT, content)

    def _copy(self, slot: int) -> Picture | None:
        head = self._head(slot)
        sequence = int(head[SEQUENCE])
        serial, pts, width, height, stride, begin, room = (int(word) for word in head[SERIAL:])
        if sequence % 2 or not (0 < width * 3 <= stride and 0 < stride * height <= room):
            return None
        if begin + room > len(self._bytes):
            self._remap()
            head = self._head(slot)
        if not FRAMES <= begin <= len(self._bytes) - room:
            return None
        rows = self._bytes[begin : begin + stride * height].reshape(height, stride)
        pixels = rows[:, : width * 3].reshape(height, width, 3).copy()
        if int(head[SEQUENCE]) != sequence:
            return None
        return Picture(pixels, int(np.uint64(pts).view(np.int64)), serial)


_BINARY = getattr(os, "O_BINARY", 0)


def lock(descriptor: int) -> None:
    """Takes the writer's lock on a file until its process ends; RingError where another has it.

    Where the system has no such locks (Windows) a writer counts as gone when it is silent.
    """
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise RingError("this output belongs to a studio that runs") from None


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | _BINARY)
    except OSError as error:
        raise RingError(f"cannot open the output ring '{path}': {error.strerror}") from None


def _since(beat: int) -> float:
    return (time.monotonic_ns() - beat) / 1e9


def _expect(pixels: np.ndarray) -> None:
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8 or not pixels.size:
        raise RingError(
            f"the output takes (H, W, 3) uint8, not {pixels.shape} {pixels.dtype}; convert it first"
        )
    if max(pixels.shape[:2]) > LARGEST_SIDE:
        raise RingError(
            f"a picture of {pixels.shape[1]} x {pixels.shape[0]} is too large for the output: "
            f"{LARGEST_SIDE} pixels a side at most; scale it first"
        )
