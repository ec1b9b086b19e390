"""The left dock: node types by category to drag or double-click into the graph, and presets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.documents import presets
from app.palette.listing import OfferTree
from app.palette.offers import Offer, of_registry
from app.palette.ranking import ranked, tree
from app.theme import icons

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.palette.usage import Usage
    from app.session import Session

NAME = Qt.ItemDataRole.UserRole
LARGEST_PRESET = 1 << 22  # bytes read for a title


class Library(QWidget):
    """Two pages. `add_asked` tells a node type to place, `open_asked` a preset to open."""

    add_asked = Signal(object)  # Offer
    open_asked = Signal(str)

    def __init__(self, session: Session, usage: Usage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._usage = usage
        self._offers = of_registry(session.registry)
        self.search = QLineEdit(clearButtonEnabled=True)
        self.nodes = OfferTree()
        self.presets = QListWidget()
        self.pages = QTabWidget(documentMode=True)
        self.pages.tabBar().setDrawBase(False)
        self._build()
        self._fill("")

    def commands(self) -> dict[str, Callable[[], None]]:
        """What the window's keys and menus may ask of it."""
        return {
            "panel.nodes": lambda: self._open_page(0, self.search),
            "panel.presets": lambda: self._open_page(1, self.presets),
        }

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(watched, Qt.Key(event.key()))
        return super().eventFilter(watched, event)

    def _build(self) -> None:
        self.setAccessibleName("Library")
        self.search.setPlaceholderText("Search nodes")
        self.search.setAccessibleName("Search nodes")
        leading = QLineEdit.ActionPosition.LeadingPosition
        self.search.addAction(icons.icon("search", "text.secondary"), leading)
        self.search.textChanged.connect(self._fill)
        self.nodes.setAccessibleName("Nodes by category")
        self.nodes.itemDoubleClicked.connect(lambda *_: self._add())
        self.nodes.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.nodes.customContextMenuRequested.connect(self._menu)
        self.presets.setAccessibleName("Presets")
        self.presets.itemActivated.connect(lambda item: self.open_asked.emit(item.data(NAME)))
        for widget in (self.search, self.nodes):
            widget.installEventFilter(self)
        self._lay_out()
        for name, path in presets().items():
            self.presets.addItem(_preset(name, path))

    def _lay_out(self) -> None:
        nodes = QWidget()
        column = QVBoxLayout(nodes)
        column.setContentsMargins(8, 8, 8, 0)
        column.setSpacing(6)
        column.addWidget(self.search)
        column.addWidget(self.nodes, 1)
        self.pages.addTab(nodes, "Nodes")
        self.pages.addTab(self.presets, "Presets")
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(self.pages)

    def _fill(self, query: str) -> None:
        if query.strip():
            self.nodes.show_found(ranked(self._offers, query, self._usage.weight), query)
            return
        sections = tree(self._offers, [], self._usage.favourites)
        self.nodes.show_sections(sections, set(sections))

    def _key(self, watched: QObject, key: Qt.Key) -> bool:
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._add()
            return True
        if watched is self.search and key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.nodes.step(1 if key == Qt.Key.Key_Down else -1)
            return True
        return False

    def _add(self) -> None:
        offer = self.nodes.offer()
        if offer is not None:
            self._usage.placed(offer.id)
            self.add_asked.emit(offer)

    def _menu(self, at: QPoint) -> None:
        offer = self.nodes.offer()
        if offer is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Add to the graph", self._add)
        menu.addAction(self._star_action(offer, menu))
        menu.popup(self.nodes.viewport().mapToGlobal(at))

    def _star_action(self, offer: Offer, menu: QMenu) -> QAction:
        is_on = offer.id in self._usage.favourites
        action = QAction("Remove from favourites" if is_on else "Add to favourites", menu)
        action.triggered.connect(lambda: self.star(offer, not is_on))
        return action

    def star(self, offer: Offer, on: bool) -> None:
        """Makes a node type a favourite, or not."""
        self._usage.star(offer.id, on)
        self._usage.save()
        self._fill(self.search.text())

    def _open_page(self, number: int, focus: QWidget) -> None:
        self.pages.setCurrentIndex(number)
        focus.setFocus(Qt.FocusReason.ShortcutFocusReason)


def _preset(name: str, path: Path) -> QListWidgetItem:
    """A preset as a row: the first words of its title, the rest as help."""
    words, _, rest = _title(path).partition(": ")
    item = QListWidgetItem(words or name.replace("_", " ").capitalize())
    item.setData(NAME, name)
    item.setToolTip(rest[:1].upper() + rest[1:])
    return item


def _title(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_PRESET:
            return ""
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(data.get("title", "")) if isinstance(data, dict) else ""
