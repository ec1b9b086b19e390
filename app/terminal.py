"""What the command line says: results to standard output, everything else to standard error.

A bar that moves needs a terminal; where there is none, progress is a plain line every few seconds.
"""

from __future__ import annotations

import sys
import time
from typing import Any, TextIO

LINE_EVERY = 5.0  # seconds between plain lines of progress


class Terminal:
    """One person at one command; `quiet` leaves results, warnings and errors alone."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet

    def say(self, text: str = "") -> None:
        """A result: what was asked for."""
        _write(sys.stdout, text)

    def note(self, text: str) -> None:
        """What is going on; nothing when quiet."""
        if not self.quiet:
            _write(sys.stderr, text)

    def warn(self, text: str) -> None:
        _write(sys.stderr, f"warning: {text}")

    def error(self, text: str) -> None:
        _write(sys.stderr, f"slipstream: {text}")

    def progress(self, what: str, total: int | None) -> Progress:
        """A bar for `total` frames; None where nobody knows how many there will be."""
        return Progress(what, total, quiet=self.quiet)

    @property
    def moves(self) -> bool:
        """Whether a line can be written over."""
        return sys.stderr.isatty()

    def status(self, text: str, *, last: bool = False) -> None:
        """A line that is written over by the next one, where the terminal can do that."""
        if self.quiet:
            return
        if self.moves:
            sys.stderr.write(f"\r\x1b[2K{text}" + ("\n" if last else ""))
            sys.stderr.flush()
        else:
            _write(sys.stderr, text)


class Progress:
    """How far it is, how fast it goes and how long it will take."""

    def __init__(self, what: str, total: int | None, *, quiet: bool) -> None:
        self.count = 0
        self.began = time.perf_counter()
        self._what = what
        self._total = total
        self._quiet = quiet
        self._said = self.began
        self._bar: Any = None

    def __enter__(self) -> Progress:
        if not self._quiet and sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(total=self._total, desc=self._what, unit="frame", file=sys.stderr)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    @property
    def rate(self) -> float:
        """Frames a second since the beginning."""
        return self.count / max(1e-9, time.perf_counter() - self.began)

    def at(self, count: int) -> None:
        """`count` frames are done."""
        step, self.count = count - self.count, count
        if self._bar is not None:
            self._bar.update(step)
        elif not self._quiet and time.perf_counter() - self._said >= LINE_EVERY:
            self._said = time.perf_counter()
            _write(sys.stderr, self.line())

    def line(self) -> str:
        """`rendering: 120 of 480 frames, 18.3 frames/s, 20 s left`."""
        rate = f"{self._what}: {_of(self.count, self._total)}, {self.rate:.3g} frames/s"
        if not self._total or not self.count:
            return rate
        return f"{rate}, {duration((self._total - self.count) / self.rate)} left"


def duration(seconds: float) -> str:
    """A time as people say it: 0.8 s, 42 s, 3 min 5 s, 2 h 10 min."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 1:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def size(count: float) -> str:
    """Bytes as people say them: `312 GB`, `4.1 GB`, `820 MB`, `900 B`."""
    for unit, bytes_ in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= bytes_:
            return f"{count / bytes_:.{1 if count < 10 * bytes_ else 0}f} {unit}"
    return f"{count:.0f} B"


def counted(number: int, thing: str) -> str:
    """`1 node`, `2 nodes`."""
    return f"{number} {thing}" + ("" if number == 1 else "s")


def _of(count: int, total: int | None) -> str:
    return f"{count} of {total} frames" if total else f"{count} frames"


def _write(stream: TextIO, text: str) -> None:
    stream.write(text + "\n")
    stream.flush()
