"""Carries the picture on air to the output, on a thread of its own that nothing stops.

It looks twice a tick for a new picture, makes bytes of it outside of torch's threads and copies
them into the ring: under a millisecond at 512x288, most of it without the interpreter's lock. A
picture that stays is sent again twice a second, so that the output knows a slow generator from a
studio that is gone. An output that a crash left on air holds its picture until the models are
loaded again: before that, what they paint over would be seen.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

import torch

from app.output.ring import LARGEST_SIDE
from engine.packet import seconds
from engine.values import Frame
from nodes.sinks.window import Shown, blended, packed

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from app.output.link import Output
    from app.session import Session

AGAIN = 0.5  # seconds after which the same picture is sent again
WATCH_EVERY = 0.25  # seconds between looks at the output itself
SLOWEST = 0.05  # seconds between looks for a picture, at most
SHARE = 0.1  # of each new measurement in the mean
log = logging.getLogger(__name__)


class Feeder:
    """Feeds one output from one session. `trouble` is the last error's sentence, "" when well."""

    def __init__(
        self, session: Session, output: Output, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._session = session
        self._output = output
        self._clock = clock
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._sent: tuple[Frame, Frame | None, float] | None = None
        self._sent_at = self._watched_at = -AGAIN
        self._holds = True  # until the models of a show that goes on are there
        self.trouble = ""
        self.milliseconds = 0.0  # a picture takes, on the average of the last ones
        self.sent = 0

    def start(self) -> None:
        """Begins to feed."""
        if self._thread is None:
            self._over.clear()
            self._thread = threading.Thread(target=self._run, name="slipstream-feeder", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Ends within a tick; the output holds its picture."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._over.set()
            thread.join()

    def step(self) -> bool:
        """Sends what is on air where that is due; whether it did."""
        now = self._clock()
        if now - self._watched_at >= WATCH_EVERY:
            self._watched_at = now
            self._output.watch()
        if not self._output.is_on:
            return False
        self._holds = self._holds and self._output.adopted and self._session.air.program.is_loading
        shown = None if self._holds else self._session.picture()
        if shown is None:
            return False
        other, mix = self._other()
        scene = (shown.frame, other, mix)
        if self._is_sent(scene) and now - self._sent_at < AGAIN:
            return False
        began = time.perf_counter()
        self._output.send(mixed(shown.frame, other, mix), shown.pts)
        self._measure((time.perf_counter() - began) * 1000)
        self._sent, self._sent_at = scene, now
        return True

    def _run(self) -> None:
        with torch.inference_mode():
            while not self._over.wait(self._pause()):
                try:
                    self.step()
                    self.trouble = ""
                except Exception as error:  # noqa: BLE001 - whatever fails, the next one is tried
                    self._complain(str(error) or type(error).__name__)

    def _other(self) -> tuple[Frame | None, float]:
        """The preview's picture while it is mixed in, and its share."""
        mix = float(self._session.mix)
        preview: Shown | None = self._session.preview_picture() if mix > 0 else None
        return (preview.frame, mix) if preview is not None else (None, 0.0)

    def _is_sent(self, scene: tuple[Frame, Frame | None, float]) -> bool:
        sent = self._sent
        return (
            sent is not None and sent[0] is scene[0] and sent[1] is scene[1] and sent[2] == scene[2]
        )

    def _pause(self) -> float:
        return min(SLOWEST, seconds(self._session.graph.stream.dt) / 2)

    def _measure(self, milliseconds: float) -> None:
        share = SHARE if self.sent else 1.0
        self.milliseconds += share * (milliseconds - self.milliseconds)
        self.sent += 1

    def _complain(self, sentence: str) -> None:
        if sentence != self.trouble:
            log.warning("the output gets no picture: %s", sentence)
        self.trouble = sentence

    def __repr__(self) -> str:
        return f"<Feeder {self.sent} sent {self.milliseconds:.2f} ms {self.trouble!r}>"


def mixed(frame: Frame, other: Frame | None = None, share: float = 0.0) -> np.ndarray:
    """The frame as (H, W, 3) uint8 with a share in [0, 1] of another, which takes its size; too
    large a frame is thinned out.
    """
    pixels = packed(frame)
    if other is not None and share > 0:
        pixels = blended(pixels, packed(_resized(other, frame)), min(share, 1.0))
    step = -(-max(pixels.shape[:2]) // LARGEST_SIDE)
    return pixels[::step, ::step]


def _resized(frame: Frame, like: Frame) -> Frame:
    if frame.tensor.shape == like.tensor.shape:
        return frame
    size = (like.height, like.width)
    return Frame(torch.nn.functional.interpolate(frame.tensor.float(), size, mode="bilinear"))
