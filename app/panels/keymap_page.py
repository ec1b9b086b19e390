"""Changes keys: find a command, press the new key, see whose it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app import keymap
from app.actions import ACTIONS
from app.keymap import BY_ID, Keymap, native
from app.panels.cheat_sheet import SCOPES
from app.theme import icons, tokens

if TYPE_CHECKING:
    from app.keymap import Shortcuts

ID = Qt.ItemDataRole.UserRole
PORTABLE = QKeySequence.SequenceFormat.PortableText


class KeymapPage(QWidget):
    """Every command with its keys. A key that is assigned is taken from whoever had it."""

    def __init__(self, shortcuts: Shortcuts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shortcuts = shortcuts
        self.preset = QComboBox()
        self.search = QLineEdit(placeholderText="Find a command or a key", clearButtonEnabled=True)
        self.listing = QTreeWidget()
        self.press = QKeySequenceEdit()
        self.assign = QPushButton("Assign")
        self.clear = QPushButton("Remove keys")
        self.reset = QPushButton("Preset's key")
        self._whose = QLabel()
        self._build()
        self._fill()
        end = shortcuts.changed.listen(lambda _: self._fill())
        self.destroyed.connect(lambda: end())

    @property
    def chosen(self) -> str | None:
        """The id of the command that is selected."""
        item = self.listing.currentItem()
        return item.data(0, ID) if item is not None else None

    def choose(self, action: str) -> None:
        """Selects a command."""
        for number in range(self.listing.topLevelItemCount()):
            item = self.listing.topLevelItem(number)
            if item is not None and item.data(0, ID) == action:
                self.listing.setCurrentItem(item)

    def _build(self) -> None:
        for name, title in keymap.presets().items():
            self.preset.addItem(title, name)
        self.preset.activated.connect(self._take_preset)
        self.search.addAction(
            icons.icon("search", "text.secondary"), QLineEdit.ActionPosition.LeadingPosition
        )
        self.search.textChanged.connect(lambda _: self._filter())
        self.listing.setHeaderLabels(["Command", "Where", "Keys"])
        self.listing.setRootIsDecorated(False)
        self.listing.setUniformRowHeights(True)
        self.listing.ensurePolished()  # rows measured before that stay too low
        self.listing.setColumnWidth(0, 240)
        self.listing.setColumnWidth(1, 100)
        self.listing.currentItemChanged.connect(lambda *_: self._follow())
        self.press.setMaximumSequenceLength(1)
        self.press.setClearButtonEnabled(True)
        self.press.keySequenceChanged.connect(lambda _: self._follow())
        self.assign.setProperty("role", "primary")
        self.assign.clicked.connect(self._assign)
        self.clear.clicked.connect(lambda: self._put([]))
        self.reset.clicked.connect(self._reset)
        self._whose.setProperty("role", "secondary")
        self._whose.setWordWrap(True)
        self._name()
        self._lay_out()

    def _name(self) -> None:
        for widget, name in (
            (self.preset, "Preset of keys"),
            (self.search, "Find a command or a key"),
            (self.listing, "Commands and their keys"),
            (self.press, "Press the new key"),
        ):
            widget.setAccessibleName(name)

    def _lay_out(self) -> None:
        title = QLabel("Keys")
        title.setFont(tokens.current().font("title", 16))
        top = QHBoxLayout()
        for part in (QLabel("Preset"), self.preset):
            top.addWidget(part)
        top.addWidget(self.search, 1)
        bottom = QHBoxLayout()
        bottom.addWidget(self.press, 1)
        for part in (self.assign, self.clear, self.reset):
            bottom.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 0, 12, 0)
        column.setSpacing(8)
        column.addWidget(title)
        column.addLayout(top)
        column.addWidget(self.listing, 1)
        column.addLayout(bottom)
        column.addWidget(self._whose)

    def _fill(self) -> None:
        chosen, value = self.chosen, self._shortcuts.value
        self.preset.setCurrentIndex(self.preset.findData(value.preset))
        self.listing.clear()
        for action in ACTIONS:
            keys = "   ".join(native(key) for key in value.keys(action.id))
            item = QTreeWidgetItem([action.title, SCOPES[action.scope], keys])
            item.setData(0, ID, action.id)
            item.setToolTip(0, action.doc)
            if action.id in value.own:
                item.setForeground(2, tokens.current().color("accent"))
            self.listing.addTopLevelItem(item)
        self.choose(chosen or ACTIONS[0].id)
        self._filter()
        self._follow()

    def _filter(self) -> None:
        words = self.search.text().lower().split()
        for number in range(self.listing.topLevelItemCount()):
            item = self.listing.topLevelItem(number)
            if item is not None:
                text = " ".join(item.text(column) for column in range(3)).lower()
                item.setHidden(not all(word in text for word in words))

    def _follow(self) -> None:
        """Says what assigning would do, and allows what can be done."""
        key, action = self._pressed(), self.chosen
        self.assign.setEnabled(bool(key and action))
        self.clear.setEnabled(bool(action and self._shortcuts.value.keys(action)))
        self.reset.setEnabled(action in self._shortcuts.value.own)
        self._whose.setText(self._sentence(key, action))

    def _sentence(self, key: str, action: str | None) -> str:
        if not key or action is None:
            return "Choose a command, then press its new key in the field"
        users = self._shortcuts.value.users(key, action)
        if not users:
            return f"{native(key)} is free for {BY_ID[action].title}"
        names = " and ".join(BY_ID[user].title for user in users)
        return f"{native(key)} is now the key of {names}; assigning takes it from there"

    def _pressed(self) -> str:
        return self.press.keySequence().toString(PORTABLE)

    def _assign(self) -> None:
        key, action = self._pressed(), self.chosen
        if not key or action is None:
            return
        value = self._shortcuts.value
        for user in value.users(key, action):
            value = value.with_keys(user, [k for k in value.keys(user) if k != key])
        self.press.clear()
        self._shortcuts.put(value.with_keys(action, [key]))

    def _put(self, keys: list[str]) -> None:
        if self.chosen is not None:
            self._shortcuts.put(self._shortcuts.value.with_keys(self.chosen, keys))

    def _reset(self) -> None:
        """The preset's keys again, taken from whoever got them meanwhile."""
        action, value = self.chosen, self._shortcuts.value
        if action is None:
            return
        value = value.reset(action)
        for key in value.keys(action):
            for user in value.users(key, action):
                value = value.with_keys(user, [k for k in value.keys(user) if k != key])
        self._shortcuts.put(value)

    def _take_preset(self, at: int) -> None:
        self._shortcuts.put(Keymap(self.preset.itemData(at)))
