"""The beat: its tempo, four lights, TAP, nudges, half and double, and one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QPushButton, QWidget

from app.perform.hearing import end_with
from app.tempo import BAR, FASTEST, NUDGE, SLOWEST
from app.theme import tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QPaintEvent

    from app.tempo import Tempo

HEIGHT = 44
BARE = """
QDoubleSpinBox::up-button, QDoubleSpinBox::down-button { width: 0; }
QDoubleSpinBox::up-arrow, QDoubleSpinBox::down-arrow { image: none; width: 0; height: 0; }
"""


class BeatLights(QWidget):
    """Which beat of the bar runs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.beat = 0
        self.setAccessibleName("Beat")
        self.setFixedWidth(76)

    def show_beat(self, beat: int) -> None:
        if beat != self.beat:
            self.beat = beat
            self.update()

    def paintEvent(self, _: QPaintEvent) -> None:
        theme = tokens.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for beat in range(BAR):
            lit = "driver.beat" if beat == self.beat else "border.node"
            painter.setBrush(theme.color(lit))
            radius = 7.0 if beat == 0 else 5.0
            painter.drawEllipse(QPointF(12 + beat * 18, self.height() / 2), radius, radius)


class TempoBar(QWidget):
    """What a performer does to the tempo; a compact one has the number, lights and TAP."""

    def __init__(
        self, tempo: Tempo, parent: QWidget | None = None, *, compact: bool = False
    ) -> None:
        super().__init__(parent)
        self._tempo = tempo
        self._height = 28 if compact else HEIGHT
        self.bpm = self._number()
        self.setFixedHeight(self._height)
        self.lights = BeatLights(self)
        self.tap = self._button("TAP", 64, "Tap on the beat, three times or more (T)", tempo.tap)
        self.tap.clicked.disconnect()
        self.tap.pressed.connect(tempo.tap)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for widget in (self.bpm, self.lights, self.tap):
            layout.addWidget(widget)
        self._rest = [] if compact else [self._button(*each) for each in self._moves(tempo)]
        for button in self._rest:
            layout.addWidget(button)
        end_with(self, tempo.changed.listen(lambda _: self.refresh()))
        self.refresh()

    def refresh(self) -> None:
        """Shows the tempo."""
        self.bpm.blockSignals(True)
        self.bpm.setValue(self._tempo.bpm)
        self.bpm.blockSignals(False)

    def tick(self) -> None:
        """Shows the beat."""
        self.lights.show_beat(self._tempo.in_bar())

    def set_narrow(self, on: bool) -> None:
        """Without nudges, half and double, which have keys and menus too."""
        for button in self._rest[:-1]:
            button.setVisible(not on)

    def _moves(self, tempo: Tempo) -> tuple[tuple[str, int, str, Callable[[], None]], ...]:
        return (
            ("◂", 36, "Lets the beat fall back a little (,)", lambda: tempo.nudge(-NUDGE)),
            ("▸", 36, "Lets the beat run ahead a little (.)", tempo.nudge),
            ("÷2", 36, "Half the tempo", tempo.halve),
            ("×2", 36, "Twice the tempo", tempo.double),
            ("1", 40, "This moment is the first beat of a bar (/)", tempo.resync),
        )

    def _number(self) -> QDoubleSpinBox:
        field = QDoubleSpinBox(self)
        field.setAccessibleName("Tempo in beats a minute")
        field.setToolTip("Beats a minute")
        field.setStyleSheet(BARE)
        field.setFont(tokens.current().font("mono", 20 if self._height == HEIGHT else 14))
        field.setAlignment(Qt.AlignmentFlag.AlignRight)
        field.setRange(SLOWEST, FASTEST)
        field.setDecimals(1)
        field.setFixedSize(QSize(92 if self._height == HEIGHT else 72, self._height))
        field.setKeyboardTracking(False)
        field.valueChanged.connect(self._tempo.set_bpm)
        return field

    def _button(self, text: str, width: int, tip: str, call: Callable[[], None]) -> QPushButton:
        button = QPushButton(text, self)
        button.setToolTip(tip)
        button.setAccessibleName(tip.partition("(")[0].strip())
        button.setFixedSize(width, self._height)
        button.setStyleSheet("padding: 0;")
        button.clicked.connect(lambda _=False: call())
        return button
