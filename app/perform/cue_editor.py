"""What a person can say of one cue, in a small window beside its pad; each change is live."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QFrame,
    QPlainTextEdit,
    QWidget,
)

from app.cues import edits
from app.cues.cue import FOLLOWS, QUANTIZE, Cue
from app.perform.popup_form import NameField, as_popup, open_beside, tag_row
from app.perform.typing import TypingGuard
from engine.ramp import CURVES

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent

    from app.session import Session

AS_DESK = "as the desk"
CURVE_NAMES = {"linear": "Straight", "s": "Soft", "square": "Slow first", "inverse": "Slow last"}
FOLLOW_NAMES = {
    "none": "Waits for GO",
    "continue": "Next begins with it",
    "after": "Next begins after it",
}


class CueEditor(QFrame):
    """Name, colour, fade, curve, beat, wait, follow and notes of the cue at a place."""

    def __init__(self, session: Session, at: int, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        as_popup(self, "Cue editor")
        self._session, self._at = session, at
        cue = Cue.read(session.document.cues[at])
        self.name = NameField(cue.name, 80, self._rename, self)
        self.name.setAccessibleName("Cue name")
        self.notes = self._notes(cue)
        self.fade = self._time(cue.fade, "fade")
        self.wait = self._time(cue.pre_wait, "pre_wait")
        form = QFormLayout(self)
        form.setContentsMargins(16, 16, 16, 16)
        form.addRow("Name", self.name)
        form.addRow("Colour", tag_row(partial(self._change, "color"), self))
        form.addRow("Morph", self.fade)
        form.addRow("Curve", self._choice(cue.curve, "curve", CURVE_NAMES, list(CURVES)))
        beats = {n: f"{n} beats" if n > 1 else "1 beat" if n else "at once" for n in QUANTIZE}
        form.addRow("Begins on", self._choice(cue.quantize, "quantize", beats, list(QUANTIZE)))
        form.addRow("Waits before", self.wait)
        form.addRow("Then", self._choice(cue.follow, "follow", FOLLOW_NAMES, list(FOLLOWS)))
        form.addRow("Notes", self.notes)
        self._guard = TypingGuard(self, self)

    def open_beside(self, pad: QWidget) -> None:
        """Shows it above its pad, within the screen."""
        open_beside(self, pad, self.name)

    def _change(self, name: str, value: Any) -> None:
        self._session.try_edit(
            f"Cue {name.replace('_', ' ')}",
            lambda: edits.change(self._session.document, self._at, **{name: value}),
            ("cue", self._at, name),
        )

    def closeEvent(self, event: QCloseEvent) -> None:
        """What was typed counts, however the window is left."""
        self.name.keep()
        super().closeEvent(event)

    def _rename(self, name: str) -> None:
        self._session.try_edit(
            "Rename cue", lambda: edits.rename(self._session.document, self._at, name)
        )

    def _notes(self, cue: Cue) -> QPlainTextEdit:
        field = QPlainTextEdit(cue.notes, self)
        field.setAccessibleName("Cue notes")
        field.setFixedHeight(64)
        field.setTabChangesFocus(True)
        field.textChanged.connect(lambda: self._change("notes", field.toPlainText()))
        return field

    def _time(self, value: float | None, name: str) -> QDoubleSpinBox:
        """Seconds; below nought, where there is such a thing, as the desk says."""
        field = QDoubleSpinBox(self)
        field.setAccessibleName("Morph time" if name == "fade" else "Wait before")
        lowest = -0.1 if name == "fade" else 0.0
        field.setRange(lowest, 600)
        field.setDecimals(1)
        field.setSingleStep(0.1)
        field.setSuffix(" s")
        if name == "fade":
            field.setSpecialValueText(AS_DESK)
        field.setValue(lowest if value is None else value)
        field.valueChanged.connect(
            lambda shown: self._change(name, None if shown < 0 else round(shown, 3))
        )
        return field

    def _choice(self, value: Any, name: str, names: dict[Any, str], values: list[Any]) -> QComboBox:
        field = QComboBox(self)
        field.setAccessibleName(f"Cue {name}")
        wanted = [*values] if name == "follow" else [None, *values]
        for each in wanted:
            field.addItem(AS_DESK if each is None else names[each], each)
        field.setCurrentIndex(wanted.index(value) if value in wanted else 0)
        field.currentIndexChanged.connect(lambda at: self._change(name, wanted[at]))
        return field
