"""The command palette: a few letters find any command of the studio, Return calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.actions import ACTIONS, Action
from app.keymap import native
from app.palette.offers import Offer
from app.palette.ranking import ranked, spans
from app.theme import icons, tokens
from app.theme.letters import draw_letters

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

Index = QModelIndex | QPersistentModelIndex

SIZE = QSize(600, 432)
ROW, PAGE = 32, 10
RECENT = 6
STEPS = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_PageDown: PAGE,
    Qt.Key.Key_PageUp: -PAGE,
}
PLACES = {"global": "", "canvas": "Canvas", "perform": "Stage", "inspector": "Inspector"}
ACTION, LETTERS, KEYS, HERE = (Qt.ItemDataRole.UserRole + n for n in range(4))
OFFERS = {a.id: Offer(a.id, a.title.rstrip("…"), a.menu, a.doc) for a in ACTIONS}
BY_ID = {action.id: action for action in ACTIONS}


class CommandPalette(QFrame):
    """Opens with `ask`; `chosen` tells the id of the command.

    Parameters
    ----------
    keys
        The keys of a command, by its id.
    available
        The ids of the commands that can be called now; the others are listed, greyed.
    """

    chosen = Signal(str)

    def __init__(
        self,
        keys: Callable[[str], tuple[str, ...]],
        available: Callable[[], Collection[str]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self._keys, self._available = keys, available
        self._recent: list[str] = []
        self.search = QLineEdit(placeholderText="Type a command", clearButtonEnabled=True)
        self.listing = QListWidget()
        self._about = QLabel(wordWrap=True)
        self._build()

    def _build(self) -> None:
        self.setProperty("role", "popup")
        self.setAccessibleName("Command palette")
        self.search.setAccessibleName("Command")
        self.search.addAction(
            icons.icon("search", "text.secondary"), QLineEdit.ActionPosition.LeadingPosition
        )
        self.search.textChanged.connect(self._fill)
        self.search.installEventFilter(self)
        self.listing.setProperty("role", "bare")
        self.listing.setUniformItemSizes(True)
        self.listing.setAccessibleName("Commands")
        self.listing.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.listing.setItemDelegate(Row(self.listing))
        self.listing.itemClicked.connect(lambda _: self._choose())
        self.listing.currentItemChanged.connect(self._explain)
        self._about.setProperty("role", "secondary")
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        for part in (self.search, self.listing, self._about):
            column.addWidget(part)

    def ask(self) -> None:
        """Opens at the top of the window that it belongs to, empty."""
        self.search.clear()
        self._fill("")
        self.resize(SIZE)
        window = self.parentWidget()
        if window is not None:
            middle = window.mapToGlobal(QPoint(window.width() // 2, 0))
            self.move(middle.x() - SIZE.width() // 2, middle.y() + 48)
        self.show()
        self.search.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._key(event)
        return super().eventFilter(watched, event)

    def _key(self, event: QKeyEvent) -> bool:
        step = STEPS.get(Qt.Key(event.key()))
        if step is not None:
            last = self.listing.count() - 1
            self.listing.setCurrentRow(min(max(self.listing.currentRow() + step, 0), last))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose()
        elif event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            return False
        return True

    def _choose(self) -> None:
        item = self.listing.currentItem()
        if item is None or not item.data(HERE):
            return
        id = item.data(ACTION)
        self._recent = [id, *(each for each in self._recent if each != id)][:RECENT]
        self.close()
        self.chosen.emit(id)

    def _fill(self, query: str) -> None:
        here = set(self._available())
        found = [offer.id for offer in ranked(OFFERS.values(), query)]
        if not query.strip():
            found = [*self._recent, *(id for id in found if id not in self._recent)]
        found.sort(key=lambda id: id not in here)
        self.listing.clear()
        for id in found:
            self.listing.addItem(self._item(BY_ID[id], query, id in here))
        self.listing.setCurrentRow(0)

    def _item(self, action: Action, query: str, here: bool) -> QListWidgetItem:
        item = QListWidgetItem(action.title)
        item.setData(ACTION, action.id)
        item.setData(LETTERS, spans(action.title, query))
        item.setData(KEYS, [native(key) for key in self._keys(action.id)][:2])
        item.setData(HERE, here)
        item.setToolTip(action.doc)
        return item

    def _explain(self, item: QListWidgetItem | None) -> None:
        if item is None:
            self._about.setText("No command is called that")
            return
        action = BY_ID[item.data(ACTION)]
        where = " ▸ ".join(filter(None, [PLACES[action.scope], *action.menu.split("/")]))
        lead = "" if item.data(HERE) else "Not possible here. "
        self._about.setText(f"{lead}{action.doc}{'   ' if where else ''}{where}")


class Row(QStyledItemDelegate):
    """A command: its name with the letters that were typed, where it lives, its keys."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        look = tokens.current()
        here = index.data(HERE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("bg.selected"))
            painter.drawRoundedRect(option.rect.adjusted(0, 1, 0, -1), 4, 4)
        rect = option.rect.adjusted(12, 0, -8, 0)
        left = self._paint_keys(painter, rect, index.data(KEYS) or [], here)
        painter.setPen(look.color("text" if here else "text.disabled"))
        title = rect.adjusted(0, 0, left - rect.right() - 12, 0)
        draw_letters(painter, title, index.data(), index.data(LETTERS) or [])
        painter.restore()

    def _paint_keys(self, painter: QPainter, rect: QRect, keys: list[str], here: bool) -> int:
        look = tokens.current()
        painter.setFont(look.font("label"))
        right = rect.right()
        for key in reversed(keys):
            width = painter.fontMetrics().horizontalAdvance(key) + 12
            cap = QRect(right - width, rect.center().y() - 9, width, 20)
            painter.setPen(look.color("border.control" if here else "border"))
            painter.setBrush(look.color("bg.field"))
            painter.drawRoundedRect(cap, 4, 4)
            painter.setPen(look.color("text.secondary" if here else "text.disabled"))
            painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, key)
            right -= width + 6
        return right
