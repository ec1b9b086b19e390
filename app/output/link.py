"""The studio's end of the output: starts its process or takes over the one a crash left, sends.

The process, its window and its state outlive the studio; what the studio holds is only a wish
(`orders`) and what the process told last (`status`).
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from app.folders import ROOT
from app.output.displays import Display
from app.output.meeting import is_alive, is_shown, left_behind, new_ring, runtime_folder
from app.output.orders import Ledger, Orders
from app.output.ring import RingError
from engine.errors import SlipstreamError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

    from app.output.ring import RingWriter

SILENT = 3.0  # seconds without a sign of life after which a process that is gone is replaced
YOUNG = 5.0  # seconds; who dies younger is started again without the graphics card
AT_MOST = 5  # starts within a minute
MINUTE = 60.0
PATIENCE = 3.0  # seconds that an output gets to end
SHARED = ("blackout", "freeze", "safe", "fullscreen")  # what keys in its window change too
log = logging.getLogger(__name__)


class OutputError(SlipstreamError):
    """The output cannot be started or fed; the message says why."""


class Status(NamedTuple):
    """What the output told last."""

    alive: bool = False
    pid: int = 0
    fps: float = 0.0  # different pictures painted within the last second
    serial: int = 0  # of the newest picture it has
    late: int = 0  # pictures it could not copy in time
    displays: tuple[Display, ...] = ()
    display: str = ""  # the name of the one it is on
    size: tuple[int, int] = (0, 0)  # of its window, in pixels
    held: bool = False  # no new picture for over a second
    painter: str = ""  # the graphics card, or "the processor"
    awake: str = ""  # how the screen saver is kept off, "" where no way is known
    said: str = ""  # what a person should know


class Output:
    """One output. Every method may be called from any thread."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._lock = threading.RLock()
        self._ring: RingWriter | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._ledger = Ledger()
        self._report: dict[str, Any] = {}
        self._starts: list[float] = []
        self._raster = False
        self._failure = ""  # why the output was given up
        self.adopted = False  # whether the process is one that was found

    @property
    def is_on(self) -> bool:
        """Whether there is an output, or one is being started again."""
        return self._ring is not None

    @property
    def orders(self) -> Orders:
        """What the output is told to be, keys pressed in its window included."""
        with self._lock:
            self._read()
            return self._ledger.orders

    @property
    def status(self) -> Status:
        """What the output told last."""
        with self._lock:
            self._read()
            alive = self._ring is not None and is_shown(self._ring) and bool(self._report)
            if self._ring is None:
                return Status(said=self._failure)
            return _status(self._report, alive)

    def start(self) -> None:
        """Takes over an output whose studio is gone, or starts one; OutputError where neither can
        be. What was ordered before holds for the new process.
        """
        with self._lock:
            if self._ring is not None:
                return
            try:
                folder = self._folder or runtime_folder()
                found = left_behind(folder)
                self._ring = found or new_ring(folder)
            except (RingError, OSError) as error:
                raise OutputError(f"the output cannot start: {error}") from None
            self.adopted, self._failure = found is not None, ""
            if found is not None:
                self._take_over(found)
            else:
                self._spawn()

    def stop(self, *, wait: bool = True) -> None:
        """Ends the output; its picture is gone then. With `wait` it returns when it has ended."""
        with self._lock:
            ring = self._ring
            if ring is None:
                return
            self._ledger.give(quit=True)
            ring.order(self._ledger.letter())
            self._ledger.give(quit=False)
            ending = self._put_down()
        if wait:
            ending.join()

    def leave(self) -> None:
        """Lets the output go on by itself, holding its picture until another studio comes."""
        with self._lock:
            ring, self._ring, self._report = self._ring, None, {}
            if self._process is not None:
                self._process.returncode = 0  # else Python warns of a child that is left running
                self._process = None
            if ring is not None:
                ring.close()

    def send(self, pixels: np.ndarray, pts: int = 0) -> int:
        """Shows (H, W, 3) RGB uint8, copied; returns its number, 0 while the output is off.
        OutputError where it is no such array or there is no room.
        """
        with self._lock:
            if self._ring is None:
                return 0
            try:
                return self._ring.write(pixels, pts)
            except RingError as error:
                raise OutputError(str(error)) from None

    def order(self, **changes: Any) -> None:
        """Changes what the output is to be, by the names of `Orders`; at once where it is on."""
        with self._lock:
            self._read()
            self._ledger.give(**changes)
            self._publish()

    def watch(self) -> None:
        """Gives a sign of life, sees who is gone: to be called a few times a second.

        An output that died is started again and shows the last picture; one that a person closed
        in its window is off.
        """
        with self._lock:
            if self._ring is None:
                return
            self._ring.beat()
            self._read()
            if self._report.get("closed"):
                log.info("the output was closed in its window")
                self._put_down()
            elif self._is_gone():
                self._revive()

    def _spawn(self) -> None:
        assert self._ring is not None
        self._publish()
        self._starts.append(time.monotonic())
        words = [sys.executable, "-m", "app.output.child", str(self._ring.path)]
        log_path = self._ring.path.with_suffix(".log")
        with log_path.open("ab") as told:
            self._process = subprocess.Popen(
                [*words, "--raster"] if self._raster else words,
                cwd=ROOT,
                env={k: v for k, v in os.environ.items() if k != "QT_SCALE_FACTOR"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=told,
                start_new_session=True,
            )

    def _take_over(self, ring: RingWriter) -> None:
        """Goes on with the state that the output is in, whoever gave it."""
        self._ledger = Ledger(ring.orders)
        self._report = ring.report or {}
        self._mirror()

    def _publish(self) -> None:
        if self._ring is not None:
            try:
                self._ring.order(self._ledger.letter())
            except RingError as error:
                raise OutputError(str(error)) from None

    def _read(self) -> None:
        if self._ring is None:
            return
        report = self._ring.report
        if report is not None and report != self._report:
            self._report = report
            self._mirror()

    def _mirror(self) -> None:
        """Takes over what was changed by keys in the window since the last order."""
        taken = self._report.get("taken") or {}
        ours = self._ledger.counts
        told = {n: self._report.get(n) for n in SHARED if taken.get(n, 0) == ours.get(n, 0)}
        self._ledger.mirror(**told)

    def _is_gone(self) -> bool:
        assert self._ring is not None
        if self._process is not None:
            return self._process.poll() is not None
        return self._ring.reader_silent > SILENT and not is_alive(self._ring.reader)

    def _revive(self) -> None:
        now = time.monotonic()
        self._raster |= bool(self._starts) and now - self._starts[-1] < YOUNG
        self._starts = [begun for begun in self._starts if now - begun < MINUTE]
        if len(self._starts) >= AT_MOST:
            ring, self._ring = self._ring, None
            assert ring is not None
            told = _last_line(ring.path.with_suffix(".log"))
            _forget(ring)
            self._failure = f"the output ended {AT_MOST} times within a minute: {told}"
            raise OutputError(self._failure)
        log.warning("the output ended; it is started again")
        self._report = {}
        self._spawn()

    def _put_down(self) -> threading.Thread:
        """Lets go of an output that ends; a thread sees to the end of its process and files."""
        ring, process = self._ring, self._process
        assert ring is not None
        self._ring, self._process, self._report = None, None, {}
        ending = threading.Thread(
            target=_see_off, args=(ring, process), name="slipstream-output-end", daemon=True
        )
        ending.start()
        return ending

    def __repr__(self) -> str:
        return f"<Output {'on' if self.is_on else 'off'} {self.status}>"


def _status(report: dict[str, Any], alive: bool) -> Status:
    """A report as a status: the other end is another version of us at worst, so nothing is
    trusted to be there.
    """
    known = {name: report[name] for name in Status._fields if name in report}
    shown = tuple(Display(*one) for one in report.get("displays", ()))
    size = tuple(report.get("size", (0, 0)))
    return Status(**{**known, "alive": alive, "displays": shown, "size": size})


def _last_line(path: Path) -> str:
    try:
        lines = path.read_text(errors="replace").strip().splitlines()
    except OSError:
        lines = []
    return lines[-1] if lines else "it left no word"


def _see_off(ring: RingWriter, process: subprocess.Popen[bytes] | None) -> None:
    """Waits until a process has ended, ends it where it will not, and takes its files away."""
    if process is not None:
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    until, pause = time.monotonic() + PATIENCE, threading.Event()
    while process is None and is_alive(ring.reader) and time.monotonic() < until:
        pause.wait(0.02)
    _forget(ring)


def _forget(ring: RingWriter) -> None:
    ring.close()
    for path in (ring.path, ring.path.with_suffix(".log")):
        path.unlink(missing_ok=True)
