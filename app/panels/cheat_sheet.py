"""The shortcut sheet: over the whole window, every key and gesture of this moment, searchable."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.actions import ACTIONS, Action, Scope
from app.keymap import native
from app.panels.gestures import GESTURES
from app.theme import icons, tokens

if TYPE_CHECKING:
    from collections.abc import Callable

SCOPES: dict[Scope, str] = {
    "global": "Everywhere",
    "canvas": "Canvas",
    "perform": "Stage",
    "inspector": "Parameters",
}
MARGIN, COLUMN, GAP = 48, 268, 24
ROW, HEAD = 24, 40
DIM = 240  # of 255: how much of the window the sheet covers
SERIES = re.compile(r"(.+)_(\d)$")


class Line(NamedTuple):
    """One line of the sheet."""

    title: str
    keys: tuple[str, ...]


class Block(NamedTuple):
    """Lines that belong together, below a title."""

    scope: Scope
    title: str
    lines: tuple[Line, ...]

    @property
    def height(self) -> int:
        return HEAD + ROW * len(self.lines)


class CheatSheet(QWidget):
    """Covers its window until Esc, ? or a click beside it."""

    def __init__(self, keys: Callable[[str], tuple[str, ...]], window: QWidget) -> None:
        super().__init__(window)
        self._keys, self._window = keys, window
        self.search = QLineEdit(placeholderText="Filter", clearButtonEnabled=True)
        self.page = Page()
        self._scroll = QScrollArea(widgetResizable=False)
        self._build()
        self.hide()
        window.installEventFilter(self)

    def _build(self) -> None:
        self.setAccessibleName("Shortcuts")
        self.search.setAccessibleName("Filter shortcuts")
        self.search.setFixedWidth(COLUMN)
        leading = QLineEdit.ActionPosition.LeadingPosition
        self.search.addAction(icons.icon("search", "text.secondary"), leading)
        self.search.textChanged.connect(lambda _: self._fill())
        self.search.installEventFilter(self)
        title = QLabel("Shortcuts")
        title.setFont(tokens.current().font("title", 20))
        close = QLabel("Esc closes")
        close.setProperty("role", "secondary")
        head = QHBoxLayout()
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(close)
        head.addWidget(self.search)
        self._scroll.setWidget(self.page)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, 32, MARGIN, 24)
        column.setSpacing(16)
        column.addLayout(head)
        column.addWidget(self._scroll)

    def ask(self) -> None:
        """Shows the sheet, or hides it where it is shown."""
        if self.isVisible():
            self.leave()
            return
        self.setGeometry(self._window.rect())
        self.search.clear()
        self._fill()
        self.show()
        self.raise_()
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def leave(self) -> None:
        """Gives the window back."""
        self.hide()
        self._window.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search and event.type() == QEvent.Type.KeyPress:
            return self._key(event)
        if watched is self._window and event.type() == QEvent.Type.Resize:
            self.setGeometry(self._window.rect())
        return super().eventFilter(watched, event)

    def _key(self, event: QEvent) -> bool:
        leaves = isinstance(event, QKeyEvent) and (
            event.key() == Qt.Key.Key_Escape or (event.text() == "?" and not self.search.text())
        )
        if leaves:
            self.leave()
        return leaves

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.leave()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fill()

    def paintEvent(self, event: QPaintEvent) -> None:
        shade = QColor(tokens.current().color("bg.overlay"))
        shade.setAlpha(DIM)
        QPainter(self).fillRect(self.rect(), shade)

    def _fill(self) -> None:
        wide = self.width() - 2 * MARGIN - 12
        self.page.show_blocks(_filtered(blocks(self._keys), self.search.text()), wide)


class Page(QWidget):
    """The blocks in columns of equal width, the shortest column taking the next block."""

    def __init__(self) -> None:
        super().__init__()
        self._placed: list[tuple[QRect, Block]] = []

    def show_blocks(self, shown: list[Block], width: int) -> None:
        """Lays the blocks out within a width in pixels."""
        columns = max(1, (width + GAP) // (COLUMN + GAP))
        each = (width + GAP) // columns - GAP
        heights = [0] * columns
        self._placed = []
        for block in shown:
            column = heights.index(min(heights))
            x = column * (each + GAP)
            self._placed.append((QRect(x, heights[column], each, block.height), block))
            heights[column] += block.height + GAP
        self.resize(width, max(heights))
        lines = (f"{line.title}: {' or '.join(line.keys)}" for b in shown for line in b.lines)
        self.setAccessibleDescription("\n".join(lines))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for rect, block in self._placed:
            if rect.intersects(event.rect()):
                _paint_block(painter, rect, block)


def blocks(keys: Callable[[str], tuple[str, ...]]) -> list[Block]:
    """All commands that have keys, by scope and menu, then the gestures of the mouse."""
    found: dict[tuple[Scope, str], list[Line]] = {}
    for action in ACTIONS:
        series = SERIES.fullmatch(action.id)
        if series and series[2] != "1":
            continue
        line = _series(action, series[1], keys) if series else Line(action.title, keys(action.id))
        if line.keys:
            found.setdefault((action.scope, _group(action)), []).append(line)
    for gesture in GESTURES:
        line = Line(gesture.does, (gesture.hand,))
        found.setdefault((gesture.scope, f"Mouse: {gesture.group}"), []).append(line)
    return [Block(scope, title, tuple(lines)) for (scope, title), lines in found.items()]


def _group(action: Action) -> str:
    menu = action.menu.replace("/", " ▸ ")
    return menu or action.id.split(".")[0].capitalize()


def _series(action: Action, stem: str, keys: Callable[[str], tuple[str, ...]]) -> Line:
    """One line for commands that differ by a digit: their keys from the first to the last."""
    last = [each for each in ACTIONS if re.fullmatch(rf"{re.escape(stem)}_\d", each.id)][-1]
    ends = [*keys(action.id)[:1], *keys(last.id)[:1]]
    title = f"{action.title[:-1].rstrip()} 1–{last.id[-1]}"
    return Line(title, (f"{native(ends[0])} … {ends[1][-1]}",) if len(ends) == 2 else ())


def _filtered(every: list[Block], query: str) -> list[Block]:
    words = query.lower().split()
    shown: list[Block] = []
    for block in every:
        head = f"{SCOPES[block.scope]} {block.title}".lower()
        lines = [
            line
            for line in block.lines
            if all(w in f"{head} {line.title} {' '.join(line.keys)}".lower() for w in words)
        ]
        if lines:
            shown.append(block._replace(lines=tuple(lines)))
    return shown


def _paint_block(painter: QPainter, rect: QRect, block: Block) -> None:
    look = tokens.current()
    painter.setFont(look.font("title", 12))
    painter.setPen(look.color("text"))
    head = QRect(rect.left(), rect.top(), rect.width(), HEAD - 12)
    painter.drawText(head, _LEFT, block.title)
    painter.setFont(look.font("label"))
    painter.setPen(look.color("text.secondary"))
    painter.drawText(head, _RIGHT, SCOPES[block.scope])
    painter.setPen(look.color("border"))
    painter.drawLine(rect.left(), head.bottom() + 3, rect.right(), head.bottom() + 3)
    for number, line in enumerate(block.lines):
        row = QRect(rect.left(), rect.top() + HEAD - 4 + number * ROW, rect.width(), ROW)
        _paint_line(painter, row, line)


def _paint_line(painter: QPainter, row: QRect, line: Line) -> None:
    look = tokens.current()
    painter.setFont(look.font("label"))
    right = row.right()
    for key in reversed(line.keys):
        text = native(key) or key
        width = painter.fontMetrics().horizontalAdvance(text) + 12
        cap = QRect(right - width, row.top() + 2, width, ROW - 4)
        painter.setPen(look.color("border.node"))
        painter.setBrush(look.color("bg.field"))
        painter.drawRoundedRect(cap, 4, 4)
        painter.setPen(look.color("text"))
        painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, text)
        right -= width + 5
    painter.setFont(look.font("body"))
    painter.setPen(look.color("text.secondary"))
    room = right - row.left() - 8
    text = painter.fontMetrics().elidedText(line.title, Qt.TextElideMode.ElideRight, room)
    painter.drawText(row.adjusted(0, 0, right - row.right() - 8, 0), _LEFT, text)


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
