"""The top of the inspector: what is selected, what is wrong with it, what is done to all of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.editing import states
from app.inspector import look
from app.inspector.files import Line
from app.inspector.menu import copy, pasted
from app.theme import icon, tokens

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from app.inspector.chosen import Chosen
    from app.inspector.menu import Wishes

FLAGS = {  # flag: picture, title, what it does
    "bypass": ("bypass", "Bypass", "Lets its input through untouched"),
    "mute": ("mute", "Mute", "Stops the node; its last picture stays"),
    "hold": ("hold", "Hold", "Freezes what the node gives"),
}


FLAT = 8  # pixels that a flat button keeps clear at its left


class Head(QWidget):
    """Title, type and switches of the selected nodes."""

    renamed = Signal(str)

    def __init__(self, chosen: Chosen, wishes: Wishes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chosen = chosen
        self._wishes = wishes
        self.title = Line(self)
        self.title.setProperty("role", "bare")
        self.title.setStyleSheet("padding-left: 0px; margin-left: -2px;")
        self.title.setFont(tokens.current().font("title"))
        self.title.setAccessibleName("Name of the node")
        self.title.setReadOnly(len(chosen.keys) > 1)
        self.title.changed.connect(self.renamed)
        self.about = Elided(self)
        self.flags = {flag: self._flag(flag) for flag in FLAGS}
        self.trouble = QLabel(self)
        self.trouble.setWordWrap(True)
        self.trouble.setContentsMargins(FLAT, 0, 0, 0)
        self.trouble.setVisible(False)
        self.trouble.setFont(tokens.current().font("label"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._lay_out()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(look.GUTTER - FLAT, look.GAP, look.GAP, look.GAP)
        column.setSpacing(4)
        column.addLayout(_line(self.title, *self._tools(), gap=2, left=FLAT))
        column.addLayout(_line(self.about, gap=0, left=FLAT))
        switches = _line(*self.flags.values(), gap=4)
        switches.addStretch(1)
        column.addLayout(switches)
        column.addWidget(self.trouble)

    def _tools(self) -> list[QToolButton]:
        self.more = tool("more", "Copy, paste and reset all values")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setMenu(self._menu())
        self.help = tool("help", "What this node does")
        self.help.clicked.connect(lambda: self._wishes.help(self.chosen.type_id))
        self.reset = tool("reset", "Reset all parameters")
        self.reset.clicked.connect(lambda: self.chosen.reset_all())
        return [self.help, self.reset, self.more]

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        menu.addAction(icon("copy"), "Copy all values", lambda: copy(self.chosen.copied()))
        menu.addAction(icon("paste"), "Paste all values", lambda: self.chosen.paste(pasted()))
        menu.addSeparator()
        menu.addAction(icon("reset"), "Reset all parameters", self.chosen.reset_all)
        return menu

    def _flag(self, flag: str) -> QToolButton:
        picture, title, doc = FLAGS[flag]
        button = tool(picture, doc)
        button.setText(title)
        button.setAccessibleName(title)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setCheckable(True)
        button.clicked.connect(lambda: self._switch(flag))
        return button

    def _switch(self, flag: str) -> None:
        session, keys = self.chosen.session, self.chosen.keys
        make = partial(states.toggle_flag, session.document, keys, flag)
        session.try_edit(FLAGS[flag][1], make)
        self.refresh()

    def refresh(self) -> None:
        """Shows what the document and the running graph say of the nodes."""
        chosen = self.chosen
        self.title.show_text(chosen.title)
        self.about.show_text(chosen.about)
        entries = [chosen.session.graph.entry(key) for key in chosen.keys]
        for flag, button in self.flags.items():
            button.setChecked(all(flag in entry.flags for entry in entries))
            button.setEnabled(not chosen.performing)
        for button in (self.reset, self.more):
            button.setVisible(bool(chosen.params))
            button.setEnabled(not chosen.performing)
        self.help.setVisible(bool(chosen.type_id))
        self.title.setEnabled(not chosen.performing)

    def show_trouble(self, message: str, severity: str) -> None:
        """Says what is wrong with the node, "" for nothing."""
        if message != self.trouble.text():
            color = tokens.current().hex("error" if severity == "error" else "warn")
            self.trouble.setStyleSheet(f"color: {color};")
            self.trouble.setText(message)
        self.trouble.setVisible(bool(message))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = tokens.current()
        tint = current.header(self.chosen.category)
        painter.fillRect(QRectF(0, 0, self.width(), self.height() - 1), look.faded(tint, 0.45))
        painter.fillRect(QRectF(0, 0, 4, self.height() - 1), tint)
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), current.color("border"))


class Elided(QWidget):
    """A quiet line that is cut in the middle where it does not fit."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.text = ""
        self.setFixedHeight(16)

    def show_text(self, text: str) -> None:
        self.text = text
        self.setToolTip(text)
        self.setAccessibleName(text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = tokens.current()
        painter.setFont(current.font("mono", 11))
        painter.setPen(current.color("text.secondary"))
        metrics = QFontMetrics(painter.font())
        text = metrics.elidedText(self.text, Qt.TextElideMode.ElideMiddle, self.width() - 4)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self.rect(), left, text)


def tool(picture: str, tip: str) -> QToolButton:
    """A flat button of one picture."""
    button = QToolButton()
    button.setIcon(icon(picture, "text.secondary"))
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setAutoRaise(True)
    button.setFixedHeight(look.HEIGHT)
    return button


def _line(*widgets: QWidget, gap: int, left: int = 0) -> QHBoxLayout:
    line = QHBoxLayout()
    line.setContentsMargins(left, 0, 0, 0)
    line.setSpacing(gap)
    for widget in widgets:
        line.addWidget(widget)
    return line
