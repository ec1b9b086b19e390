"""The cue list: what comes in which order, what stands by, and a large GO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QTreeWidget,
    QTreeWidgetItem,
)

from app.cues import edits
from app.cues.cue import Cue
from app.perform.hearing import hear_document
from app.perform.painting import draw_elided, draw_focus, tag_color
from app.theme import tokens

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QWidget

    from app.cues.cue import Sheet
    from app.cues.player import CuePlayer
    from app.session import Session

ON_AIR, STANDBY = "●", "▸"
MARK, NAME, TIME = range(3)


class CueList(QTreeWidget):
    """Cues in their order; a click lets one stand by, and launches nothing."""

    def __init__(self, session: Session, cues: CuePlayer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._cues = session, cues
        self._locked = False
        self._shown: tuple[object, ...] = ()
        self._sheet: Sheet | None = None
        self.setAccessibleName("Cue list")
        self.setHeaderLabels(["", "Cue", "Morph"])
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setFont(tokens.current().font("body", 15))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.header()
        header.setSectionResizeMode(MARK, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(MARK, 52)
        header.setStretchLastSection(False)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(TIME, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(TIME, 84)
        self.itemClicked.connect(self._stand_by)
        self.customContextMenuRequested.connect(self._menu)
        hear_document(self, session, self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Shows the document's cues in their order, where they are new."""
        if self._sheet is self._cues.sheet:
            return
        self._sheet = self._cues.sheet
        self.clear()
        for number, (at, cue) in enumerate(self._cues.sheet.list.items(), 1):
            item = QTreeWidgetItem(["", cue.name, _length(cue)])
            item.setData(MARK, Qt.ItemDataRole.UserRole, at)
            item.setIcon(NAME, _tag(tag_color(cue.color)))
            item.setToolTip(NAME, cue.notes or cue.name)
            item.setText(MARK, f"{number}")
            item.setSizeHint(NAME, QSize(0, 30))
            self.addTopLevelItem(item)
        self._shown = ()
        self.tick()

    def tick(self) -> None:
        """Marks what is on air and what stands by."""
        cues = self._cues.sheet.order
        standby = self._cues.standby
        lit = tuple(self._cues.light(cue).is_current for cue in cues)
        shown = (standby.name if standby else None, lit)
        if shown == self._shown or len(cues) != self.topLevelItemCount():
            return
        self._shown = shown
        for number, (cue, on_air) in enumerate(zip(cues, lit, strict=True)):
            item = self.topLevelItem(number)
            if item is not None:
                self._mark(item, number, cue == standby, on_air)

    def set_locked(self, on: bool) -> None:
        """Locked, the order cannot be changed."""
        self._locked = on

    def _mark(self, item: QTreeWidgetItem, number: int, stands_by: bool, on_air: bool) -> None:
        theme = tokens.current()
        sign = STANDBY if stands_by else ON_AIR if on_air else ""
        color = "preview" if stands_by else "air" if on_air else "text.secondary"
        item.setText(MARK, f"{number + 1} {sign}")
        item.setForeground(MARK, theme.color(color))
        item.setForeground(NAME, theme.color("text"))
        if stands_by:
            self.setCurrentItem(item)
            self.scrollToItem(item)

    def _stand_by(self, item: QTreeWidgetItem) -> None:
        self._cues.stand_by(self._cue(item))

    def _cue(self, item: QTreeWidgetItem) -> Cue:
        at = item.data(MARK, Qt.ItemDataRole.UserRole)
        return Cue.read(self._session.document.cues[at])

    def _menu(self, point: QPoint) -> None:
        item = self.itemAt(point)
        if item is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        row = self.indexOfTopLevelItem(item)
        menu.addAction("Launch now", lambda: self._cues.launch(self._cue(item), quantize=0))
        up = menu.addAction("Earlier", lambda: self._reorder(row, row - 1))
        down = menu.addAction("Later", lambda: self._reorder(row, row + 2))
        up.setEnabled(row > 0 and not self._locked)
        down.setEnabled(row < self.topLevelItemCount() - 1 and not self._locked)
        menu.popup(self.viewport().mapToGlobal(point))

    def _reorder(self, row: int, to: int) -> None:
        places = [*self._cues.sheet.list, len(self._session.document.cues)]
        self._session.try_edit(
            "Reorder cues",
            lambda: edits.reorder(self._session.document, places[row], places[to]),
        )


class GoButton(QAbstractButton):
    """GO, large, with the name of what it launches; `pressed` is when it answers."""

    def __init__(self, parent: QWidget | None = None, *, height: int = 72) -> None:
        super().__init__(parent)
        self._name, self._notes, self._nothing = "", "", "No cue"
        self._height = height
        self.setAccessibleName("GO")
        self.setToolTip("Launches the cue that stands by (Space)")
        self.setMinimumHeight(height)

    def sizeHint(self) -> QSize:
        return QSize(300, self._height)

    def show_standby(self, cue: Cue | None, *, is_over: bool = False) -> None:
        """Shows what it launches; where that is nothing, whether the list is at its end."""
        nothing = "End of the list" if is_over else "No cue"
        shown = (cue.name, cue.notes, nothing) if cue else ("", "", nothing)
        if shown != (self._name, self._notes, self._nothing):
            self._name, self._notes, self._nothing = shown
            self.setAccessibleName(f"GO {self._name}".strip())
            self.update()

    def paintEvent(self, _: QPaintEvent) -> None:
        theme = tokens.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        fill = theme.color("button" if self._name else "bg.node")
        painter.setBrush(theme.hover(fill) if self.underMouse() or self.isDown() else fill)
        painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        painter.setPen(theme.color("button.text" if self._name else "text.disabled"))
        painter.setFont(theme.font("title", max(18, self._height // 2 - 6)))
        wide = painter.fontMetrics().horizontalAdvance("GO")
        painter.drawText(
            QRectF(20, 0, wide + 4, self.height()), Qt.AlignmentFlag.AlignVCenter, "GO"
        )
        self._paint_name(painter, wide + 44.0)
        draw_focus(painter, self)

    def _paint_name(self, painter: QPainter, left: float) -> None:
        theme, width = tokens.current(), self.width() - left - 12
        start = Qt.AlignmentFlag.AlignLeft
        notes = " ".join(self._notes.split()) if self._height >= 64 else ""
        middle = self.height() / 2
        painter.setFont(theme.font("title", 18 if self._height >= 64 else 14))
        name = self._name or self._nothing
        top = middle - 24 if notes else middle - 14
        draw_elided(painter, QRectF(left, top, width, 28), name, start)
        if notes:
            painter.setFont(theme.font("body", 13))
            draw_elided(painter, QRectF(left, middle + 4, width, 20), notes, start)


def _length(cue: Cue) -> str:
    if cue.beats is not None:
        return f"{cue.beats:g} beats"
    return "–" if cue.fade is None else f"{cue.fade:g} s"


def _tag(color: QColor) -> QPixmap:
    pixmap = QPixmap(10, 10)
    pixmap.fill(color)
    return pixmap
