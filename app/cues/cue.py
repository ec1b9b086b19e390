"""A cue: values that parameters go to, and how; read from a document's JSON and back without loss.

    {"name": "drop", "set": {"paint.prompt": "fire"}, "fade": 2.0}

and, where a person chose them, `beats` (the fade in beats), `curve`, `quantize`, `pre_wait`,
`follow`, `notes`, `color`, and its pad by `row` and `column`. What is left out is as the desk says.
Rows below 0 are on no pad: -1 holds the snapshots, -2 the dashboard's macros, so that renaming or
removing a node reaches them as it reaches cues.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from engine.ramp import CURVES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.document import Document

Follow = Literal["none", "continue", "after"]
FOLLOWS: tuple[Follow, ...] = get_args(Follow)
QUANTIZE = (0, 1, 4, 8, 16)  # beats that a launch waits for; 0 is at once
LONGEST = 3600.0  # seconds or beats that a fade or a wait may take
ROWS, COLUMNS = 4, 8  # pads
SNAPSHOTS, MACROS = -1, -2  # rows that no pad shows


@dataclass(frozen=True)
class Cue:
    """`values` by `node.param`; None is as the desk says; `fade` and `pre_wait` in seconds.

    `follow` says what the next cue of the list does: nothing, begin with this one, or after it.
    """

    name: str
    values: Mapping[str, Any]
    fade: float | None = None
    beats: float | None = None
    curve: str | None = None
    quantize: int | None = None
    row: int | None = None
    column: int | None = None
    color: str = ""
    notes: str = ""
    pre_wait: float = 0.0
    follow: Follow = "none"
    given: Mapping[str, Any] = field(default_factory=dict[str, Any], compare=False, repr=False)

    @staticmethod
    def read(given: Mapping[str, Any]) -> Cue:
        """The cue of a document's JSON; a field that holds nonsense is as if left out, and kept."""
        known = {
            name: given[name] for name, fits in FITS.items() if name in given and fits(given[name])
        }
        return Cue(str(given.get("name", "")), _values(given), given=given, **known)

    def written(self) -> dict[str, Any]:
        """As a document keeps it: what was read, with what was changed since."""
        before = Cue.read(self.given) if self.given else None
        out = {**self.given, "name": self.name}
        if before is None or self.values != before.values:
            out["set"] = dict(self.values)
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name not in FITS or (before and value == getattr(before, each.name)):
                continue
            if value == each.default:
                out.pop(each.name, None)
            else:
                out[each.name] = value
        return out

    @property
    def is_on_a_pad(self) -> bool:
        """Whether it names a pad of its own."""
        row, column = self.row, self.column
        return row is not None and column is not None and row >= 0 <= column < COLUMNS

    @property
    def is_playable(self) -> bool:
        """Whether it is a cue of the list, no snapshot and no macro."""
        return self.row is None or self.row >= 0


class Sheet:
    """The cues of a document, read once; every question to it is a look-up.

    `cues` are all, snapshots and macros with them: edits name a cue by its place there. `list` is
    what a show goes through, by place, in order.
    """

    def __init__(self, document: Document) -> None:
        self.source = document.cues
        self.cues = tuple(Cue.read(given) for given in document.cues)
        self.list = {at: cue for at, cue in enumerate(self.cues) if cue.is_playable}

    @cached_property
    def names(self) -> dict[str, Cue]:
        """The cues of the list by name; of two with one name the first."""
        return {cue.name: cue for cue in reversed(self.list.values())}

    @cached_property
    def order(self) -> tuple[Cue, ...]:
        return tuple(self.list.values())

    @cached_property
    def pads(self) -> dict[tuple[int, int], int]:
        """Which cue lies on which pad: (row, column) -> its place in the document.

        A cue that names no pad, or one that is taken, has the first free one from the first row on.
        """
        taken: dict[tuple[int, int], int] = {}
        homeless: list[int] = []
        for at, cue in self.list.items():
            pad = (cast("int", cue.row), cast("int", cue.column))
            if cue.is_on_a_pad and pad not in taken:
                taken[pad] = at
            else:
                homeless.append(at)
        free = (pad for pad in _all_pads() if pad not in taken)
        return taken | dict(zip(list(free), homeless, strict=False))

    @cached_property
    def rows(self) -> dict[str, int]:
        """The row of each cue on a pad, by name."""
        return {self.cues[at].name: row for (row, _), at in self.pads.items()}

    @cached_property
    def snapshots(self) -> dict[int, int]:
        """The place of each snapshot by its slot."""
        return self.row(SNAPSHOTS)

    def row(self, row: int) -> dict[int, int]:
        """What lies in a row that no pad shows: column -> place, of two in one the first."""
        found: dict[int, int] = {}
        for at, cue in enumerate(self.cues):
            if cue.row == row and cue.column is not None and cue.column >= 0:
                found.setdefault(cue.column, at)
        return found


def read_cues(document: Document) -> tuple[Cue, ...]:
    """Every cue of a document, snapshots and macros with them."""
    return Sheet(document).cues


def cue_list(document: Document) -> dict[int, Cue]:
    """The cues that a show goes through, in its order, by their place in the document."""
    return Sheet(document).list


def pads(document: Document) -> dict[tuple[int, int], int]:
    """Which cue lies on which pad: (row, column) -> its place in the document."""
    return Sheet(document).pads


def row_of(document: Document, row: int) -> dict[int, int]:
    """What lies in a row that no pad shows: column -> place in the document."""
    return Sheet(document).row(row)


def _all_pads() -> list[tuple[int, int]]:
    return [(row, column) for row in range(ROWS) for column in range(COLUMNS)]


def _values(given: Mapping[str, Any]) -> Mapping[str, Any]:
    values = given.get("set")
    return cast("Mapping[str, Any]", values) if isinstance(values, dict) else {}


def _is_time(value: Any) -> bool:
    return _is_number(value) and 0 <= value <= LONGEST


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10_000


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


FITS: dict[str, Callable[[Any], bool]] = {  # the fields besides name and set, and what they hold
    "fade": _is_time,
    "beats": _is_time,
    "curve": lambda value: isinstance(value, str) and value in CURVES,
    "quantize": lambda value: _is_count(value) and value >= 0,
    "row": _is_count,
    "column": _is_count,
    "color": _is_text,
    "notes": _is_text,
    "pre_wait": _is_time,
    "follow": lambda value: isinstance(value, str) and value in FOLLOWS,
}
