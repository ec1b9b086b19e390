"""One thread that stays ahead of its reader by a bounded amount; errors reach the reader in turn.

What the reader gets depends on what was read alone, never on which thread was faster.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

from engine.errors import MediaError, SlipstreamError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

PATIENCE = 30.0  # seconds without anything (a dead network drive) until the reader is told
JOIN = 5.0  # seconds that close() waits for a read in progress
_numbers = itertools.count(1)


class ReadAhead(Generic[T]):
    """Runs `items()` in a thread of its own and holds up to `budget` of `weight` of them ready."""

    def __init__(
        self,
        items: Callable[[], Iterator[T]],
        *,
        name: str,
        budget: int,
        weight: Callable[[T], int],
        prepare: Callable[[T], None],
    ) -> None:
        self.name = name
        self.eager = True  # prepare items ahead: moves the work, does not change its result
        self._items = items
        self._budget = budget
        self._weight = weight
        self._prepare = prepare
        self._ready: deque[T] = deque()
        self._held = 0
        self._error: SlipstreamError | None = None
        self._closing = self._ended = False
        self._change = threading.Condition()
        self._thread = threading.Thread(
            target=self._run, name=f"slipstream-read-{next(_numbers)}", daemon=True
        )
        self._thread.start()

    def peek(self) -> T | None:
        """The next item, waiting for it; None at the end. Raises what the reading raised."""
        with self._change:
            if not self._change.wait_for(lambda: self._ready or self._ended, PATIENCE):
                raise MediaError(
                    f"{self.name} gave nothing for {PATIENCE:g} s; is its drive there?"
                )
            if self._ready:
                return self._ready[0]
            if self._error is not None:
                raise self._error
            return None

    def pop(self) -> None:
        """Takes the item that peek showed."""
        with self._change:
            self._held -= self._weight(self._ready.popleft())
            self._change.notify_all()

    def close(self) -> None:
        """Ends the thread; what it held is dropped."""
        with self._change:
            self._closing = True
            self._ready.clear()
            self._change.notify_all()
        self._thread.join(JOIN)

    def __repr__(self) -> str:
        state = "ended" if self._ended else "reading"
        return f"<ReadAhead {self.name} {state}, {len(self._ready)} ready>"

    def _run(self) -> None:
        try:
            self._fill()
        except SlipstreamError as error:
            self._error = error
        finally:
            with self._change:
                self._ended = True
                self._change.notify_all()

    def _fill(self) -> None:
        items = self._items()
        for item in items:
            if self.eager:
                self._prepare(item)
            if not self._put(item):
                break
        close = getattr(items, "close", None)
        if close is not None:
            close()

    def _put(self, item: T) -> bool:
        weight = self._weight(item)
        with self._change:
            self._change.wait_for(lambda: self._closing or self._fits(weight))
            if self._closing:
                return False
            self._ready.append(item)
            self._held += weight
            self._change.notify_all()
            return True

    def _fits(self, weight: int) -> bool:
        return len(self._ready) < 2 or self._held + weight <= self._budget
