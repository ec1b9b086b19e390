"""What the inspector shows of a selection: the head, the parameters in their order, and the rest.

Parameters beyond the first dozen lie under "More", which says how many of them were changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.inspector import look
from app.inspector.address import explained
from app.inspector.head import Head, tool
from app.inspector.menu import Wishes, node_menu, plain_menu
from app.inspector.row import Row
from app.inspector.stream_knob import PARAMS, StreamKnob
from app.theme import icon, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.inspector.chosen import Chosen
    from app.session import Session
    from engine.validate import Problem

FIRST = 12  # parameters before "More"
WIDEST = 560  # pixels; in a wider dock labels and values would drift apart
SPARE = 2  # fewer than so many beyond are shown with the first


class Rows(QScrollArea):
    """Lines one below another, scrolled where they are many."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QWidget(self)
        inside.setMaximumWidth(WIDEST)
        self.column = QVBoxLayout(inside)
        self.column.setContentsMargins(0, look.GAP, 0, look.GAP)
        self.column.setSpacing(2)
        self.column.addStretch(1)
        self.setWidget(inside)

    def add(self, widget: QWidget) -> None:
        self.column.insertWidget(self.column.count() - 1, widget)

    def minimumSizeHint(self) -> Any:
        hint = super().minimumSizeHint()
        hint.setWidth(look.GUTTER + look.LABELS + 120)
        return hint


class NodePage(QWidget):
    """One node, or several of a type."""

    opened_more = Signal(bool)
    refused = Signal(str)

    def __init__(
        self, chosen: Chosen, wishes: Wishes, *, more: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.chosen = chosen
        self.wishes = wishes
        self.head = Head(chosen, wishes, self)
        self.head.renamed.connect(self._rename)
        self.lines = Rows(self)
        self.rows = [self._row(param) for param in chosen.params]
        self.more = More(self._hidden(), self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self.lines, 1)
        self._fill(more)
        self.refresh()

    def _fill(self, more: bool) -> None:
        hidden = self.more.rows
        for row in self.rows[: len(self.rows) - len(hidden)]:
            self.lines.add(row)
        if hidden:
            self.lines.add(self.more)
            for row in hidden:
                self.lines.add(row)
        self.more.toggled.connect(self.opened_more)
        self.more.unfold(more)
        if not self.rows:
            self._say_nothing()

    def _hidden(self) -> list[Row]:
        return self.rows[FIRST:] if len(self.rows) > FIRST + SPARE else []

    def _row(self, param: Any) -> Row:
        row = Row(
            self.chosen.knob(param),
            explained(param, self.chosen.keys[0]),
            lambda row: node_menu(row, self.wishes),
            self.chosen.type_id,
        )
        row.refused.connect(self.refused)
        return row

    def _say_nothing(self) -> None:
        for key in self.chosen.keys if len(self.chosen.types) > 1 else ():
            button = tool("right", f"Show {key}")
            button.setText(key)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.clicked.connect(lambda _=False, key=key: self.chosen.session.select([key]))
            self.lines.add(button)
        if len(self.chosen.types) == 1:
            self.lines.add(quiet("There is nothing to set here"))

    def _rename(self, name: str) -> None:
        if not self.chosen.rename(name):
            self.head.refresh()

    def refresh(self) -> None:
        """Shows what the document says."""
        self.head.refresh()
        for row in self.rows:
            row.refresh()
        self.more.refresh()

    def tick(self) -> None:
        """Shows the live values of what is in sight."""
        for row in self.rows:
            if not row.visibleRegion().isEmpty():
                row.tick()

    def show_problems(self, problems: Iterable[Problem]) -> None:
        """Marks what the running graph has something against."""
        mine = [each for each in problems if each.key in self.chosen.keys]
        by_param = {each.port_or_param: each.message for each in mine}
        for row in self.rows:
            row.show_problem(by_param.pop(row.knob.name, ""))
        left = [each for each in mine if each.port_or_param in by_param]
        self.head.show_trouble(
            "\n".join(str(each.message) for each in left), left[0].severity if left else ""
        )


class More(QToolButton):
    """Folds the rows below it away, and says how many there are and how many were changed."""

    def __init__(self, rows: list[Row], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = rows
        self.setCheckable(True)
        self.setAutoRaise(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(look.HEIGHT + 2)
        self.setAccessibleName("More parameters")
        self.setStyleSheet("QToolButton:checked:!focus:!hover { border: none; background: none; }")
        self.setVisible(bool(rows))
        self.toggled.connect(self.unfold)

    def unfold(self, on: bool) -> None:
        """Shows the rows, or hides them."""
        self.setChecked(on)
        self.setIcon(icon("down" if on else "right", "text.secondary"))
        for row in self.rows:
            row.setVisible(on)

    def refresh(self) -> None:
        changed = sum(row.knob.is_modified for row in self.rows)
        said = f", {changed} changed" if changed else ""
        self.setText(f"More ({len(self.rows)}{said})")


class StreamPage(QWidget):
    """The document and its stream, where nothing is selected."""

    refused = Signal(str)

    def __init__(self, session: Session, performing: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        knobs = [StreamKnob(session, param, performing) for param in PARAMS]
        self.rows = [Row(knob, knob.tip, plain_menu) for knob in knobs]
        head = QLabel("Document")
        head.setFont(tokens.current().font("title"))
        head.setContentsMargins(look.GUTTER, look.GAP + 2, 0, 0)
        self.lines = Rows(self)
        for row in self.rows:
            row.refused.connect(self.refused)
            self.lines.add(row)
        self.lines.add(quiet("Select a node to see its parameters"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(head)
        column.addWidget(self.lines, 1)
        self.refresh()

    def refresh(self) -> None:
        for row in self.rows:
            row.refresh()

    def tick(self) -> None:
        """Nothing drives a stream."""

    def show_problems(self, problems: Iterable[Problem]) -> None:
        """What is wrong with the whole graph is the canvas's to say."""


def quiet(text: str) -> QLabel:
    """A line of advice."""
    label = QLabel(text)
    label.setProperty("role", "secondary")
    label.setWordWrap(True)
    label.setContentsMargins(look.GUTTER, look.GAP, look.GAP, 0)
    return label
