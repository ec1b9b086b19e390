"""The cue grid: eight by four pads, the first row for whole looks; what is struck is launched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QGridLayout, QMenu, QWidget

from app.cues import edits
from app.cues.cue import COLUMNS, ROWS, Cue
from app.cues.live import SUBSETS, live_values, of_nodes
from app.perform.cue_editor import CueEditor
from app.perform.hearing import hear_document
from app.perform.pad import CuePad
from app.theme import motion

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QPoint
    from PySide6.QtGui import QContextMenuEvent

    from app.cues.player import CuePlayer
    from app.session import Session
    from engine.document import Document

GAP = 8
NAMES = {"Look": "Look", "Prompts": "Words", "What was touched": "Touch", "Everything": "All"}
FIRST = {0: "Look", 1: "Prompts"}  # by row, what its free pads offer first
MEANS = {
    "Look": "What shapes the picture; no films, devices, sizes and outputs",
    "Prompts": "Every prompt",
    "What was touched": "What hands, controllers and cues hold just now",
    "Everything": "In and out points, devices and outputs too",
}


class CueGrid(QWidget):
    """Pads of a document's cues; `rows` of them from the first."""

    def __init__(
        self, session: Session, cues: CuePlayer, rows: int = ROWS, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._cues = session, cues
        self._locked = False
        self.setAccessibleName("Cue grid")
        self.pads: dict[tuple[int, int], CuePad] = {}
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        for row in range(rows):
            for column in range(COLUMNS):
                layout.addWidget(self._made(row, column), row, column)
        hear_document(self, session, self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Shows the document's cues."""
        sheet = self._cues.sheet
        for place, pad in self.pads.items():
            at = sheet.pads.get(place)
            cue = None if at is None else sheet.cues[at]
            if cue != pad.cue:
                pad.show_cue(cue)

    def tick(self) -> None:
        """Shows how the cues go."""
        if not self.isVisible():
            return
        is_lit = motion.is_reduced() or self._cues.tempo.beat() % 1.0 < 0.5
        for pad in self.pads.values():
            if pad.cue is not None:
                pad.show_light(self._cues.light(pad.cue), is_lit)

    def set_locked(self, on: bool) -> None:
        """Locked, pads launch and nothing is stored, moved or changed."""
        self._locked = on
        for pad in self.pads.values():
            pad.can_move = not on
            pad.update()

    def strike(self, row: int, column: int) -> None:
        """A pad was hit: launches its cue, or offers what could be stored on it."""
        pad = self.pads[row, column]
        if pad.cue is not None:
            self._cues.press(pad.cue)
            self.tick()
        elif not self._locked:
            self._store_menu(row, column).popup(pad.mapToGlobal(pad.rect().center()))

    def store(self, row: int, column: int, what: str = "") -> None:
        """Stores live values on a pad: one of SUBSETS, or what the selected nodes have."""
        if what in SUBSETS:
            ends, name = SUBSETS[what](self._session), NAMES[what]
        elif what:
            ends, name = of_nodes(self._session, self._session.selection), what
        else:
            return self.store(row, column, FIRST.get(row, "What was touched"))
        if not ends:
            return self._session.said.tell(f"{what.lower()}: there is nothing to store", "info")
        values = live_values(self._session, ends)
        numbered = f"{name} {column + 1}"
        self._session.try_edit(
            "Store cue",
            lambda: edits.store(
                self._session.document, values, row=row, column=column, name=numbered
            ),
        )
        return None

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        place = self._place(event.globalPos())
        if place is None:
            return
        pad = self.pads[place]
        menu = self._cue_menu(place, pad.cue) if pad.cue else self._store_menu(*place)
        menu.popup(event.globalPos())

    def edit(self, row: int, column: int) -> None:
        """Opens the editor of a pad's cue."""
        at = self._cues.sheet.pads.get((row, column))
        if at is not None and not self._locked:
            CueEditor(self._session, at, self).open_beside(self.pads[row, column])

    def _made(self, row: int, column: int) -> CuePad:
        pad = self.pads[row, column] = CuePad(column + 1, self)
        pad.struck.connect(lambda: self.strike(row, column))
        pad.dropped.connect(lambda point: self._move(row, column, point))
        return pad

    def _move(self, row: int, column: int, point: QPoint) -> None:
        to, at = self._place(point), self._cues.sheet.pads.get((row, column))
        if to is not None and at is not None:
            self._session.try_edit("Move cue", lambda: edits.move(self._session.document, at, *to))

    def _place(self, point: QPoint) -> tuple[int, int] | None:
        under = QApplication.widgetAt(point)
        return next((place for place, pad in self.pads.items() if pad is under), None)

    def _store_menu(self, row: int, column: int) -> QMenu:
        menu = self._menu()
        menu.setToolTipsVisible(True)
        menu.addAction("Store here").setEnabled(False)
        menu.addSeparator()
        first = FIRST.get(row, "What was touched")
        for what in sorted(SUBSETS, key=lambda each: each != first):
            action = menu.addAction(what, lambda what=what: self.store(row, column, what))
            action.setToolTip(MEANS[what])
        if self._session.selection:
            label = f"Selected: {', '.join(self._session.selection[:3])}"
            menu.addAction(label, lambda: self.store(row, column, self._session.selection[0]))
        menu.setEnabled(not self._locked)
        return menu

    def _cue_menu(self, place: tuple[int, int], cue: Cue) -> QMenu:
        menu = self._menu()
        at = self._cues.sheet.pads[place]
        menu.addAction("Launch now", lambda: self._cues.launch(cue, quantize=0))
        menu.addAction("Stand by", lambda: self._cues.stand_by(cue))
        menu.addSeparator()
        changes = [
            menu.addAction("Edit…", lambda: self.edit(*place)),
            menu.addAction("Store again", lambda: self._store_again(place, cue)),
            menu.addAction("Duplicate", lambda: self._edit("Duplicate cue", edits.duplicate, at)),
            menu.addAction("Delete", lambda: self._edit("Delete cue", edits.delete, at)),
        ]
        for change in changes:
            change.setEnabled(not self._locked)
        return menu

    def _store_again(self, place: tuple[int, int], cue: Cue) -> None:
        """The live values of what the cue sets already."""
        known = {end: value for end, value in cue.values.items() if self._is_known(end)}
        values = {**known, **live_values(self._session, known)}
        row, column = place
        self._session.try_edit(
            "Store cue",
            lambda: edits.store(self._session.document, values, row=row, column=column),
        )

    def _is_known(self, end: str) -> bool:
        return end in set(SUBSETS["Everything"](self._session))

    def _edit(self, label: str, change: Callable[[Document, int], Document], at: int) -> None:
        self._session.try_edit(label, lambda: change(self._session.document, at))

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu
