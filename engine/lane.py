"""A worker and its loop: steps its runners, upstream first, until nothing is ready; then sleeps
until something is.

The same loop body serves a live thread, the offline renderer and a test that steps it by hand.
"""

from __future__ import annotations

import logging
import threading
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import torch

from engine.errors import NodeFailure
from engine.packet import seconds
from engine.runner import Runner, Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.clock import Clock

log = logging.getLogger(__name__)

PASSES = 10_000  # of one wake; more means that a node feeds itself


class Lane:
    """Runners in topological order, and optionally a thread that steps them."""

    def __init__(
        self,
        name: str,
        clock: Clock,
        dt: int,
        *,
        device: torch.device | None = None,
        gate: AbstractContextManager[object] = nullcontext(),  # noqa: B008 - it has no state
    ) -> None:
        self.name = name
        self.runners: tuple[Runner, ...] = ()
        self.passes = 0
        self._clock = clock
        self.dt = dt
        self._device = device
        self._gate = gate  # on a device that takes one thread at a time
        self._tick = -1
        self._awake = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self.housekeeping: Callable[[], None] | None = None  # called once a tick

    def wake(self) -> None:
        """Something may be ready; callable from any thread."""
        self._awake.set()

    def run(self, now: int) -> bool:
        """Steps until nothing is ready; whether anything happened."""
        happened = False
        for _ in range(PASSES):
            if not self._pass(now):
                break
            happened = True
        return happened

    def tick(self, pts: int) -> None:
        """Tells every runner that waits for it that the stream's tick has come."""
        for runner in self.runners:
            if runner.wants_ticks and not runner.ended:
                runner.ticks.append(pts)

    def _pass(self, now: int) -> bool:
        self.passes += 1
        happened = False
        for runner in self.runners:
            if not runner.owned.acquire(False):
                continue  # another lane, which had it before an edit, is still in its call
            try:
                with self._gate:
                    happened = runner.step(now) or happened
            except NodeFailure:
                raise
            except Exception as error:
                log.debug("%s raised", runner.key, exc_info=True)
                runner.fail(error, now)
                happened = True
            finally:
                runner.owned.release()
        return happened

    # The thread

    def start(self) -> None:
        """Begins to step on a thread of its own."""
        self._stopping = False
        self._thread = threading.Thread(
            target=self._loop, name=f"slipstream-{self.name}", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Asks the thread to end after the call it is in."""
        self._stopping = True
        self._awake.set()

    def join(self, timeout: float) -> bool:
        """Waits for the thread; whether it ended in time."""
        if self._thread is not None:
            self._thread.join(timeout)
            if self._thread.is_alive():
                return False
        self._thread = None
        return True

    def _loop(self) -> None:
        with torch.no_grad(), _stream(self._device):
            while not self._stopping:
                self._awake.clear()
                now = self._clock.now()
                self._advance(now)
                if not self._pass(now):
                    self._awake.wait(self._patience())

    def _advance(self, now: int) -> None:
        """Hands out the tick that has begun; ticks that were slept through are not made up for."""
        index = now // self.dt
        if index != self._tick:
            self._tick = index
            self.tick(index * self.dt)
            if self.housekeeping is not None:
                self.housekeeping()

    def _patience(self) -> float:
        """Seconds until the next tick."""
        now = self._clock.now()
        return max(0.0, seconds((now // self.dt + 1) * self.dt - now))

    def __repr__(self) -> str:
        thread = "thread" if self._thread is not None else "no thread"
        return f"<Lane {self.name} {len(self.runners)} runners {thread} {self.passes} passes>"


def _stream(device: torch.device | None) -> torch.cuda.StreamContext:
    """A CUDA stream of the lane's own; on every other device a context that does nothing."""
    on_cuda = device is not None and device.type == "cuda"
    return torch.cuda.stream(torch.cuda.Stream(device) if on_cuda else None)


def all_ended(runners: tuple[Runner, ...]) -> bool:
    """Whether every sink has seen the end of its stream."""
    sinks = [runner for runner in runners if not runner.spec.outputs]
    return bool(sinks) and all(runner.status in (Status.ENDED, Status.INERT) for runner in sinks)
