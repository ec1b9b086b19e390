"""The list of mappings: what plays what and how, each cell edited in place, each edit undoable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QSize, Qt
from PySide6.QtGui import QKeySequence, QPainter, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.mapping.model import (
    CONTROL,
    DOT,
    INVERT,
    LIT_ROLE,
    TARGET,
    MappingModel,
)
from app.theme import icon, tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QAbstractItemModel

    from app.control.rig import Rig
    from app.session import Session

Index = QModelIndex | QPersistentModelIndex
ROW = 26  # pixels
WIDTHS = {DOT: 20, 3: 104, 4: 72, 5: 52, 6: 52, 7: 60, INVERT: 50}
EMPTY = """\
Nothing is mapped yet.

Map MIDI (Ctrl+M), click what shall move, then move a knob.
Every parameter has an OSC address besides: Ctrl+Shift+O shows them."""


class MappingPanel(QWidget):
    """Every binding of the document; `map_midi` begins to map another."""

    def __init__(
        self,
        session: Session,
        rig: Rig,
        map_midi: Callable[[], object] = lambda: None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.model = MappingModel(session, rig)
        self.table = self._table()
        self._count = QLabel()
        self._count.setProperty("role", "secondary")
        self._empty = QLabel(EMPTY)
        self._empty.setProperty("role", "secondary")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.table)
        self._pages.addWidget(self._empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(8)
        layout.addLayout(self._bar(map_midi))
        layout.addWidget(self._pages, 1)
        self.setAccessibleName("Mappings")
        for changed in (self.model.modelReset, self.model.dataChanged):
            changed.connect(self._say)
        self._say()

    def tick(self) -> None:
        """Shows what moves; costs nothing while nobody looks."""
        if self.isVisible():
            self.model.tick()

    def remove_selected(self) -> None:
        """Takes the selected mappings away."""
        chosen = self.table.selectionModel().selectedRows()
        self.model.remove(index.row() for index in chosen)

    def _bar(self, map_midi: Callable[[], object]) -> QHBoxLayout:
        add = QPushButton(icon("midi"), "Map…")
        add.setToolTip("Click what shall move, then move a knob (Ctrl+M)")
        add.setAccessibleName("Map MIDI")
        add.clicked.connect(lambda: map_midi())
        remove = QPushButton(icon("delete"), "Remove")
        remove.setToolTip("Takes the selected mappings away (Del)")
        remove.setAccessibleName("Remove mappings")
        remove.clicked.connect(self.remove_selected)
        self.remove_button = remove
        bar = QHBoxLayout()
        bar.addWidget(add)
        bar.addWidget(remove)
        bar.addStretch(1)
        bar.addWidget(self._count)
        return bar

    def _table(self) -> QTableView:
        table = QTableView()
        table.setModel(self.model)
        table.setItemDelegate(MappingDelegate(table))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setEditTriggers(QAbstractItemView.EditTrigger.AllEditTriggers)
        table.setShowGrid(False)
        table.setAccessibleName("Mappings")
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(ROW)
        header = table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setMinimumSectionSize(16)
        for column in (CONTROL, TARGET):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        for column, width in WIDTHS.items():
            table.setColumnWidth(column, width)
        delete = QShortcut(QKeySequence(Qt.Key.Key_Delete), table)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self.remove_selected)
        return table

    def _say(self) -> None:
        count = self.model.rowCount()
        waiting = sum(bool(self.model.problem(row)) for row in range(count))
        self._pages.setCurrentIndex(0 if count else 1)
        self.remove_button.setEnabled(bool(count))
        words = f"{count} mapping" + ("" if count == 1 else "s")
        self._count.setText(words + (f", {waiting} waiting" if waiting else ""))


class MappingDelegate(QStyledItemDelegate):
    """Choices are lists that open at once; the first column is a light."""

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        model = index.model()
        words = model.choices(index) if isinstance(model, MappingModel) else ()
        if not words:
            return super().createEditor(parent, option, index)
        box = QComboBox(parent)
        box.addItems(words)
        box.activated.connect(lambda _: self._take(box))
        return box

    def _take(self, box: QComboBox) -> None:
        self.commitData.emit(box)
        self.closeEditor.emit(box, QStyledItemDelegate.EndEditHint.NoHint)

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        if isinstance(editor, QComboBox):
            editor.setCurrentText(str(index.data()))
        else:
            super().setEditorData(editor, index)

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        if isinstance(editor, QComboBox):
            model.setData(index, editor.currentText())  # pyright: ignore[reportArgumentType]
        else:
            super().setModelData(editor, model, index)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(super().sizeHint(option, index).width(), ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        if index.column() != DOT:
            return
        look = tokens.current()
        color = look.color("ok" if index.data(LIT_ROLE) else "border.control")
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(QPointF(option.rect.center()) + QPointF(0.5, 0.5), 4, 4)  # pyright: ignore[reportAttributeAccessIssue]
        painter.restore()
