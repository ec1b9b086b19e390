"""Displays by the name that they carry themselves, and which of them the output takes.

A display is known by maker and model, as its EDID says, so that it is found again on another
socket; two of one kind are told apart by their number.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QScreen


class Display(NamedTuple):
    """One display: its name, its size in its own pixels, pictures a second."""

    name: str
    width: int
    height: int
    rate: float
    primary: bool

    @property
    def label(self) -> str:
        """`EPSON EB-L200F · 1920 x 1080 · 60 Hz`"""
        main = " · main" if self.primary else ""
        return f"{self.name} · {self.width} x {self.height} · {self.rate:.0f} Hz{main}"


class Choice(NamedTuple):
    """The display to take, and what is to be said about it."""

    place: int  # among the displays
    said: str = ""
    only: bool = False  # there is no other


def displays(screens: Sequence[QScreen], primary: QScreen | None) -> tuple[Display, ...]:
    """The system's screens as displays, in its order."""
    names = numbered([screen_name(screen) for screen in screens])
    return tuple(
        Display(
            name,
            round(screen.geometry().width() * screen.devicePixelRatio()),
            round(screen.geometry().height() * screen.devicePixelRatio()),
            screen.refreshRate(),
            screen is primary,
        )
        for name, screen in zip(names, screens, strict=True)
    )


def screen_name(screen: QScreen) -> str:
    """Maker and model; where the display tells neither, the name of its socket."""
    parts = [screen.manufacturer().strip(), screen.model().strip()]
    told = " ".join(dict.fromkeys(part for part in parts if part))
    return told or screen.name() or "display"


def numbered(names: Sequence[str]) -> list[str]:
    """Names that are there twice get a number: `DELL U2412M`, `DELL U2412M 2`."""
    seen: Counter[str] = Counter()
    result: list[str] = []
    for name in names:
        seen[name] += 1
        result.append(name if seen[name] == 1 else f"{name} {seen[name]}")
    return result


def choose(found: Sequence[Display], wanted: str) -> Choice:
    """The display of a name; with none, or where it is gone, the second, else the only one."""
    only = len(found) < 2
    for index, display in enumerate(found):
        if display.name == wanted:
            return Choice(index, only=only)
    other = next((index for index, display in enumerate(found) if not display.primary), 0)
    if not wanted or not found:
        return Choice(other, only=only)
    return Choice(
        other, f"the display '{wanted}' is not there; the output is on '{found[other].name}'", only
    )
