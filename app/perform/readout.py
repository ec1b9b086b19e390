"""How the show goes in three numbers that can be read from afar: frames, delay, drops."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from app.theme import tokens

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from app.meter import Meter

CELL = 68.0
NOTHING = "–"
BEHIND = 0.9  # of the stream's rate; below it the number is amber


class Cell(NamedTuple):
    """A number, what it is, and the colour that says how it stands."""

    number: str
    name: str
    color: str


class Readout(QWidget):
    """The newest sample of a meter, and what came too late within the last ten seconds."""

    def __init__(self, meter: Meter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._meter = meter
        self._cells = self._read()
        self.setAccessibleName("Frame rate, latency and drops")
        self.setToolTip("Frames a second on air, milliseconds to the screen, late pictures")

    def sizeHint(self) -> QSize:
        return QSize(int(CELL * 3), 44)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def tick(self) -> None:
        """Draws where a number is new."""
        cells = self._read()
        if cells != self._cells:
            self._cells = cells
            self.update()

    def _read(self) -> tuple[Cell, ...]:
        sample = self._meter.newest
        if sample is None:
            return tuple(Cell(NOTHING, name, "text.secondary") for name in ("fps", "ms", "missed"))
        slow = sample.output_rate < BEHIND * 1000 / sample.budget_ms
        return (
            Cell(f"{sample.output_rate:.1f}", "fps", "warn" if slow else "text"),
            Cell(f"{sample.latency_ms:.0f}", "ms", "text"),
            Cell(_short(self._meter.lost().late), "missed", "text"),
        )

    def paintEvent(self, _: QPaintEvent) -> None:
        theme = tokens.current()
        painter = QPainter(self)
        middle = Qt.AlignmentFlag.AlignHCenter
        for place, cell in enumerate(self._cells):
            left = place * CELL
            painter.setFont(theme.font("mono", 20))
            painter.setPen(theme.color(cell.color))
            painter.drawText(
                QRectF(left, 0, CELL, self.height() - 17),
                middle | Qt.AlignmentFlag.AlignBottom,
                cell.number,
            )
            painter.setFont(theme.font("label", 11))
            painter.setPen(theme.color("text.secondary"))
            painter.drawText(QRectF(left, self.height() - 17, CELL, 16), middle, cell.name)


def _short(count: int) -> str:
    return str(count) if count < 10_000 else f"{count / 1000:.0f}k"
