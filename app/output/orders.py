"""What the output is told to be: one frozen value, sent as JSON with a counter for each field.

The counters let two hands steer one output: the studio by its orders, and whoever stands at the
output window by its keys. The child takes a field only when its counter has moved, so an order that
was given long ago does not undo a key pressed since.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args

Fit = Literal["fit", "fill", "stretch", "actual"]
FITS: tuple[Fit, ...] = get_args(Fit)
LONGEST_FADE = 10.0  # seconds
LONGEST_TEXT = 2000  # characters


@dataclass(frozen=True)
class Orders:
    """The desired state of the output."""

    fade: float = 0.0  # seconds that the next change of blackout takes, up to 10
    blackout: bool = False
    freeze: bool = False  # keep the picture that is shown now
    safe: bool = False  # the safe look: a picture file, or the last good picture
    safe_picture: str = ""  # the file of the safe look, "" for the last good picture
    fit: Fit = "fit"
    display: str = ""  # the name of a display, "" for the second one
    fullscreen: bool = False
    on_top: bool = False
    hide_cursor: bool = True
    pattern: bool = False  # the test pattern
    identify: bool = False  # the display's name, large
    hud: str = ""  # lines of text in the corner
    mark: bool = False  # a small amber mark while no new picture comes
    dump: str = ""  # a file to paint the window's picture into, once
    quit: bool = False

    def with_valid(self, **changes: Any) -> Orders:
        """The orders with changes; those of the wrong type are left out, ranges are kept."""
        known = {field.name: getattr(self, field.name) for field in fields(self)}
        wanted = {
            name: made
            for name, value in changes.items()
            if name in known and (made := _valid(name, known[name], value)) is not None
        }
        return replace(self, **wanted)


class Ledger:
    """Orders and how often each field was given."""

    def __init__(self, letter: dict[str, Any] | None = None) -> None:
        self.orders = Orders()
        self._counts: dict[str, int] = {}
        if letter:
            self.take(letter)

    def give(self, **changes: Any) -> None:
        """Changes fields, and counts each of them even where its value stays."""
        self.orders = self.orders.with_valid(**changes)
        for name in changes:
            self._counts[name] = self._counts.get(name, 0) + 1

    def mirror(self, **changes: Any) -> None:
        """Changes fields without counting: another hand has changed them already."""
        self.orders = self.orders.with_valid(**changes)

    @property
    def counts(self) -> dict[str, int]:
        """How often each field was given."""
        return dict(self._counts)

    def letter(self) -> dict[str, Any]:
        """`{"blackout": [counter, value], ...}`"""
        return {
            field.name: [self._counts.get(field.name, 0), getattr(self.orders, field.name)]
            for field in fields(self.orders)
        }

    def take(self, letter: dict[str, Any]) -> dict[str, Any]:
        """Takes the fields whose counters have moved; returns them with their values."""
        moved: dict[str, Any] = {}
        for name, pair in letter.items():
            match pair:
                case [int() as count, value] if count != self._counts.get(name, 0):
                    self._counts[name] = count
                    moved[name] = value
        self.orders = self.orders.with_valid(**moved)
        return {name: getattr(self.orders, name) for name in moved if hasattr(self.orders, name)}

    def __repr__(self) -> str:
        return f"<Ledger {self.orders}>"


def _valid(name: str, former: Any, value: Any) -> Any:
    """The value in its range, None where it is of another type than the former."""
    match former:
        case bool():
            return value if isinstance(value, bool) else None
        case float():
            number = isinstance(value, int | float) and value == value
            return min(max(float(value), 0.0), LONGEST_FADE) if number else None
    if not isinstance(value, str) or (name == "fit" and value not in FITS):
        return None
    return value[:LONGEST_TEXT]
