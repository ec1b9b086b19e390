"""Values on their way to the engine: the newest of each parameter, on one thread, so many a second.

A knob sends hundreds of messages a second and the engine reads a parameter once a packet, so what
lies between two writes is passed over. The first value after a pause is written at once.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.control.hub import Target

End = tuple[str, str]
RATE = 120.0  # rounds of writing a second
LET_GO = object()  # in place of a value: what drove it lets go


class Writer:
    """One thread that writes what is wanted, newest per parameter."""

    def __init__(self, target: Target, *, rate: float = RATE) -> None:
        self._target = target
        self._pause = 1 / rate
        self._wanted: dict[End, tuple[Any, str]] = {}
        self._wake = threading.Condition()
        self._closed = False
        self._busy = False
        self.written = 0
        self._thread = threading.Thread(target=self._run, name="slipstream-control", daemon=True)
        self._thread.start()

    def put(self, end: End, value: Any, origin: str) -> None:
        """Wants a parameter to have a value; any thread."""
        with self._wake:
            self._wanted[end] = (value, origin)
            self._wake.notify()

    def pending(self, end: End) -> Any:
        """What a parameter is about to get, None where nothing waits."""
        found = self._wanted.get(end)
        return None if found is None or found[0] is LET_GO else found[0]

    def settle(self, timeout: float = 5.0) -> bool:
        """Waits until all is written; whether it was."""
        with self._wake:
            return self._wake.wait_for(lambda: not self._wanted and not self._busy, timeout)

    def close(self) -> None:
        with self._wake:
            self._closed = True
            self._wake.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while batch := self._next():
            began = time.monotonic()
            self._write(batch)
            with self._wake:
                self._busy = False
                self._wake.notify_all()
                left = self._pause - (time.monotonic() - began)
                self._wake.wait_for(lambda: self._closed, max(0.0, left))

    def _next(self) -> dict[End, tuple[Any, str]]:
        """What is wanted, once something is; nothing once closed."""
        with self._wake:
            self._wake.wait_for(lambda: self._wanted or self._closed)
            if self._closed:
                return {}
            batch, self._wanted, self._busy = self._wanted, {}, True
            return batch

    def _write(self, batch: dict[End, tuple[Any, str]]) -> None:
        for (key, name), (value, origin) in batch.items():
            self.written += 1
            if value is LET_GO:
                self._target.release(key, name, origin)
            else:
                self._target.set(key, name, value, origin)

    def __repr__(self) -> str:
        return f"<Writer {len(self._wanted)} wanted, {self.written} written>"
