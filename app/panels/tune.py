"""A table of nodes by what they cost: who takes the time, on which lane, and who fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from app.theme import tokens

if TYPE_CHECKING:
    from app.meter import Cost, Meter
    from app.session import Session

Role = Qt.ItemDataRole
COLUMNS = (  # title, field, form, what it says
    ("Node", "key", "{}", "The node's address"),
    ("ms a picture", "per_picture_ms", "{:.2f}", "Milliseconds of each picture on air"),
    ("share", "share", "{:.0%}", "Of the time that a picture may take"),
    ("mean ms", "mean_ms", "{:.2f}", "A call, over the last 128"),
    ("95 % ms", "p95_ms", "{:.2f}", "95 of 100 calls stay under it"),
    ("calls/s", "rate", "{:.1f}", "Calls a second"),
    ("lane", "lane", "{}", "The worker that runs it"),
    ("errors", "errors", "{}", "Calls that failed"),
    ("status", "status", "{}", "How it is"),
    ("says", "message", "{}", "What it suffers from"),
)
Index = QModelIndex  # Qt's overloads take a persistent one as well


class CostModel(QAbstractTableModel):
    """The newest sample's costs as rows."""

    def __init__(self) -> None:
        super().__init__()
        self._costs: tuple[Cost, ...] = ()

    def show(self, costs: tuple[Cost, ...]) -> None:
        """Takes over other figures; rows stay selected where their nodes stay."""
        if [cost.key for cost in costs] != [cost.key for cost in self._costs]:
            self.beginResetModel()
            self._costs = costs
            self.endResetModel()
            return
        self._costs = costs
        self.dataChanged.emit(self.index(0, 0), self.index(len(costs) - 1, len(COLUMNS) - 1))

    def key(self, row: int) -> str:
        return self._costs[row].key

    def rowCount(self, parent: Any = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._costs)

    def columnCount(self, parent: Any = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        title, _, _, doc = COLUMNS[section]
        return {Role.DisplayRole: title, Role.ToolTipRole: doc}.get(Role(role))

    def data(self, index: Any, role: int = 0) -> Any:
        cost = self._costs[index.row()]
        _, name, form, _ = COLUMNS[index.column()]
        value = getattr(cost, name)
        match role:
            case Role.DisplayRole | Role.AccessibleTextRole:
                return form.format(value)
            case Role.UserRole:  # what is sorted by
                return value
            case Role.TextAlignmentRole if not isinstance(value, str):
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            case Role.ForegroundRole:
                return _color(cost, name)
            case Role.FontRole:
                return tokens.current().font("label" if isinstance(value, str) else "mono", 11)
        return None


class TuneTable(QTableView):
    """The table, dearest first; a click selects the node."""

    def __init__(self, session: Session, meter: Meter) -> None:
        super().__init__()
        self._session = session
        self._meter = meter
        self._model = CostModel()
        self._sorted = QSortFilterProxyModel()
        self._sorted.setSourceModel(self._model)
        self._sorted.setSortRole(Role.UserRole)
        self.setModel(self._sorted)
        self.setAccessibleName("Cost of every node")
        self.setSortingEnabled(True)
        self.sortByColumn(1, Qt.SortOrder.DescendingOrder)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(24)
        header = self.horizontalHeader()
        header.setDefaultSectionSize(84)
        header.resizeSection(0, 160)
        header.setSectionResizeMode(len(COLUMNS) - 1, QHeaderView.ResizeMode.Stretch)
        self.clicked.connect(self._select)

    def tick(self) -> None:
        """Shows the newest sample; nothing where nobody sees it."""
        newest = self._meter.newest
        if newest is not None and self.isVisible():
            self._model.show(newest.costs)

    def _select(self, index: QModelIndex) -> None:
        self._session.select([self._model.key(self._sorted.mapToSource(index).row())])


def _color(cost: Cost, name: str) -> Any:
    look = tokens.current()
    if name in ("share", "per_picture_ms") and cost.share > 1.0:
        return look.color("error")
    if name in ("status", "says", "message", "errors") and cost.errors:
        return look.color("warn")
    return look.color("text" if name in ("key", "per_picture_ms") else "text.secondary")
