"""Ctrl-C as a wish: the first asks the work to end well, the second ends it at once."""

from __future__ import annotations

import signal
import threading
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupt:
    """While entered, Ctrl-C and a plain kill set `asked`; a second one raises KeyboardInterrupt."""

    def __init__(self) -> None:
        self.asked = False
        self._noticed = threading.Event()
        self._former: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interrupt:
        if threading.current_thread() is threading.main_thread():
            self._former = {number: signal.signal(number, self._notice) for number in SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, former in self._former.items():
            signal.signal(number, former)

    def wait(self, seconds: float) -> None:
        """Waits that long, or until it is asked to end."""
        self._noticed.wait(seconds)

    def _notice(self, *_: object) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        self._noticed.set()
