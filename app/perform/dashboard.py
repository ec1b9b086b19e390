"""Sixteen knobs and a pad of two axes over chosen parameters; turning them is no edit."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QMenu, QWidget

from app.perform import macros as model
from app.perform.hearing import end_with
from app.perform.knob import Knob
from app.perform.macro_editor import MacroEditor
from app.perform.painting import tag_color
from app.perform.xy_pad import XYPad

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QPoint

    from app.perform.macros import Macro
    from app.session import Change, Session
    from engine.document import Document

PARAMS_SHOWN = 200  # in a menu, at most


class Dashboard(QWidget):
    """Macros of a document; `columns` knobs a row, `size` pixels each."""

    def __init__(
        self,
        session: Session,
        parent: QWidget | None = None,
        *,
        columns: int = 8,
        size: int = 56,
        with_pad: bool = True,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._locked = False
        self._macros: dict[int, Macro] = {}
        self.setAccessibleName("Dashboard")
        self.knobs = [self._knob(slot, size) for slot in range(model.KNOBS)]
        self.pad = self._pad() if with_pad else None
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addLayout(self._rows(columns), 1)
        if self.pad is not None:
            layout.addWidget(self.pad)
        end_with(self, session.changed.listen(self._follow))
        end_with(self, session.opened.listen(lambda _: self.refresh()))
        self.refresh()

    def add_macro(self, key: str, name: str, slot: int | None = None) -> bool:
        """Puts a parameter on a knob, the first free one where none is given; whether it went."""
        return self._edit("Add macro", lambda doc: model.add_macro(doc, key, name, slot))

    def refresh(self) -> None:
        """Shows the document's macros."""
        self._macros = model.macros(self._session.document)
        for slot, knob in enumerate(self.knobs):
            macro = self._macros.get(slot)
            bound = macro is not None and bool(macro.targets)
            color = tag_color(macro.color) if macro and macro.color else None
            knob.set_face(macro.name if macro else str(slot + 1), color, bound)
            knob.setToolTip(_told(macro))
        if self.pad is not None:
            names = [self._macros[s].name if s in self._macros else "" for s in (model.X, model.Y)]
            self.pad.set_titles(*names)
        self.tick()

    def tick(self) -> None:
        """Shows where the values are."""
        if not self.isVisible():
            return
        for slot, macro in self._macros.items():
            if slot < model.KNOBS and macro.targets:
                driver, session = macro.driven(self._session), self._session
                knob = self.knobs[slot]
                if knob.is_held:
                    knob.show_text(macro.text(session))
                else:
                    knob.show_state(macro.position(session), macro.text(session), driver)
        if self.pad is not None:
            self.pad.show_state(self._position(model.X), self._position(model.Y))

    def set_locked(self, on: bool) -> None:
        """Locked, knobs turn and keep what they move."""
        self._locked = on

    def turn(self, slot: int, position: float) -> None:
        """Moves a macro live; never a step of undo."""
        macro = self._macros.get(slot)
        if macro is not None:
            macro.turn(self._session, position)

    def _follow(self, change: Change) -> None:
        """An edit that moves values alone leaves the knobs what they are."""
        diff = change.diff
        is_other = diff.removed or diff.added or diff.retyped
        if is_other or change.after.cues is not change.before.cues:
            self.refresh()

    def _position(self, slot: int) -> float | None:
        macro = self._macros.get(slot)
        return macro.position(self._session) if macro else None

    def _rows(self, columns: int) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        for slot, knob in enumerate(self.knobs):
            grid.addWidget(knob, slot // columns, slot % columns)
        return grid

    def _knob(self, slot: int, size: int) -> Knob:
        knob = Knob(size, self)
        knob.moved.connect(partial(self.turn, slot))
        knob.let_go.connect(lambda: self._let_go(slot))
        knob.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        knob.customContextMenuRequested.connect(lambda point: self._menu(slot, knob, point))
        knob.clicked_free.connect(lambda: self._menu(slot, knob, knob.rect().center()))
        return knob

    def _pad(self) -> XYPad:
        pad = XYPad(self)
        pad.moved.connect(lambda x, y: (self.turn(model.X, x), self.turn(model.Y, y)))
        pad.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        pad.customContextMenuRequested.connect(lambda point: self._pad_menu(pad, point))
        return pad

    def _let_go(self, slot: int) -> None:
        if slot in self._macros:
            self._macros[slot].release(self._session)

    def _menu(self, slot: int, widget: QWidget, point: QPoint) -> None:
        menu = self._new_menu()
        if slot in self._macros:
            menu.addAction("Edit…", lambda: self._open_editor(slot, widget))
            menu.addAction("Let go", lambda: self._let_go(slot))
            menu.addAction("Turn round", lambda: self._edit("Turn macro round", self._turned(slot)))
            menu.addAction("Take away", lambda: self._edit("Remove macro", self._removed(slot)))
            menu.addSeparator()
        title = "Also move" if slot in self._macros else "Move"
        self._add_choices(menu.addMenu(title) if slot in self._macros else menu, slot)
        menu.setEnabled(not self._locked)
        menu.popup(widget.mapToGlobal(point))

    def _pad_menu(self, pad: XYPad, point: QPoint) -> None:
        menu = self._new_menu()
        for slot, title in ((model.X, "Across"), (model.Y, "Up")):
            below = menu.addMenu(title)
            if slot in self._macros:
                below.addAction(
                    "Take away", partial(self._edit, "Remove macro", self._removed(slot))
                )
                below.addSeparator()
            self._add_choices(below, slot)
        menu.setEnabled(not self._locked)
        menu.popup(pad.mapToGlobal(point))

    def _add_choices(self, menu: QMenu, slot: int) -> None:
        """Every parameter that a knob can move, by node."""
        ends = model.free_targets(self._session.graph, self._session.driven)[:PARAMS_SHOWN]
        menus: dict[str, QMenu] = {}
        for key, name in ends:
            below = menus.setdefault(key, menus.get(key) or menu.addMenu(key))
            below.addAction(name.replace("_", " "), partial(self.add_macro, key, name, slot))

    def _open_editor(self, slot: int, widget: QWidget) -> None:
        MacroEditor(self._session, slot, self).open_beside(widget)

    def _turned(self, slot: int) -> Callable[[Document], Document]:
        return lambda document: model.invert(document, slot)

    def _removed(self, slot: int) -> Callable[[Document], Document]:
        return lambda document: model.remove_macro(document, slot)

    def _edit(self, label: str, change: Callable[[Document], Document]) -> bool:
        return self._session.try_edit(label, lambda: change(self._session.document))

    def _new_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu


def _told(macro: Macro | None) -> str:
    if macro is None:
        return "Free knob: click to choose what it moves"
    ends = "\n".join(
        f"{target.end}  {target.span.low:g} to {target.span.high:g}" for target in macro.targets
    )
    gone = "What it moved is gone"
    return f"{macro.name}\n{ends or gone}\nShift: finer · double click: lets go"
