"""How cues go that do not say so themselves: how long, along which curve, from which beat on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QWidget,
)

from app.cues.cue import QUANTIZE
from app.perform.cue_editor import CURVE_NAMES
from app.perform.hearing import end_with
from app.perform.painting import draw_curve, line
from app.theme import tokens
from engine.ramp import CURVES

if TYPE_CHECKING:
    from app.cues.player import CuePlayer

LONGEST = 600.0
HEIGHT = 40  # a finger's


class MorphBar(QWidget):
    """The desk of a cue player; a compact one is for the strip below the canvas."""

    def __init__(
        self, cues: CuePlayer, parent: QWidget | None = None, *, compact: bool = False
    ) -> None:
        super().__init__(parent)
        self._cues = cues
        self._height = 28 if compact else HEIGHT
        self.setAccessibleName("Morph")
        self.setFixedHeight(self._height)
        self.time = self._time()
        self.unit = self._unit()
        self.curves = {curve: self._curve(curve) for curve in CURVES}
        self.beats = {beats: self._beat(beats) for beats in QUANTIZE}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        self._lay(layout)
        self._group("curve", [*self.curves.values()])
        self._group("beat", [*self.beats.values()])
        end_with(self, cues.changed.listen(self.refresh))
        self.refresh()

    def refresh(self) -> None:
        """Shows the desk."""
        desk = self._cues.desk
        in_beats = desk.beats is not None
        shown = desk.beats if desk.beats is not None else desk.fade
        for field in (self.time, self.unit):
            field.blockSignals(True)
        if not self.time.hasFocus() or self.unit.currentIndex() != int(in_beats):
            self.time.setValue(shown)
        self.unit.setCurrentIndex(int(in_beats))
        for field in (self.time, self.unit):
            field.blockSignals(False)
        self.curves[desk.curve].setChecked(True)
        if desk.quantize in self.beats:
            self.beats[desk.quantize].setChecked(True)

    def _lay(self, layout: QHBoxLayout) -> None:
        layout.addWidget(_caption("Morph"))
        layout.addWidget(self.time)
        layout.addWidget(self.unit)
        layout.addSpacing(8)
        for button in self.curves.values():
            layout.addWidget(button)
        layout.addSpacing(8)
        layout.addWidget(_caption("Begin on beat"))
        for button in self.beats.values():
            layout.addWidget(button)
        layout.addStretch(1)

    def _time(self) -> QDoubleSpinBox:
        field = QDoubleSpinBox(self)
        field.setAccessibleName("Morph time")
        field.setToolTip("How long a cue takes that does not say so itself")
        field.setFont(tokens.current().font("mono", 14))
        field.setRange(0, LONGEST)
        field.setDecimals(1)
        field.setAlignment(Qt.AlignmentFlag.AlignCenter)
        field.setSingleStep(0.5)
        field.setFixedSize(84, self._height)
        field.valueChanged.connect(lambda _: self._tell())
        return field

    def _unit(self) -> QComboBox:
        field = QComboBox(self)
        field.addItems(["s", "beats"])
        field.setAccessibleName("Unit of the morph time")
        field.setToolTip("Seconds, or beats of the tempo")
        field.setFixedSize(72, self._height)
        field.currentIndexChanged.connect(lambda _: self._tell())
        return field

    def _curve(self, curve: str) -> QPushButton:
        button = self._choice(38)
        button.setIcon(_curve_icon(curve))
        button.setIconSize(QSize(20, 20))
        button.setAccessibleName(f"Curve: {CURVE_NAMES[curve]}")
        button.setToolTip(CURVE_NAMES[curve])
        button.clicked.connect(lambda: self._cues.set_desk(curve=curve))
        return button

    def _beat(self, beats: int) -> QPushButton:
        button = self._choice(42 if beats == 0 else 34)
        button.setText(str(beats) if beats else "now")
        button.setAccessibleName(f"Begin on beat: {beats or 'now'}")
        said = f"at the next multiple of {beats} beats" if beats else "at once"
        button.setToolTip(f"Cues begin {said}")
        button.clicked.connect(lambda: self._cues.set_desk(quantize=beats))
        return button

    def _choice(self, width: int) -> QPushButton:
        button = QPushButton(self)
        button.setCheckable(True)
        button.setFixedSize(width, self._height)
        button.setStyleSheet("padding: 0;")
        return button

    def _group(self, name: str, buttons: list[QPushButton]) -> None:
        group = QButtonGroup(self)
        group.setObjectName(name)
        for button in buttons:
            group.addButton(button)

    def _tell(self) -> None:
        value = round(self.time.value(), 3)
        if self.unit.currentIndex() == 1:
            self._cues.set_desk(beats=value)
        else:
            self._cues.set_desk(fade=value, beats=None)


def _caption(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "secondary")
    return label


def _curve_icon(curve: str) -> QIcon:
    pixmap = QPixmap(40, 40)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(line(tokens.current().color("text"), 3.5, rounded=True))
    draw_curve(painter, QRectF(6, 8, 28, 24), curve)
    painter.end()
    return QIcon(pixmap)
