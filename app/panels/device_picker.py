"""Lists of devices: those there and the chosen one though it is away, looked up as they open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox

from app.control.microphone import PortAudio
from engine.errors import DeviceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget


class DevicePicker(QComboBox):
    """Devices by name; "" stands for the usual one. `names` is asked each time the list opens.

    `slow` says that it takes a while, so that it is not asked before.
    """

    chosen = Signal(str)

    def __init__(
        self,
        usual: str,
        value: str,
        names: Callable[[], list[str]],
        *,
        slow: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._usual, self._names = usual, names
        self._there: list[str] | None = None if slow else names()
        self.show_device(value)
        self.activated.connect(lambda at: self.chosen.emit(self.itemData(at)))

    def show_device(self, name: str) -> None:
        """Shows another as the chosen one; one that is away says so."""
        there = self._there if self._there is not None else [name]
        self.clear()
        self.addItem(self._usual, "")
        for each in dict.fromkeys([*there, name]):
            if each:
                self.addItem(each if each in there else f"{each} (absent)", each)
        self.setCurrentIndex(self.findData(name))

    def showPopup(self) -> None:
        self._there = self._names()
        self.show_device(self.currentData())
        super().showPopup()


def sound_inputs() -> list[str]:
    """The inputs of this machine, none where it has no sound."""
    try:
        return PortAudio().names()
    except DeviceError:
        return []
