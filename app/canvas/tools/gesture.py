"""What the pointer is in the middle of: a small state that ends in one edit or in none."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtCore import Qt

    from app.canvas.tools.bench import Bench
    from app.canvas.tools.pointer import Pointer


class Gesture:
    """Begun by a press. Until it ends it changes items alone, so that `cancel` leaves no trace."""

    def __init__(self, bench: Bench, start: Pointer) -> None:
        self.bench = bench
        self.start = start
        self.is_drag = False  # the pointer has left the place of the press

    def press(self, pointer: Pointer) -> bool:
        """Another button went down in the middle of it, which ends it; whether it is over."""
        self.cancel()
        return True

    def move(self, pointer: Pointer) -> None:
        """The pointer moved."""
        if not self.is_drag and pointer.has_left(self.start):
            self.is_drag = True
            self.begin(pointer)
        if self.is_drag:
            self.drag(pointer)

    def begin(self, pointer: Pointer) -> None:
        """The click became a drag."""

    def drag(self, pointer: Pointer) -> None:
        """The drag goes on."""

    def release(self, pointer: Pointer) -> bool:
        """A button went up; whether the gesture is over."""
        if pointer.button != self.start.button:
            return False
        if self.is_drag:
            self.drop(pointer)
        else:
            self.click(pointer)
        return True

    def drop(self, pointer: Pointer) -> None:
        """The drag ended here."""

    def click(self, pointer: Pointer) -> None:
        """It was a click."""

    def key(self, key: Qt.Key, pressed: bool) -> bool:
        """A key went down or up in the middle of it; whether it meant something."""
        return False

    def cancel(self) -> None:
        """Ends it and leaves all as it was."""
