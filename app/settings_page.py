"""The settings, page by page: made from what `app/settings.py` declares, in force at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import settings
from app.panels.device_picker import DevicePicker, sound_inputs
from app.panels.keymap_page import KeymapPage
from app.settings import Settings
from app.theme import icons, tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.keymap import Shortcuts
    from app.settings import Preferences, Setting

ICONS = {
    "Look": "theme",
    "Canvas": "edit_mode",
    "Output": "display",
    "Recording": "record",
    "Control": "controls",
    "Safety": "safe",
    "Keys": "keyboard",
}
FIELD = 260
NAVIGATION = 152


class SettingsPage(QWidget):
    """All settings and the keys; every change is kept and heard of at once."""

    def __init__(
        self, preferences: Preferences, shortcuts: Shortcuts, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self.editors: dict[str, QWidget] = {}
        self.pages = QListWidget()
        self.keys = KeymapPage(shortcuts)
        self._stack = QStackedWidget()
        self._build()
        end = preferences.changed.listen(self._follow)
        self.destroyed.connect(lambda: end())

    def show_page(self, name: str) -> None:
        """Turns to a page: Look, Canvas, Output, Recording, Control, Safety or Keys."""
        found = self.pages.findItems(name, Qt.MatchFlag.MatchExactly)
        if found:
            self.pages.setCurrentItem(found[0])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.isWindow():
            self.close()
        else:
            super().keyPressEvent(event)

    def _build(self) -> None:
        self.setAccessibleName("Settings")
        self.pages.setAccessibleName("Pages of settings")
        self.pages.setFixedWidth(NAVIGATION)
        self.pages.setIconSize(QSize(16, 16))
        self.pages.setProperty("role", "bare")
        self.pages.ensurePolished()  # rows measured before that stay too low
        self.pages.currentRowChanged.connect(self._stack.setCurrentIndex)
        for name, fields in _pages().items():
            self._add(name, self._form(name, fields))
        self._add("Keys", self.keys)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 12, 12, 12)
        row.setSpacing(12)
        row.addWidget(self.pages)
        row.addWidget(self._stack, 1)
        self.pages.setCurrentRow(0)

    def _add(self, name: str, page: QWidget) -> None:
        self.pages.addItem(name)
        self.pages.item(self.pages.count() - 1).setIcon(icons.icon(ICONS[name], "text.secondary"))
        self._stack.addWidget(page)

    def _form(self, name: str, fields: dict[str, Setting]) -> QWidget:
        inside = QWidget()
        form = QFormLayout(inside)
        form.setContentsMargins(12, 8, 12, 12)
        form.setHorizontalSpacing(24)
        form.setVerticalSpacing(6)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        for field, setting in fields.items():
            label = QLabel(setting.title)
            editor = self._editor(field, setting)
            label.setBuddy(self.editors[field])
            form.addRow(label, editor)
            form.addRow("", _note(setting))
        reset = QPushButton("Back to defaults")
        reset.clicked.connect(lambda: self._reset(fields))
        form.addRow("", reset)
        form.setAlignment(reset, Qt.AlignmentFlag.AlignLeft)
        return _scrolling(name, inside)

    def _editor(self, field: str, setting: Setting) -> QWidget:
        value = getattr(self._preferences.value, field)
        editor = _make(field, setting, value, lambda new: self._set(field, new))
        editor.setAccessibleName(setting.title)
        editor.setAccessibleDescription(setting.doc)
        editor.installEventFilter(self)
        self.editors[field] = editor
        if field == "record_folder":
            return _with_chooser(editor, lambda new: self._set(field, new))
        return editor

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The wheel scrolls the page; it changes only what has the focus."""
        unasked = isinstance(watched, QWidget) and not watched.hasFocus()
        if event.type() == QEvent.Type.Wheel and unasked:
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def _set(self, field: str, value: Any) -> None:
        if value != getattr(self._preferences.value, field):
            self._preferences.set(**{field: value})

    def _reset(self, fields: dict[str, Setting]) -> None:
        usual = Settings()
        self._preferences.set(**{field: getattr(usual, field) for field in fields})

    def _follow(self, before: Settings, after: Settings) -> None:
        for field, editor in self.editors.items():
            value = getattr(after, field)
            if value != getattr(before, field):
                _show(editor, value)


def _pages() -> dict[str, dict[str, Setting]]:
    pages: dict[str, dict[str, Setting]] = {}
    for field, setting in settings.shown().items():
        pages.setdefault(setting.page, {})[field] = setting
    return pages


def _make(field: str, setting: Setting, value: Any, tell: Callable[[Any], None]) -> QWidget:
    """An editor for a value, by its kind."""
    if field in DEVICES:
        return _device(field, value, tell)
    if setting.choices:
        return _choice(setting, value, tell)
    makers = {bool: _switch, int: _whole, float: _real, str: _text}
    return makers[type(value)](setting, value, tell)


def _switch(setting: Setting, value: bool, tell: Callable[[Any], None]) -> QWidget:
    box = QCheckBox()
    box.setChecked(value)
    box.toggled.connect(tell)
    return box


def _choice(setting: Setting, value: str, tell: Callable[[Any], None]) -> QWidget:
    box = QComboBox()
    for word, title in setting.choices:
        box.addItem(title, word)
    box.setCurrentIndex(box.findData(value))
    box.setFixedWidth(FIELD)
    box.currentIndexChanged.connect(lambda at: tell(box.itemData(at)))
    return box


def _whole(setting: Setting, value: int, tell: Callable[[Any], None]) -> QWidget:
    box = QSpinBox()
    box.setRange(int(setting.min), int(setting.max))
    box.setSingleStep(25 if setting.unit == "%" else 1)
    box.setValue(value)
    return _dressed(box, setting, tell)


def _real(setting: Setting, value: float, tell: Callable[[Any], None]) -> QWidget:
    box = QDoubleSpinBox()
    box.setRange(setting.min, setting.max)
    box.setSingleStep(0.1)
    box.setValue(value)
    return _dressed(box, setting, tell)


def _dressed(
    box: QSpinBox | QDoubleSpinBox, setting: Setting, tell: Callable[[Any], None]
) -> QWidget:
    box.setSuffix(f" {setting.unit}" if setting.unit else "")
    box.setFixedWidth(FIELD)
    box.setKeyboardTracking(False)
    box.lineEdit().setTextMargins(6, 0, 0, 0)
    box.valueChanged.connect(tell)
    return box


def _text(setting: Setting, value: str, tell: Callable[[Any], None]) -> QWidget:
    field = QLineEdit(value)
    field.setMinimumWidth(FIELD)
    field.editingFinished.connect(lambda: tell(field.text().strip()))
    return field


def _device(field: str, value: str, tell: Callable[[Any], None]) -> QWidget:
    usual, names, slow = DEVICES[field]
    box = DevicePicker(usual, value, names, slow=slow)
    box.setFixedWidth(FIELD)
    box.chosen.connect(tell)
    return box


def _displays() -> list[str]:
    return [screen.name() for screen in QGuiApplication.screens()]


DEVICES = {  # the usual one, how the others are found, and whether that takes a while
    "output_display": ("Second display", _displays, False),
    "sound_input": ("The system's own", sound_inputs, True),
}


def _with_chooser(field: QWidget, tell: Callable[[Any], None]) -> QWidget:
    choose = QPushButton("Choose…")

    def ask() -> None:
        chosen = QFileDialog.getExistingDirectory(field.window(), "Folder of recordings")
        if chosen:
            tell(chosen)

    choose.clicked.connect(ask)
    both = QWidget()
    row = QHBoxLayout(both)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(field)
    row.addWidget(choose)
    row.addStretch(1)
    return both


def _show(editor: QWidget, value: Any) -> None:
    """Puts a value that came from elsewhere into its editor."""
    if isinstance(editor, QCheckBox):
        editor.setChecked(value)
    elif isinstance(editor, DevicePicker):
        editor.show_device(value)
    elif isinstance(editor, QComboBox):
        editor.setCurrentIndex(editor.findData(value))
    elif isinstance(editor, QSpinBox | QDoubleSpinBox):
        editor.setValue(value)
    elif isinstance(editor, QLineEdit):
        editor.setText(value)


def _note(setting: Setting) -> QLabel:
    later = ". Counts from the next start" if setting.restart else ""
    note = QLabel(f"{setting.doc}{later}")
    note.setProperty("role", "secondary")
    note.setFont(tokens.current().font("label"))
    note.setContentsMargins(0, 0, 0, 8)
    return note


def _scrolling(name: str, inside: QWidget) -> QWidget:
    title = QLabel(name)
    title.setFont(tokens.current().font("title", 16))
    title.setContentsMargins(12, 0, 0, 4)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(inside)
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(title)
    column.addWidget(area)
    return page
