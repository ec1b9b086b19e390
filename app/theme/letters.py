"""Text in which some letters stand out, as a search shows what it met."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFontMetricsF

from app.theme import tokens

if TYPE_CHECKING:
    from PySide6.QtCore import QRect
    from PySide6.QtGui import QPainter


def draw_letters(painter: QPainter, rect: QRect, text: str, strong: list[int]) -> None:
    """Draws one line of text in the painter's colour, letters at those places bold in accent."""
    look = tokens.current()
    plain = look.font("body")
    bold = look.font("body")
    bold.setBold(True)
    ink = painter.pen().color()
    metrics = QFontMetricsF(plain)
    x = float(rect.left())
    y = rect.center().y() + (metrics.ascent() - metrics.descent()) / 2 + 0.5
    marked = set(strong)
    for part, is_strong in _runs(text, marked):
        painter.setFont(bold if is_strong else plain)
        painter.setPen(look.color("accent") if is_strong else ink)
        width = painter.fontMetrics().horizontalAdvance(part)
        if x + width > rect.right():
            part = painter.fontMetrics().elidedText(
                part, Qt.TextElideMode.ElideRight, int(rect.right() - x)
            )
        painter.drawText(QPointF(x, y), part)
        x += width
        if x > rect.right():
            break


def _runs(text: str, marked: set[int]) -> list[tuple[str, bool]]:
    runs: list[tuple[str, bool]] = []
    for number, letter in enumerate(text):
        strong = number in marked
        if runs and runs[-1][1] == strong:
            runs[-1] = (runs[-1][0] + letter, strong)
        else:
            runs.append((letter, strong))
    return runs
