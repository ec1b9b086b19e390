"""Undo and redo as a list of values: what comes back is the very object that was there before."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

T = TypeVar("T")

CAP = 500  # steps; values share what did not change, so a step is small
MERGE_SECONDS = 1.0  # pushes of one merge key that come closer than this are one step


class History(Generic[T]):
    """The values a person went through; `push`, `undo` and `redo` return the one that stands."""

    def __init__(
        self, value: T, *, cap: int = CAP, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._value = value
        self._saved: T | None = value
        self._past: deque[tuple[str, T]] = deque(maxlen=cap)
        self._future: list[tuple[str, T]] = []
        self._clock = clock
        self._merge: Hashable | None = None
        self._pushed = 0.0

    def __repr__(self) -> str:
        saved = "saved" if self.is_saved else "changed"
        return f"<History {len(self._past)} to undo, {len(self._future)} to redo, {saved}>"

    @property
    def value(self) -> T:
        return self._value

    @property
    def undo_label(self) -> str | None:
        """What undo would take back, None where there is nothing."""
        return self._past[-1][0] if self._past else None

    @property
    def redo_label(self) -> str | None:
        """What redo would bring back, None where there is nothing."""
        return self._future[-1][0] if self._future else None

    @property
    def labels(self) -> list[str]:
        """The steps that can be undone, the latest last."""
        return [label for label, _ in self._past]

    @property
    def undone(self) -> list[str]:
        """The steps that can be done again, the next one first."""
        return [label for label, _ in reversed(self._future)]

    @property
    def is_saved(self) -> bool:
        """Whether the value is the one that was saved last."""
        return self._value is self._saved

    def push(self, label: str, value: T, merge: Hashable | None = None) -> T:
        """A new value as a step, or part of the last where the merge key is the same and recent."""
        if value is self._value:
            return value
        if not self._joins(merge):
            self._past.append((label, self._value))
        self._future.clear()
        self._value, self._merge, self._pushed = value, merge, self._clock()
        return value

    def undo(self) -> T:
        """The value before the last step; the value that stands where there is none."""
        return self._step(self._past, self._future)

    def redo(self) -> T:
        """The value after the step that was undone last."""
        return self._step(self._future, self._past)

    def break_merge(self) -> None:
        """The next push is a step of its own: a mouse was released, another thing selected."""
        self._merge = None

    def mark_saved(self) -> None:
        """The value that stands is the one on disk."""
        self._saved = self._value
        self.break_merge()

    def forget_saved(self) -> None:
        """Nothing on disk is the value that stands."""
        self._saved = None

    def _joins(self, merge: Hashable | None) -> bool:
        recent = self._clock() - self._pushed <= MERGE_SECONDS
        return merge is not None and merge == self._merge and recent and bool(self._past)

    def _step(
        self,
        source: deque[tuple[str, T]] | list[tuple[str, T]],
        target: deque[tuple[str, T]] | list[tuple[str, T]],
    ) -> T:
        self.break_merge()
        if source:
            label, value = source.pop()
            target.append((label, self._value))
            self._value = value
        return self._value
