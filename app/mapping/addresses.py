"""Every OSC address of the document: to find, to copy with a click, to save as a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.control.pages import ABOUT, html, markdown
from app.theme import icon, tokens

if TYPE_CHECKING:
    from app.control.addresses import Address
    from app.control.rig import Rig
    from app.session import Session

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
PATH, TAKES, EXAMPLE = range(3)
TITLES = ("Address", "Takes", "Example")
ROW = 24  # pixels
PAGES = {".html": html, ".md": markdown}


class AddressModel(QAbstractTableModel):
    """The addresses that hold every word that is searched for."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[Address, ...] = ()

    def show(self, rows: tuple[Address, ...]) -> None:
        if rows != self.rows:
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(TITLES)

    def headerData(self, section: int, side: Qt.Orientation, role: int = 0) -> Any:
        shown = side is Qt.Orientation.Horizontal and role == Role.DisplayRole
        return TITLES[section] if shown else None

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role == Role.DisplayRole:
            takes = row.type if row.type == "press" else (row.range or row.type)
            return (row.path, takes, row.example)[index.column()]
        if role == Role.ToolTipRole:
            return f"{row.doc}\n{', '.join(filter(None, (row.type, row.range)))}\n{row.example}"
        if role == Role.FontRole and index.column() != TAKES:
            return tokens.current().font("mono", 11)
        if role == Role.ForegroundRole and index.column() == TAKES:
            return tokens.current().color("text.secondary")
        return None


class AddressPanel(QWidget):
    """OSC of a document; a click copies an address, or the example beside it."""

    def __init__(self, session: Session, rig: Rig, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._rig = rig
        self._known: object = None
        self.model = AddressModel()
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find an address")
        self.search.setAccessibleName("Find an address")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self.refresh)
        self._state = QLabel()
        self._state.setProperty("role", "secondary")
        self._state.setToolTip("\n".join(ABOUT))
        self.table = self._table()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(8)
        layout.addLayout(self._bar())
        layout.addWidget(self._state)
        layout.addWidget(self.table, 1)
        self.setAccessibleName("OSC addresses")
        self.refresh()

    def tick(self) -> None:
        """Follows the document while somebody looks."""
        known = (self._rig.router.addresses, self._rig.osc)
        if self.isVisible() and known != self._known:
            self.refresh()

    def refresh(self) -> None:
        """Shows what the words find."""
        addresses = self._rig.router.addresses
        self._known = (addresses, self._rig.osc)
        words = self.search.text().lower().split()
        rows = (
            row for row in addresses if all(w in f"{row.path} {row.doc}".lower() for w in words)
        )
        self.model.show(tuple(rows))
        osc = self._rig.osc
        heard = f"Hears on port {osc.port}" if osc else "OSC is off"
        self._state.setText(f"{heard} · {self.model.rowCount()} of {len(addresses)} addresses")

    def save(self, path: Path) -> None:
        """Writes the page as HTML or Markdown, as the name ends."""
        page = PAGES.get(path.suffix.lower(), html)
        title = self._session.document.title or "this document"
        try:
            path.write_text(page(self._rig.router.addresses, title), encoding="utf-8")
        except OSError as error:
            self._session.said.tell(f"{path} cannot be written: {error.strerror}", "error")
        else:
            self._session.said.tell(f"wrote {path}", "info")

    def copy(self, index: Index) -> None:
        """Copies what a cell shows: the address, or the whole example."""
        row = self.model.rows[index.row()]
        text = row.example if index.column() == EXAMPLE else row.path
        QGuiApplication.clipboard().setText(text)
        self._session.said.tell(f"copied {text}", "info")

    def _bar(self) -> QHBoxLayout:
        save = QPushButton(icon("save"), "Save page…")
        save.setToolTip("Writes all addresses as a page of HTML or Markdown")
        save.setAccessibleName("Save page of addresses")
        save.clicked.connect(self._ask)
        bar = QHBoxLayout()
        bar.addWidget(self.search, 1)
        bar.addWidget(save)
        return bar

    def _table(self) -> QTableView:
        table = QTableView()
        table.setModel(self.model)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setAccessibleName("OSC addresses")
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(ROW)
        header = table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        table.clicked.connect(self.copy)
        table.activated.connect(self.copy)
        return table

    def _ask(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, "Save OSC addresses", "osc.html", "Pages (*.html *.md)"
        )
        if name:
            self.save(Path(name))


def _has(row: Address, words: list[str]) -> bool:
    text = f"{row.path} {row.doc}".lower()
    return all(word in text for word in words)
