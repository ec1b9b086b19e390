"""What was said since the start, by the studio and by the program's own log, with a filter."""

from __future__ import annotations

import logging
import time
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.theme import icon, tokens

if TYPE_CHECKING:
    from app.session import Session

KEPT = 2000  # lines
LEVELS = ("info", "warning", "error")
COLORS = {"info": "text.secondary", "warning": "warn", "error": "error"}


class Line(NamedTuple):
    """One thing that was said; `time` in seconds since 1970."""

    time: float
    severity: str
    text: str

    def __str__(self) -> str:
        clock = time.strftime("%H:%M:%S", time.localtime(self.time))
        return f"{clock}  {self.text}"


class LogPanel(QWidget):
    """The lines, filtered by words and by severity. Records come from any thread."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._lines: deque[Line] = deque(maxlen=KEPT)
        self._waiting: deque[Line] = deque(maxlen=KEPT)
        self.setAccessibleName("Log")
        self._words = QLineEdit(placeholderText="Filter", clearButtonEnabled=True)
        self._words.setAccessibleName("Filter the log")
        self._least = QComboBox()
        self._least.addItems(["All", "Warnings and errors", "Errors"])
        self._least.setAccessibleName("Least severity")
        self._text = QPlainTextEdit(readOnly=True)
        self._text.setMaximumBlockCount(KEPT)
        self._text.setAccessibleName("Log lines")
        self._text.setFont(tokens.current().font("mono", 11))
        self._lay_out()
        self._words.textChanged.connect(self._rewrite)
        self._least.currentIndexChanged.connect(self._rewrite)
        session.said.listen(lambda text, severity: self.add(severity, text))
        self._handler = _Handler(self._waiting)
        logging.getLogger().addHandler(self._handler)
        self.destroyed.connect(lambda _=None, h=self._handler: logging.getLogger().removeHandler(h))

    def add(self, severity: str, text: str) -> None:
        """Keeps and shows a line."""
        self._take(Line(time.time(), severity, text))

    def tick(self) -> None:
        """Shows what other threads logged."""
        while self._waiting:
            self._take(self._waiting.popleft())

    def counts(self) -> dict[str, int]:
        """How many lines of each severity there are."""
        return {level: sum(line.severity == level for line in self._lines) for level in LEVELS}

    def lines(self) -> list[str]:
        """Every line as text, for a diagnostic bundle."""
        return [f"{line.severity:8}{line}" for line in self._lines]

    def _take(self, line: Line) -> None:
        self._lines.append(line)
        if self._passes(line):
            self._write(line)

    def _passes(self, line: Line) -> bool:
        least = LEVELS[self._least.currentIndex()]
        loud = line.severity not in LEVELS or LEVELS.index(line.severity) >= LEVELS.index(least)
        return loud and self._words.text().casefold() in line.text.casefold()

    def _rewrite(self) -> None:
        self._text.clear()
        for line in self._lines:
            if self._passes(line):
                self._write(line)

    def _write(self, line: Line) -> None:
        form = QTextCharFormat()
        form.setForeground(tokens.current().color(COLORS.get(line.severity, "text")))
        cursor = self._text.textCursor()
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(("\n" if self._text.toPlainText() else "") + str(line), form)
        bar = self._text.verticalScrollBar()
        bar.setValue(bar.maximum())

    def _lay_out(self) -> None:
        clear = QToolButton()
        clear.setIcon(icon("delete"))
        clear.setToolTip("Empty the log")
        clear.setAccessibleName("Empty the log")
        clear.clicked.connect(lambda: (self._lines.clear(), self._text.clear()))
        row = QHBoxLayout()
        row.addWidget(self._words, 1)
        row.addWidget(self._least)
        row.addWidget(clear)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 4)
        layout.addLayout(row)
        layout.addWidget(self._text)


class _Handler(logging.Handler):
    def __init__(self, lines: deque[Line]) -> None:
        super().__init__(logging.WARNING)
        self._kept = lines

    def emit(self, record: logging.LogRecord) -> None:
        severity = "error" if record.levelno >= logging.ERROR else "warning"
        self._kept.append(Line(record.created, severity, record.getMessage()))
