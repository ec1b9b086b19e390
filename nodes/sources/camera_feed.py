"""A thread that empties a camera: the driver may block it, nobody else waits for the driver."""

from __future__ import annotations

import itertools
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import DeviceError

if TYPE_CHECKING:
    from collections.abc import Callable

OPENING = 10.0  # seconds until a camera that gives no first picture is taken for absent
STALL = 2.0  # seconds without a picture after which a camera is taken for gone
KEPT = 3  # pictures that wait to be taken; older ones are dropped
MISSES = 20  # failed reads in a row that mean the camera is gone
PAUSE = 0.02  # seconds after a failed read
JOIN = 1.0  # seconds that close() waits for a driver; its thread ends when the driver lets go
_numbers = itertools.count(1)


class CameraFeed:
    """Pictures of one open camera, (H, W, 3) BGR uint8, each with when it came in nanoseconds."""

    def __init__(
        self, open_capture: Callable[[], Any], *, name: str, gone: Callable[[], bool]
    ) -> None:
        self.name = name
        self._open = open_capture
        self._gone = gone
        self._pictures: deque[tuple[int, np.ndarray]] = deque(maxlen=KEPT)
        self._error = ""
        self._change = threading.Condition()
        self._closing = threading.Event()
        self._heard = self._fresh = time.perf_counter()  # when a picture came, when a different one
        self._started = False
        self._print: bytes = b""
        self._thread = threading.Thread(
            target=self._run, name=f"slipstream-camera-{next(_numbers)}", daemon=True
        )
        self._thread.start()

    def wait(self) -> None:
        """Waits for the first picture; DeviceError where none comes."""
        with self._change:
            came = self._change.wait_for(lambda: self._started or self._error, OPENING)
        if self._error or not came:
            raise DeviceError(self._error or f"{self.name} sends no picture; check its cable")

    def take(self) -> list[tuple[int, np.ndarray]]:
        """The pictures since the last call; DeviceError where the camera has gone or stalled."""
        with self._change:
            taken = list(self._pictures)
            self._pictures.clear()
        if not taken:
            self._check()
        elif time.perf_counter() - self._fresh > STALL and self._gone():
            raise DeviceError(f"{self.name} was unplugged; it is opened again when it is back")
        return taken

    def close(self) -> None:
        """Ends the thread, or leaves it to end when a blocked driver returns."""
        self._closing.set()
        self._thread.join(JOIN)

    def _check(self) -> None:
        if self._error:
            raise DeviceError(self._error)
        silent = time.perf_counter() - self._heard
        if silent > STALL:
            raise DeviceError(
                f"{self.name} has sent no picture for {silent:.1f} s; check its cable"
            )

    def _run(self) -> None:
        capture = None
        try:
            capture = self._open()
            self._read(capture)
        except DeviceError as error:
            self._fail(str(error))
        finally:
            if capture is not None:
                capture.release()

    def _read(self, capture: Any) -> None:
        misses = 0
        while not self._closing.is_set():
            came, picture = capture.read()
            if came and picture is not None:
                misses = 0
                self._put(picture)
                continue
            misses += 1
            if misses >= MISSES:
                self._fail(f"{self.name} stopped sending pictures; check its cable")
                return
            self._closing.wait(PAUSE)

    def _put(self, picture: np.ndarray) -> None:
        self._heard = time.perf_counter()
        sample = picture[::16, ::16].tobytes()
        if sample != self._print:  # a driver may repeat its last picture for ever
            self._print, self._fresh = sample, self._heard
        with self._change:
            self._pictures.append((time.perf_counter_ns(), picture))
            self._started = True
            self._change.notify_all()

    def _fail(self, sentence: str) -> None:
        with self._change:
            self._error = sentence
            self._change.notify_all()
