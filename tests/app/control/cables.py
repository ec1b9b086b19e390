"""MIDI cables inside the process: ports that come and go, and bytes that go through."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Cable:
    """An open end of a port."""

    def __init__(self, cables: Cables, name: str) -> None:
        self._cables = cables
        self._name = name

    def send(self, message: Sequence[int]) -> None:
        if self._name not in self._cables.plugged:
            raise OSError("the device is gone")
        self._cables.shown.append((self._name, tuple(message)))

    def close(self) -> None:
        self._cables.open.discard(self._name)
        self._cables.heard.pop(self._name, None)


class Cables:
    """A backend: what is plugged, who hears it, and what was sent to its lights."""

    def __init__(self, *plugged: str) -> None:
        self.plugged = list(plugged)
        self.heard: dict[str, Callable[[Sequence[int]], object]] = {}
        self.open: set[str] = set()
        self.shown: list[tuple[str, tuple[int, ...]]] = []
        self.locked: set[str] = set()  # ports that another program holds

    def inputs(self) -> list[str]:
        return list(self.plugged)

    def outputs(self) -> list[str]:
        return list(self.plugged)

    def open_input(self, name: str, tell: Callable[[Sequence[int]], object]) -> Cable:
        if name in self.locked:
            raise OSError("it is in use")
        self.open.add(name)
        self.heard[name] = tell
        return Cable(self, name)

    def open_output(self, name: str) -> Cable:
        return Cable(self, name)

    def play(self, name: str, *messages: Sequence[int]) -> None:
        """A device sends."""
        for message in messages:
            self.heard[name](message)
