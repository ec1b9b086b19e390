"""What a person can say of one macro: its name, its colour, and the range of all that it moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QLabel,
    QToolButton,
    QWidget,
)

from app.cues import edits
from app.perform import macros as model
from app.perform.popup_form import NameField, as_popup, open_beside, tag_row
from app.perform.typing import TypingGuard
from app.theme import icon

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent

    from app.perform.macros import Target
    from app.session import Session

DECIMALS = 3
ROW = 2  # where the parameters begin


class MacroEditor(QFrame):
    """A small window beside a knob; each change is live and can be undone."""

    def __init__(self, session: Session, slot: int, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        as_popup(self, "Macro editor")
        self._session, self._slot = session, slot
        macro = model.macros(session.document)[slot]
        self.name = NameField(macro.name, 40, self._rename, self)
        self.name.setAccessibleName("Macro name")
        layout = QGridLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.addWidget(self.name, 0, 0, 1, 4)
        layout.addWidget(tag_row(self._color, self), 1, 0, 1, 4)
        for row, target in enumerate(macro.targets, ROW):
            self._add_target(layout, row, target)
        self._guard = TypingGuard(self, self)

    def open_beside(self, widget: QWidget) -> None:
        """Shows it above a knob, within the screen."""
        open_beside(self, widget, self.name)

    def closeEvent(self, event: QCloseEvent) -> None:
        """What was typed counts, however the window is left."""
        self.name.keep()
        super().closeEvent(event)

    def _add_target(self, layout: QGridLayout, row: int, target: Target) -> None:
        low, high = self._bound(target, "from"), self._bound(target, "to")
        for field in (low, high):
            field.valueChanged.connect(lambda _: self._range(target.end, low.value(), high.value()))
        remove = QToolButton(self)
        remove.setIcon(icon("remove"))
        remove.setAccessibleName(f"Take {target.end} off")
        remove.clicked.connect(lambda: self._take_off(target.end))
        cells = (QLabel(target.end, self), low, high, remove)
        for column, widget in enumerate(cells):
            layout.addWidget(widget, row, column)

    def _bound(self, target: Target, which: str) -> QDoubleSpinBox:
        param, span = target.span.param, target.span
        field = QDoubleSpinBox(self)
        field.setAccessibleName(f"{target.end} {which}")
        field.setDecimals(0 if param.type is not float else DECIMALS)
        lowest = param.min if param.min is not None else -1e6
        highest = param.max if param.max is not None else 1e6
        if param.choices:
            lowest, highest = 0, len(param.choices) - 1
        field.setRange(lowest, highest)
        field.setSuffix(f" {param.unit}" if param.unit else "")
        field.setValue(span.low if which == "from" else span.high)
        return field

    def _range(self, end: str, low: float, high: float) -> None:
        self._session.try_edit(
            "Macro range",
            lambda: model.set_range(self._session.document, self._slot, end, low, high),
            ("macro", self._slot, end),
        )

    def _take_off(self, end: str) -> None:
        self._session.try_edit(
            "Take off macro", lambda: model.remove_target(self._session.document, self._slot, end)
        )
        self.close()

    def _rename(self, name: str) -> None:
        if self._slot in model.macros(self._session.document):
            self._session.try_edit(
                "Rename macro",
                lambda: model.rename_macro(self._session.document, self._slot, name),
            )

    def _color(self, tag: str) -> None:
        at = model.macros(self._session.document)[self._slot].at
        self._session.try_edit(
            "Macro colour", lambda: edits.change(self._session.document, at, color=tag)
        )
