"""Something that others can listen to: called in order, on the thread that tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVarTuple

if TYPE_CHECKING:
    from collections.abc import Callable

Args = TypeVarTuple("Args")


class Notice(Generic[*Args]):
    """One kind of news. Who stops listening while news is told is not called any more."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[*Args], object]] = []

    def listen(self, callback: Callable[[*Args], object]) -> Callable[[], None]:
        """Calls back at each news from now on; the result, called, ends it."""
        self._listeners.append(callback)

        def end() -> None:
            if callback in self._listeners:
                self._listeners.remove(callback)

        return end

    def tell(self, *args: *Args) -> None:
        """Calls every listener; one that raises keeps the rest from nothing."""
        failed: Exception | None = None
        for callback in tuple(self._listeners):
            if callback not in self._listeners:
                continue
            try:
                callback(*args)
            except Exception as error:  # noqa: BLE001 - raised below, once all have heard
                failed = failed or error
        if failed is not None:
            raise failed

    def __repr__(self) -> str:
        return f"<Notice {len(self._listeners)} listening>"
