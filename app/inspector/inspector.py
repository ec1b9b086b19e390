"""The inspector: the parameters of what is selected, seen live and edited by hand.

It follows the session and keeps no value of its own: an edit goes to the document, and what the
document then says is shown.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from app.inspector import look
from app.inspector.chosen import Chosen
from app.inspector.knob import LOCKS
from app.inspector.menu import Wishes, copy, pasted
from app.inspector.page import NodePage, StreamPage
from app.inspector.row import Row
from app.theme import tokens
from engine.errors import GraphError

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.session import Change, Session
    from engine.document import Document

FRAME = 1 / 30  # seconds between two looks at live values


class Inspector(QWidget):
    """The right column of the studio."""

    help_wanted = Signal(str)  # a node type's id
    learn_wanted = Signal(str, str, str)  # key, parameter, "midi", "osc" or "key"
    dashboard_wanted = Signal(str, str)  # key, parameter

    def __init__(
        self,
        session: Session,
        parent: QWidget | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self.session = session
        self.page: Any = None
        self._clock = clock
        self._due = 0.0  # when live values are looked at next
        self._performing = False
        self._unfolded: set[str] = set()  # types whose "More" is open
        self._ghosts: dict[tuple[str, str], Any] = {}
        self._problems: Any = ()
        self._shape: Any = None
        self.setAccessibleName("Inspector")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._ends = [
            session.changed.listen(self._follow),
            session.opened.listen(self._open),
            session.selected.listen(lambda keys: self._follow_selection()),
            tokens.changed.listen(lambda tokens: self._put_on()),
        ]
        self._put_on()

    def close_down(self) -> None:
        """Stops listening, before the session goes on without it."""
        for end in self._ends:
            end()
        self._ends = []

    # What others ask of it

    @property
    def rows(self) -> list[Row]:
        """The lines in their order."""
        return self.page.rows

    def row(self, name: str) -> Row:
        """The line of a parameter; KeyError where it is not shown."""
        for row in self.rows:
            if row.knob.name == name:
                return row
        raise KeyError(name)

    def setReadOnly(self, on: bool) -> None:
        """While performing, edits go to the live values and leave the document as it is."""
        if on != self._performing:
            self._performing = on
            self._rebuild()

    def set_ghost(self, key: str, name: str, physical: Any) -> None:
        """Shows where the control at hand stands, in the parameter's units; None for no more."""
        if physical is None:
            self._ghosts.pop((key, name), None)
        else:
            self._ghosts[key, name] = physical
        self._show_ghosts()

    def focus_first(self) -> None:
        """Gives the keyboard to the first field."""
        if self.rows:
            self.rows[0].field.setFocus()

    def tick(self) -> None:
        """Shows live values, thirty times a second at most and only those in sight."""
        now = self._clock()
        if not self.isVisible() or now < self._due:
            return
        late = now - self._due > FRAME
        self._due = now + FRAME if late else self._due + FRAME
        self.page.tick()
        problems = self.session.problems
        if problems is not self._problems:
            self._problems = problems
            self.page.show_problems(problems)

    def commands(self) -> dict[str, Callable[[], None]]:
        """What can be done with the parameter that has the keyboard."""
        return {
            "param.reset": lambda: self._with_row(lambda row: row.reset()),
            "param.copy": lambda: self._with_row(lambda row: copy(row.knob.text)),
            "param.paste": lambda: self._with_row(lambda row: row.knob.paste(pasted())),
            "param.address": lambda: self._with_row(_copy_address),
            "param.menu": lambda: self._with_row(lambda row: row.open_menu()),
        }

    def _with_row(self, do: Callable[[Row], object]) -> None:
        widget = QApplication.focusWidget() or self.window().focusWidget()
        while widget is not None and not isinstance(widget, Row):
            widget = widget.parentWidget()
        if widget is not None:
            do(widget)

    # Following the session

    def _put_on(self) -> None:
        """Takes the colours of the theme."""
        self.setStyleSheet(look.sheet())
        self._rebuild()

    def _open(self, document: Document) -> None:
        self._ghosts.clear()
        self._rebuild()

    def _follow(self, change: Change) -> None:
        keys = self._keys()
        if self._shape_of(keys) != self._shape:
            self._rebuild()
        elif self._concerns(change, keys):
            self.page.refresh()

    def _follow_selection(self) -> None:
        if self._shape_of(self._keys()) != self._shape:
            self._rebuild()

    def _concerns(self, change: Change, keys: tuple[str, ...]) -> bool:
        diff = change.diff
        if not keys or _views(change.before, keys) != _views(change.after, keys):
            return True
        heads = {key.partition("/")[0] for key in keys}
        ends = {link.target_key for link in (*diff.links_removed, *diff.links_added)}
        return bool(heads & (diff.keys | ends))

    def _keys(self) -> tuple[str, ...]:
        return tuple(key for key in self.session.selection if self._has(key))

    def _has(self, key: str) -> bool:
        try:
            self.session.graph.entry(key)
        except GraphError:
            return False
        return True

    def _shape_of(self, keys: tuple[str, ...]) -> Any:
        """What must stay for the rows that are there to do."""
        graph = self.session.graph
        return tuple((key, graph.entry(key).type, graph.params(key)) for key in keys)

    def _rebuild(self) -> None:
        """Other rows, as what is selected or what it consists of is another."""
        self._finish_typing()
        keys = self._keys()
        self._shape = self._shape_of(keys)
        old, self.page = self.page, self._made(keys)
        if old is not None:
            old.hide()
            self._column.removeWidget(old)
            old.deleteLater()
        self._column.addWidget(self.page)
        self.page.show()
        self.page.refused.connect(lambda sentence: self.session.said.tell(sentence, "warning"))
        self._problems = ()
        self._show_ghosts()

    def _finish_typing(self) -> None:
        """Commits what is being typed before its field goes."""
        typing = self.window().focusWidget()
        if typing is not None and self.isAncestorOf(typing):
            typing.clearFocus()

    def _made(self, keys: tuple[str, ...]) -> NodePage | StreamPage:
        if not keys:
            return StreamPage(self.session, self._performing, self)
        chosen = Chosen(self.session, keys, self._performing)
        wishes = Wishes(self.help_wanted.emit, self.learn_wanted.emit, self.dashboard_wanted.emit)
        kind = chosen.types[0]
        page = NodePage(chosen, wishes, more=kind in self._unfolded, parent=self)
        page.opened_more.connect(lambda on: self._remember(kind, on))
        return page

    def _remember(self, kind: str, unfolded: bool) -> None:
        (self._unfolded.add if unfolded else self._unfolded.discard)(kind)

    def _show_ghosts(self) -> None:
        keys = self._keys()
        for row in self.rows if keys else ():
            row.show_ghost(self._ghosts.get((keys[0], row.knob.name)))


def _views(document: Document, keys: tuple[str, ...]) -> list[Any]:
    """What the view says of nodes: their places and titles, and what of them is locked."""
    named = (name for key in keys for name in (key, f"{key}/{LOCKS}"))
    return [document.view.get(name) for name in named]


def _copy_address(row: Row) -> None:
    if hasattr(row.knob, "address"):
        copy(row.knob.address)
