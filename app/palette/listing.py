"""A list of offers to choose from: sections to browse, or what a query found with letters bold."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from app.palette.ranking import spans
from app.theme import tokens

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from app.palette.offers import Offer

OFFER = Qt.ItemDataRole.UserRole
LETTERS = Qt.ItemDataRole.UserRole + 1  # positions of a title to be shown bold
MIME = "application/x-slipstream-node"  # a node type's id, dragged onto the canvas
ROW, PAD = 26, 8
Index = QModelIndex | QPersistentModelIndex


class OfferTree(QTreeWidget):
    """Offers below section heads that open and close, or a flat list; drags out as `MIME`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setIndentation(10)
        self.setRootIsDecorated(False)
        self.setExpandsOnDoubleClick(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setItemDelegate(OfferDelegate(self))
        self.itemClicked.connect(self._toggle)

    def show_sections(self, sections: Mapping[str, Sequence[Offer]], open: Collection[str]) -> None:
        """Shows sections; those named are open, the first offer in them is current."""
        self.clear()
        for name, offers in sections.items():
            head = QTreeWidgetItem([f"{name}  {len(offers)}"])
            head.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            head.setData(0, Qt.ItemDataRole.AccessibleTextRole, f"{name}, {len(offers)} nodes")
            self.addTopLevelItem(head)
            head.addChildren([_row(offer, []) for offer in offers])
            head.setExpanded(name in open)
        self._choose_first()

    def show_found(self, offers: Sequence[Offer], query: str) -> None:
        """Shows what a query found, best first."""
        self.clear()
        self.addTopLevelItems([_row(offer, spans(offer.title, query)) for offer in offers])
        self._choose_first()

    def offer(self) -> Offer | None:
        """The current offer, None where a section head or nothing is current."""
        item = self.currentItem()
        return item.data(0, OFFER) if item is not None else None

    def step(self, rows: int) -> None:
        """Makes the row that many further on the current one, round at both ends if by one."""
        items = self._visible()
        if not items:
            return
        current = self.currentItem()
        at = items.index(current) if current is not None and current in items else -1
        to = (at + rows) % len(items) if abs(rows) == 1 else min(max(at + rows, 0), len(items) - 1)
        self.setCurrentItem(items[to])

    def open(self, on: bool) -> bool:
        """Opens or closes the section that is current or around what is; whether there is one."""
        item = self.currentItem()
        head = item.parent() or item if item is not None else None
        if head is None or head.data(0, OFFER) is not None:
            return False
        if not on:
            self.setCurrentItem(head)
        head.setExpanded(on)
        return True

    def is_open(self) -> bool:
        """Whether the current section head shows what is below it."""
        item = self.currentItem()
        return item is not None and item.isExpanded()

    def mimeData(self, items: Sequence[QTreeWidgetItem]) -> QMimeData:
        data = QMimeData()
        offers = [item.data(0, OFFER) for item in items if item.data(0, OFFER) is not None]
        if offers:
            data.setData(MIME, offers[0].id.encode())
            data.setText(offers[0].title)
        return data

    def _visible(self) -> list[QTreeWidgetItem]:
        heads = [self.topLevelItem(at) for at in range(self.topLevelItemCount())]
        below = [
            [head, *(head.child(at) for at in range(head.childCount() if head.isExpanded() else 0))]
            for head in heads
            if head is not None
        ]
        return [item for items in below for item in items if item is not None]

    def _choose_first(self) -> None:
        items = self._visible()
        first = next((item for item in items if item.data(0, OFFER) is not None), None)
        if first is not None or items:
            self.setCurrentItem(first or items[0])
        self.scrollToTop()

    def _toggle(self, item: QTreeWidgetItem) -> None:
        if item.data(0, OFFER) is None:
            item.setExpanded(not item.isExpanded())


class OfferDelegate(QStyledItemDelegate):
    """Draws a row: the tint of the category, the title, the category in grey."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(160, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        look, rect = tokens.current(), QRect(option.rect)
        rect.setLeft(0)
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, look.color("bg.selected"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, look.color("bg.hover"))
        offer = index.data(OFFER)
        if offer is None:
            _paint_head(
                painter, rect, index.data(), bool(option.state & QStyle.StateFlag.State_Open)
            )
        else:
            self._paint_offer(painter, rect, offer, index)
        painter.restore()

    def _paint_offer(self, painter: QPainter, rect: QRect, offer: Offer, index: Index) -> None:
        look = tokens.current()
        tint = QRect(PAD, rect.top() + 6, 4, ROW - 12)
        color = look.header(offer.category)
        painter.fillRect(tint, color.lighter(150) if look.dark else color.darker(160))
        inner = rect.adjusted(PAD + 12, 0, -PAD, 0)
        if not index.parent().isValid():
            inner = _paint_side(painter, inner, offer.category)
        _paint_title(painter, inner, offer.title, set(index.data(LETTERS)))


def _row(offer: Offer, letters: list[int]) -> QTreeWidgetItem:
    item = QTreeWidgetItem([offer.title])
    item.setData(0, OFFER, offer)
    item.setData(0, LETTERS, letters)
    item.setToolTip(0, offer.summary)
    return item


def _paint_head(painter: QPainter, rect: QRect, text: str, is_open: bool) -> None:
    look = tokens.current()
    painter.setFont(look.font("label"))
    painter.setPen(look.color("text.secondary"))
    x, y = rect.left() + PAD + 4, rect.center().y()
    corners = [(-3, -2), (0, 2), (3, -2)] if is_open else [(-2, -3), (2, 0), (-2, 3)]
    points = [(x + dx, y + dy) for dx, dy in corners]
    for (x1, y1), (x2, y2) in pairwise(points):
        painter.drawLine(x1, y1, x2, y2)
    painter.drawText(rect.adjusted(PAD + 12, 0, -PAD, 0), Qt.AlignmentFlag.AlignVCenter, text)


def _paint_side(painter: QPainter, rect: QRect, text: str) -> QRect:
    """Writes a text at the right and returns what is left of the row."""
    look = tokens.current()
    painter.setFont(look.font("label"))
    painter.setPen(look.color("text.secondary"))
    flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
    painter.drawText(rect, flags, text)
    return rect.adjusted(0, 0, -painter.fontMetrics().horizontalAdvance(text) - PAD, 0)


def _paint_title(painter: QPainter, rect: QRect, title: str, bold: set[int]) -> None:
    look = tokens.current()
    plain, strong = look.font("body"), look.font("body")
    strong.setBold(True)
    painter.setPen(look.color("text"))
    if not bold:
        painter.setFont(plain)
        shown = QFontMetrics(plain).elidedText(title, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, shown)
        return
    for at, letter in enumerate(title):
        painter.setFont(strong if at in bold else plain)
        painter.setPen(look.color("focus" if at in bold else "text"))
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, letter)
        rect = rect.adjusted(painter.fontMetrics().horizontalAdvance(letter), 0, 0, 0)
