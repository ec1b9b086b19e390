"""The document's bindings as rows for a table; what is typed into a cell is an edit."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from app.control.binding import Binding, Encoder, Mode, Unreadable, read, rebind, unbind
from app.control.hub import find_param
from app.control.source import BindingError
from app.control.span import CURVES, Span
from app.control.takeover import TAKEOVERS
from app.theme import icon, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from app.control.rig import Rig
    from app.session import Change, Session
    from engine.document import Document
    from engine.param import Param

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
LIT = 0.2  # seconds
DOT, CONTROL, TARGET, MODE, TAKEOVER, LOW, HIGH, CURVE, INVERT = range(9)
TITLES = ("", "Control", "Plays", "Mode", "Takeover", "From", "To", "Curve", "Invert")
TIPS = {
    MODE: "What a touch does: follow, switch, hold, strike, step on, or turn without an end",
    TAKEOVER: "What a knob that stands elsewhere does: pick the value up, scale, or jump",
    LOW: "The value at the lower end of the control",
    HIGH: "The value at its upper end",
}
PICTURES = {"midi": "midi", "osc": "osc", "key": "keyboard", "audio": "audio"}
ENCODERS = {"twos": "relative", "signed": "relative, signed", "offset": "relative, offset"}


class Choice(NamedTuple):
    """One word of a column, and what it changes in a binding."""

    title: str
    changes: dict[str, Any]


MODES = tuple(
    Choice(ENCODERS[encoder], {"mode": "relative", "encoder": encoder})
    for encoder in get_args(Encoder)
)
CHOICES: dict[int, tuple[Choice, ...]] = {
    MODE: (*(Choice(m, {"mode": m}) for m in get_args(Mode) if m != "relative"), *MODES),
    TAKEOVER: tuple(Choice(name, {"takeover": name}) for name in TAKEOVERS),
    CURVE: tuple(Choice(name, {"curve": name}) for name in CURVES),
}


class MappingModel(QAbstractTableModel):
    """Bindings in the document's order."""

    def __init__(self, session: Session, rig: Rig) -> None:
        super().__init__()
        self._session = session
        self._rig = rig
        self._rows = read(session.document)
        self._lit: tuple[bool, ...] = ()
        self._plugged: tuple[str, ...] = ()
        self._listening = [session.changed.listen(self._follow), session.opened.listen(self._read)]

    @property
    def rows(self) -> tuple[Binding | Unreadable, ...]:
        """The bindings, as they are shown."""
        return self._rows

    def close_down(self) -> None:
        """Listens no more."""
        for end in self._listening:
            end()

    def _follow(self, change: Change) -> None:
        moved = change.before.graph.nodes.keys() != change.after.graph.nodes.keys()
        if moved or change.before.bindings != change.after.bindings:
            self._read(change.after)

    def _read(self, document: Document) -> None:
        rows = read(document)
        if len(rows) == len(self._rows):
            self._rows = rows
            self._tell(range(len(TITLES)))
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def _tell(self, columns: Iterable[int]) -> None:
        for column in columns:
            last = self.index(len(self._rows) - 1, column)
            self.dataChanged.emit(self.index(0, column), last)

    def tick(self) -> None:
        """Lights what moves, and greys what is unplugged."""
        now, when = time.monotonic(), self._rig.hub.when
        lit = tuple(isinstance(b, Binding) and now - when(b) < LIT for b in self._rows)
        if lit != self._lit:
            self._lit = lit
            self._tell((DOT,))
        if self._rig.devices() != self._plugged:
            self._plugged = self._rig.devices()
            self._tell(range(len(TITLES)))

    # What Qt asks

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(TITLES)

    def headerData(self, section: int, side: Qt.Orientation, role: int = 0) -> Any:
        if side is Qt.Orientation.Horizontal and role == Role.DisplayRole:
            return TITLES[section]
        if side is Qt.Orientation.Horizontal and role == Role.ToolTipRole:
            return TIPS.get(section)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        binding = self._rows[index.row()]
        if not isinstance(binding, Binding) or not self._has(index.column(), binding):
            return flags
        if index.column() == INVERT:
            return flags | Qt.ItemFlag.ItemIsUserCheckable
        return flags | Qt.ItemFlag.ItemIsEditable

    def _has(self, column: int, binding: Binding) -> bool:
        """Whether a cell means anything for what the binding drives."""
        if column in (DOT, CONTROL, TARGET):
            return False
        return bool(binding.param) or column == MODE

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        asked = ANSWERS.get(role)
        if asked is None or not index.isValid():
            return None
        return asked(self, self._rows[index.row()], index)

    def setData(self, index: Index, value: Any, role: int = Role.EditRole) -> bool:
        binding = self._rows[index.row()]
        if not isinstance(binding, Binding):
            return False
        try:
            changes = self._changes(binding, index.column(), value, role)
        except BindingError as error:
            self._session.said.tell(str(error), "warning")
            return False
        return bool(changes) and self._edit(index.row(), replace(binding, **changes))

    def choices(self, index: Index) -> tuple[str, ...]:
        """The words that a cell can hold; none where it is typed."""
        binding = self._rows[index.row()]
        if index.column() == MODE and isinstance(binding, Binding) and not binding.param:
            return ("trigger", "momentary")
        return tuple(choice.title for choice in CHOICES.get(index.column(), ()))

    def remove(self, rows: Iterable[int]) -> None:
        """Takes bindings away, in one step."""
        places = tuple(rows)
        if places:
            self._session.try_edit("Unmap", lambda: unbind(self._session.document, *places))

    def problem(self, row: int) -> str:
        """Why a binding does nothing now; empty where it works."""
        binding = self._rows[row]
        if self._is_unplugged(binding):
            assert isinstance(binding, Binding)
            return f"{binding.source.device} is not plugged in; the mapping waits for it"
        return self._rig.hub.troubles.get(row, "")

    # Cells

    def _is_unplugged(self, binding: Binding | Unreadable) -> bool:
        if isinstance(binding, Unreadable):
            return False
        source = binding.source
        return source.kind == "midi" and source.device not in ("", *self._rig.devices())

    def _edit(self, row: int, binding: Binding) -> bool:
        def make() -> Document:
            return rebind(self._session.document, row, binding)

        done = self._session.try_edit("Change mapping", make)
        self._session.break_merge()
        return done

    def _changes(self, binding: Binding, column: int, value: Any, role: int) -> dict[str, Any]:
        if column == INVERT and role == Role.CheckStateRole:
            return {"invert": Qt.CheckState(value) is Qt.CheckState.Checked}
        if column in CHOICES:
            known = {choice.title: choice.changes for choice in CHOICES[column]}
            return known.get(str(value), {})
        if column in (LOW, HIGH):
            return {"range": self._range(binding, column, str(value))}
        return {}

    def _range(self, binding: Binding, column: int, text: str) -> tuple[float, float] | None:
        """The range with one end typed anew; an empty text means all again."""
        span = Span.of(find_param(self._session.document, *binding.end), binding.range)
        if not text.strip():
            return None
        low, high, end = span.low, span.high, _end(span.param, text.strip())
        low, high = (end, high) if column == LOW else (low, end)
        if low == high:
            raise BindingError(f"{binding.target} would not move: both ends are {text}")
        return low, high

    def _text(self, binding: Binding | Unreadable, index: Index) -> Any:
        if isinstance(binding, Unreadable):
            said = {CONTROL: str(binding.given.get("source", "")), TARGET: "cannot be read"}
            return said.get(index.column())
        writer = TEXTS.get(index.column())
        return writer(self, binding) if writer and self._shows(index.column(), binding) else None

    def _shows(self, column: int, binding: Binding) -> bool:
        return column in (CONTROL, TARGET) or self._has(column, binding)

    def _ends(self, binding: Binding) -> tuple[str, str]:
        try:
            span = Span.of(find_param(self._session.document, *binding.end), binding.range)
        except BindingError:
            return "", ""  # the row says why
        return _shown(span.param, span.low), _shown(span.param, span.high)

    def _color(self, binding: Binding | Unreadable, index: Index) -> Any:
        if isinstance(binding, Unreadable):
            return tokens.current().color("error")
        return tokens.current().color("text.disabled") if self.problem(index.row()) else None

    def _picture(self, binding: Binding | Unreadable, index: Index) -> Any:
        if index.column() == TARGET and self.problem(index.row()):
            return icon("warning", "text.disabled" if self._is_unplugged(binding) else "warn")
        if index.column() != CONTROL or isinstance(binding, Unreadable):
            return None
        kind = binding.source.kind
        is_off = self.problem(index.row()) or kind == "gamepad"
        color = "text.disabled" if is_off else f"driver.{kind}"
        return icon(PICTURES.get(kind, "controls"), color)

    def _check(self, binding: Binding | Unreadable, index: Index) -> Any:
        if index.column() != INVERT or isinstance(binding, Unreadable) or not binding.param:
            return None
        return Qt.CheckState.Checked if binding.invert else Qt.CheckState.Unchecked

    def _tip(self, binding: Binding | Unreadable, index: Index) -> Any:
        source = str(binding.source) if isinstance(binding, Binding) else None
        return self.problem(index.row()) or (source if index.column() == CONTROL else None)

    def _is_lit(self, binding: Binding | Unreadable, index: Index) -> Any:
        return index.column() == DOT and index.row() < len(self._lit) and self._lit[index.row()]


def _control(binding: Binding) -> str:
    """What a person looks for first: which control, then of which device."""
    fine = "14 bits" if binding.resolution == 14 else ""
    device = binding.source.device if binding.source.kind == "midi" else ""
    return " · ".join(filter(None, (binding.source.title, fine, device)))


def _mode(binding: Binding) -> str:
    if not binding.param:
        return "momentary" if binding.mode == "momentary" else "trigger"
    return ENCODERS[binding.encoder] if binding.mode == "relative" else binding.mode


def _shown(param: Param, end: float) -> str:
    if param.choices:
        at = min(len(param.choices) - 1, max(0, round(end)))
        return param.choices[at]
    return f"{end:.6g}"


def _end(param: Param, text: str) -> float:
    """A typed end: a number, or the name of a choice."""
    if text in param.choices:
        return param.choices.index(text)
    try:
        end = float(text)
    except ValueError:
        end = math.nan
    if not math.isfinite(end):
        wanted = ", ".join(param.choices) or "a number"
        raise BindingError(f"the end of a range is {wanted}, not {text!r}")
    return end


TEXTS: dict[int, Callable[[MappingModel, Binding], str]] = {
    CONTROL: lambda _, binding: _control(binding),
    TARGET: lambda _, binding: binding.target,
    MODE: lambda _, binding: _mode(binding),
    TAKEOVER: lambda _, binding: binding.soft if binding.mode == "continuous" else "",
    LOW: lambda model, binding: model._ends(binding)[0],
    HIGH: lambda model, binding: model._ends(binding)[1],
    CURVE: lambda _, binding: binding.curve,
}
LIT_ROLE = Role.UserRole + 1
ANSWERS: dict[int, Callable[[MappingModel, Binding | Unreadable, Index], Any]] = {
    Role.DisplayRole: MappingModel._text,
    Role.EditRole: MappingModel._text,
    Role.ForegroundRole: MappingModel._color,
    Role.DecorationRole: MappingModel._picture,
    Role.CheckStateRole: MappingModel._check,
    Role.ToolTipRole: MappingModel._tip,
    LIT_ROLE: MappingModel._is_lit,
}
