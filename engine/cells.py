"""Live parameter values in layers: the newest touch is what a node reads at its next packet.

    cap     the governor's; only lowers cost, never saved
    drive   one link or controller, the latest touch wins; released, the layers below show again
    ramp    a cue's fade, a function of pts
    base    the document

Any thread writes, only the lane of the node reads; every write is one atomic rebind followed by
`changed`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.errors import ParamError
from engine.ramp import LINEAR, Ramp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.node import Node
    from engine.spec import NodeSpec, Param

LINK = "link"  # the origin of values that a link drives


class Cell:
    """One parameter's layers."""

    __slots__ = ("base", "cap", "drive", "origin", "param", "ramp")

    def __init__(self, param: Param, base: Any) -> None:
        self.param = param
        self.base = base
        self.drive: Any = None
        self.origin: str | None = None  # who drives
        self.ramp: Ramp | None = None
        self.cap: float | None = None

    def value(self, pts: int) -> Any:
        """What the node shall read at a time."""
        ramp = self.ramp
        if self.origin is not None:
            found = self.drive
        elif ramp is not None:
            found = self.param.parse(ramp.at(pts))
        else:
            found = self.base
        if self.cap is not None and found > self.cap:
            found = self.param.parse(self.cap)
        return found

    @property
    def driven(self) -> str | None:
        """Who drives the value, None where the document does."""
        return self.origin or ("cue" if self.ramp else None)

    def __repr__(self) -> str:
        by = f" by {self.driven}" if self.driven else ""
        cap = f" cap {self.cap:g}" if self.cap is not None else ""
        return f"<Cell {self.param.name} base {self.base!r}{by}{cap}>"


class Cells:
    """All live values of one node."""

    def __init__(self, spec: NodeSpec, params: Mapping[str, Any]) -> None:
        self._cells = {
            param.name: Cell(param, _held(param, params.get(param.name))) for param in spec.params
        }
        self._live = tuple((n, cell) for n, cell in self._cells.items() if cell.param.live)
        self._spec = spec
        self._ramping = False
        self.changed = True

    def __getitem__(self, name: str) -> Cell:
        if name not in self._cells:
            self._spec.param(name)  # raises with the nearest name
        return self._cells[name]

    def follow(self, params: Mapping[str, Any]) -> None:
        """Takes over the document's values; only those that differ count as touched."""
        for name, cell in self._cells.items():
            value = _held(cell.param, params.get(name))
            if value != cell.base:
                self.set_base(name, value)

    def set_base(self, name: str, value: Any) -> None:
        """The document's value; an edit is the latest touch, so it ends fades and lets controllers
        go.
        """
        cell = self[name]
        cell.base = cell.param.clamp(cell.param.parse(value))
        cell.ramp = None
        if cell.origin != LINK:
            cell.origin = None
        self.changed = True

    def drive(self, name: str, value: Any, origin: str) -> None:
        """A controller's or link's value; ParamError where the parameter cannot hold it."""
        cell = self[name]
        cell.drive = cell.param.clamp(cell.param.parse(value))
        cell.origin = origin
        if origin != LINK:
            cell.ramp = None
        self.changed = True

    def release(self, name: str, origin: str) -> None:
        """Lets go: the value returns to the layers below, unless another has touched it since."""
        cell = self[name]
        if cell.origin == origin:
            cell.origin = None
            self.changed = True

    def keep_links(self, names: frozenset[str]) -> None:
        """Lets go of parameters that links drove, but for these."""
        for name, cell in self._cells.items():
            if cell.origin == LINK and name not in names:
                cell.origin = None
                self.changed = True

    def fade(self, name: str, target: Any, *, start: int, end: int, curve: str = LINEAR) -> None:
        """A cue's fade from the value of its start; what cannot move switches then."""
        cell = self[name]
        wanted = cell.param.clamp(cell.param.parse(target))
        cell.ramp = Ramp(start, end, cell.value(start), wanted, curve).after(cell.ramp)
        if cell.origin != LINK:
            cell.origin = None
        self._ramping = self.changed = True

    def cap(self, name: str, value: float | None) -> None:
        """The governor's limit, None for none."""
        self[name].cap = value
        self.changed = True

    @property
    def pending(self) -> bool:
        """Whether a write would change anything."""
        return self.changed or self._ramping

    def write(self, node: Node, pts: int) -> None:
        """Writes one consistent snapshot into the node's fields; called between two calls. What is
        fixed at setup stays as it was.
        """
        self.changed = False
        self._ramping = False
        for name, cell in self._live:
            setattr(node, name, cell.value(pts))
            if cell.ramp is not None and pts < cell.ramp.end:
                self._ramping = True

    def values(self, pts: int) -> dict[str, Any]:
        """What a node would read at a time, by name."""
        return {name: cell.value(pts) for name, cell in self._cells.items()}

    def __repr__(self) -> str:
        driven = [f"{name} by {cell.driven}" for name, cell in self._cells.items() if cell.driven]
        return f"<Cells {len(self._cells)} params{': ' + ', '.join(driven) if driven else ''}>"


def _held(param: Param, value: Any) -> Any:
    """A document's value as the parameter holds it; what it cannot hold is its default (validate
    says so).
    """
    try:
        return param.default if value is None else param.clamp(param.parse(value))
    except ParamError:
        return param.default
