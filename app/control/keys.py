"""Keys as controls: pressed and let go by the window, and only where a performance is going on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.control.source import Source, Touch, key_text

if TYPE_CHECKING:
    from app.control.hub import Bindings


class Keys:
    """The keyboard of one hub. `active` is whether keys play; nobody who types is performing."""

    def __init__(self, hub: Bindings) -> None:
        self._hub = hub
        self._down: set[str] = set()
        self.active = False

    def press(self, text: str) -> bool:
        """A key went down, as Qt writes it: `Ctrl+1`. Whether it was taken."""
        source = Source("key", key_text(text))
        learns = self._hub.is_learning
        if not source.control or not (learns or (self.active and self._hub.has(source))):
            return False
        if source.control not in self._down:  # a key that is held repeats
            self._down.add(source.control)
            self._hub.touch(Touch(source, 1.0, 1, 1))
        return True

    def release(self, text: str) -> bool:
        """A key was let go, whatever is still held with it; whether its press had been taken."""
        key = _bare(key_text(text))
        ended = [each for each in self._down if key and _bare(each) == key]
        for control in ended:
            self._down.discard(control)
            self._hub.touch(Touch(Source("key", control), 0.0, 0, 1))
        return bool(ended)

    def release_all(self) -> None:
        """Nothing is held any more: the window lost the keyboard."""
        for control in tuple(self._down):
            self.release(control)


def _bare(text: str) -> str:
    """A key without what is held with it."""
    return "+" if text.endswith("+") else text.rpartition("+")[2]
