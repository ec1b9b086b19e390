"""The welcome page: presets that can be played at once, recent files, what a crash left."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.theme import icons, tokens
from app.welcome.cards import Cards

if TYPE_CHECKING:
    from app.autosave import Leftover
    from app.settings import Preferences

WEBCAM = "webcam_dream"
SIDE = 248
MOST_RECENT = 8
WIDEST = 1500


class WelcomePage(QWidget):
    """What is chosen is told; the page changes nothing itself. `tick` keeps it playing."""

    preset_chosen = Signal(str)
    file_chosen = Signal(object)  # Path
    recover_chosen = Signal(object)  # Leftover
    discard_chosen = Signal(object)  # Leftover
    new_chosen = Signal()
    open_chosen = Signal()

    def __init__(
        self,
        preferences: Preferences,
        leftover: Leftover | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self.cards = Cards()
        self.recent: list[QPushButton] = []
        self.recovery: QFrame | None = None
        self._recent_column = QVBoxLayout()
        self._build(leftover)
        self._show_recent()
        end = preferences.changed.listen(lambda *_: self._show_recent())
        self.destroyed.connect(lambda: end())

    def tick(self) -> None:
        """Plays what the pointer rests on; does nothing where nobody sees it."""
        if self.isVisible():
            self.cards.tick()

    def _build(self, leftover: Leftover | None) -> None:
        self.setAccessibleName("Welcome")
        self.cards.chosen.connect(self.preset_chosen)
        inside = QWidget()
        inside.setMaximumWidth(WIDEST)
        columns = QHBoxLayout(inside)
        columns.setContentsMargins(40, 32, 40, 32)
        columns.setSpacing(40)
        columns.addLayout(self._side())
        columns.addLayout(self._main(leftover), 1)
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setWidget(inside)
        scroll.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scroll)

    def _side(self) -> QVBoxLayout:
        webcam = _button("Start with the webcam", "webcam", "button.text")
        webcam.setProperty("role", "primary")
        webcam.clicked.connect(lambda: self.preset_chosen.emit(WEBCAM))
        new = _button("New graph", "new")
        new.clicked.connect(self.new_chosen)
        there = _button("Open…", "open")
        there.clicked.connect(self.open_chosen)
        column = QVBoxLayout()
        column.setSpacing(8)
        for part in (_title("Slipstream", 22), _secondary("An instrument for live video")):
            column.addWidget(part)
        column.addSpacing(16)
        for part in (webcam, new, there):
            part.setFixedWidth(SIDE)
            column.addWidget(part)
        column.addSpacing(20)
        column.addLayout(self._recent_column)
        column.addStretch(1)
        return column

    def _main(self, leftover: Leftover | None) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(12)
        if leftover is not None:
            self.recovery = self._recovery(leftover)
            column.addWidget(self.recovery)
            column.addSpacing(12)
        column.addWidget(_title("Play a preset", 15))
        column.addWidget(_secondary("It runs at once, and everything in it can be changed."))
        column.addSpacing(4)
        column.addWidget(self.cards)
        column.addStretch(1)
        return column

    def _recovery(self, leftover: Leftover) -> QFrame:
        restore = _button("Restore", "recover", "button.text")
        restore.setProperty("role", "primary")
        restore.clicked.connect(lambda: self.recover_chosen.emit(leftover))
        discard = _button("Discard", "delete")
        discard.clicked.connect(lambda: self._discard(leftover))
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(_title("Restore the session that was cut off", 13))
        words.addWidget(_secondary(_story(leftover)))
        words.addStretch(1)
        buttons = QHBoxLayout()
        for part in (restore, discard):
            buttons.addWidget(part)
        buttons.addStretch(1)
        words.addLayout(buttons)
        card = QFrame()
        card.setProperty("role", "card")
        row = QHBoxLayout(card)
        row.setContentsMargins(12, 12, 12, 12)
        row.setSpacing(16)
        picture = _picture(leftover.picture)
        if picture is not None:
            row.addWidget(picture)
        row.addLayout(words, 1)
        return card

    def _discard(self, leftover: Leftover) -> None:
        if self.recovery is not None:
            self.recovery.hide()
        self.discard_chosen.emit(leftover)

    def _show_recent(self) -> None:
        while self._recent_column.count():
            item = self._recent_column.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.deleteLater()
        files = [Path(name) for name in self._preferences.value.recent[:MOST_RECENT]]
        self.recent = [self._recent(path) for path in files]
        if self.recent:
            self._recent_column.addWidget(_title("Recent", 13))
        for button in self.recent:
            self._recent_column.addWidget(button)

    def _recent(self, path: Path) -> QPushButton:
        button = QPushButton()
        button.setProperty("role", "quiet")
        button.setFixedWidth(SIDE)
        there = path.is_file()
        shown = button.fontMetrics().elidedText(path.stem, Qt.TextElideMode.ElideMiddle, SIDE - 48)
        button.setText(shown)
        button.setIcon(icons.icon("file", "text.secondary"))
        button.setEnabled(there)
        button.setToolTip(str(path) if there else f"{path} is not there any more")
        button.setAccessibleName(path.stem)
        button.clicked.connect(lambda: self.file_chosen.emit(path))
        return button


def _button(text: str, icon: str, color: str = "text") -> QPushButton:
    button = QPushButton(icons.icon(icon, color), text)
    button.setIconSize(QSize(16, 16))
    return button


def _title(text: str, size: int) -> QLabel:
    label = QLabel(text)
    label.setFont(tokens.current().font("title", size))
    return label


def _secondary(text: str) -> QLabel:
    label = QLabel(text, wordWrap=True, textFormat=Qt.TextFormat.PlainText)
    label.setProperty("role", "secondary")
    return label


def _picture(path: Path | None) -> QLabel | None:
    found = QPixmap(str(path)) if path is not None else QPixmap()
    if found.isNull():
        return None
    label = QLabel()
    label.setAccessibleName("The last picture")
    size = QSize(160, 90) * label.devicePixelRatio()
    found = found.scaled(
        size, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    found.setDevicePixelRatio(label.devicePixelRatio())
    label.setPixmap(found)
    return label


def _story(leftover: Leftover) -> str:
    name = Path(leftover.snapshot.path).name or "A graph without a file"
    when = datetime.fromtimestamp(leftover.snapshot.time).strftime("%d %B, %H:%M")
    last = f"; the last edit was “{leftover.snapshot.label}”" if leftover.snapshot.label else ""
    return f"{name}, {when}{last}"
