"""Paints the output: the picture in its box on black, the fade, and what an operator asks to see.

All lengths are the display's own pixels. Nothing here keeps anything, so a window, an image for a
test and a screenshot are painted by the same calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QFont, QImage, QLinearGradient, QPainter, QPen

from app.output.fitting import fitted

if TYPE_CHECKING:
    import numpy as np

    from app.output.orders import Fit

BLACK, WHITE = QColor("#000000"), QColor("#FFFFFF")
AMBER, TEXT, FAINT = QColor("#F5B83D"), QColor("#E8EAED"), QColor("#6F7785")
PLATE = QColor(0, 0, 0, 170)
SLATE = QColor("#15171C"), QColor("#0B0C0F")
BARS = ("#BFBFBF", "#BFBF00", "#00BFBF", "#00BF00", "#BF00BF", "#BF0000", "#0000BF")  # 75 % bars
STEPS = 16  # of the grey scale
FAMILIES = ["Inter", "Noto Sans", "Segoe UI", "Helvetica Neue"]
MONO = ["JetBrains Mono", "monospace"]


class Overlay(NamedTuple):
    """What lies over the picture."""

    pattern: bool = False
    identify: bool = False
    display: str = ""  # what the test pattern and the identification call this display
    hud: str = ""
    hint: str = ""
    mark: bool = False


def image_of(pixels: np.ndarray) -> QImage:
    """(H, W, 3) RGB uint8 as an image of its own in the format that is painted fastest."""
    height, width = pixels.shape[:2]
    shared = QImage(pixels.data, width, height, width * 3, QImage.Format.Format_RGB888)
    return shared.convertToFormat(QImage.Format.Format_RGB32)


def paint(
    painter: QPainter,
    size: tuple[int, int],
    image: QImage | None,
    fit: Fit,
    dark: float,
    overlay: Overlay,
) -> None:
    """Paints all of a window of a size; `dark` is the share of black over the picture."""
    window = QRect(0, 0, *size)
    if overlay.pattern:
        paint_pattern(painter, window, overlay.display)
    elif image is None:
        paint_slate(painter, window)
    else:
        paint_picture(painter, window, image, fit)
    if dark > 0:
        painter.fillRect(window, QColor(0, 0, 0, round(255 * min(dark, 1.0))))
    paint_overlay(painter, window, overlay)


def paint_picture(painter: QPainter, window: QRect, image: QImage, fit: Fit) -> None:
    """The picture in its box, black around it."""
    box = fitted(fit, (image.width(), image.height()), (window.width(), window.height()))
    target = QRect(*box)
    if not target.contains(window):
        painter.fillRect(window, BLACK)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, target.size() != image.size())
    painter.drawImage(target, image)


def paint_slate(painter: QPainter, window: QRect) -> None:
    """What is shown before there ever was a picture: dark, and a word."""
    gradient = QLinearGradient(0, 0, 0, window.height())
    gradient.setColorAt(0, SLATE[0])
    gradient.setColorAt(1, SLATE[1])
    painter.fillRect(window, gradient)
    unit = _unit(window)
    _text(painter, window.adjusted(0, -unit, 0, -unit), "Slipstream", 2.2 * unit, FAINT)
    below = window.adjusted(0, round(1.6 * unit), 0, round(1.6 * unit))
    _text(painter, below, "Waiting for the first picture", 0.8 * unit, FAINT)


def paint_pattern(painter: QPainter, window: QRect, display: str) -> None:
    """Colour bars, a grey scale, a grid with true circles, the outermost pixels, and a name."""
    painter.fillRect(window, QColor("#101010"))
    _bars(painter, window)
    _grid(painter, window)
    size = f"{window.width()} x {window.height()}"
    unit = _unit(window)
    plate = QRect(0, 0, min(window.width() - 2 * unit, 18 * unit), 5 * unit)
    plate.moveCenter(window.center())
    painter.fillRect(plate, BLACK)
    _text(painter, plate.adjusted(unit, 0, -unit, -2 * unit), display, 1.6 * unit, WHITE)
    _text(painter, plate.adjusted(0, 2 * unit, 0, 0), size, 1.2 * unit, TEXT)


def paint_overlay(painter: QPainter, window: QRect, overlay: Overlay) -> None:
    """Name, figures, hint and mark, over whatever is shown."""
    unit = _unit(window)
    if overlay.identify and not overlay.pattern:
        _identify(painter, window, overlay.display)
    if overlay.hud:
        _figures(painter, window, overlay.hud)
    if overlay.hint:
        width = min(window.width() - 2 * unit, 16 * unit)
        place = QRect(0, 0, width, 2 * unit)
        place.moveCenter(QPoint(window.center().x(), window.bottom() - 3 * unit))
        _plate(painter, place, round(0.4 * unit))
        _text(painter, place, overlay.hint, 0.9 * unit, TEXT)
    if overlay.mark:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(AMBER)
        painter.drawEllipse(window.bottomRight() - QPoint(unit, unit), unit // 4, unit // 4)


def _bars(painter: QPainter, window: QRect) -> None:
    width, height = window.width(), window.height()
    top, bottom = round(height * 0.12), round(height * 0.62)
    for index, name in enumerate(BARS):
        left, right = width * index // len(BARS), width * (index + 1) // len(BARS)
        painter.fillRect(left, top, right - left, bottom - top, QColor(name))
    for index in range(STEPS):
        grey = 255 * index // (STEPS - 1)
        left, right = width * index // STEPS, width * (index + 1) // STEPS
        painter.fillRect(left, bottom, right - left, round(height * 0.14), QColor(grey, grey, grey))
    ramp = QLinearGradient(0, 0, width, 0)
    ramp.setColorAt(0, BLACK)
    ramp.setColorAt(1, WHITE)
    painter.fillRect(0, round(height * 0.76), width, round(height * 0.12), ramp)


def _grid(painter: QPainter, window: QRect) -> None:
    height = window.height()
    step = max(8, height // 9)
    middle = window.center()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(QColor(255, 255, 255, 110), 1))
    for offset in range(0, window.width() // 2 + step, step):
        for x in {middle.x() - offset, middle.x() + offset}:
            painter.drawLine(x, 0, x, height)
    for offset in range(0, height // 2 + step, step):
        for y in {middle.y() - offset, middle.y() + offset}:
            painter.drawLine(0, y, window.width(), y)
    painter.setPen(QPen(WHITE, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(window.adjusted(0, 0, -1, -1))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(WHITE, max(1, height // 360)))
    painter.drawEllipse(middle, 4 * step, 4 * step)
    for corner in _corners(window, step):
        painter.drawEllipse(corner, step, step)


def _corners(window: QRect, step: int) -> tuple[QPoint, ...]:
    inner = window.adjusted(step, step, -step, -step)
    return inner.topLeft(), inner.topRight(), inner.bottomLeft(), inner.bottomRight()


def _identify(painter: QPainter, window: QRect, display: str) -> None:
    unit = _unit(window)
    place = QRect(0, 0, min(window.width() - 2 * unit, 22 * unit), 6 * unit)
    place.moveCenter(window.center())
    _plate(painter, place, unit)
    _text(painter, place.adjusted(unit, 0, -unit, -2 * unit), display, 2 * unit, WHITE)
    size = f"{window.width()} x {window.height()}"
    _text(painter, place.adjusted(0, 3 * unit, 0, 0), size, 1.2 * unit, TEXT)


def _figures(painter: QPainter, window: QRect, text: str) -> None:
    unit = _unit(window)
    painter.setFont(_font(MONO, 0.7 * unit))
    lines = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
    inside = window.adjusted(unit, unit, -unit, -unit)
    needed = painter.boundingRect(inside, lines, text)
    _plate(painter, needed.adjusted(-unit // 2, -unit // 3, unit // 2, unit // 3), unit // 4)
    painter.setPen(TEXT)
    painter.drawText(inside, lines, text)


def _plate(painter: QPainter, place: QRect, radius: int) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(PLATE)
    painter.drawRoundedRect(place, radius, radius)


def _text(painter: QPainter, place: QRect, text: str, pixels: float, color: QColor) -> None:
    """Text in the middle, smaller where it would not fit."""
    font = _font(FAMILIES, pixels)
    painter.setFont(font)
    needed = painter.fontMetrics().horizontalAdvance(text)
    if needed > place.width() > 0:
        painter.setFont(_font(FAMILIES, pixels * place.width() / needed))
    painter.setPen(color)
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)


def _font(families: list[str], pixels: float) -> QFont:
    font = QFont(families)
    font.setPixelSize(max(7, round(pixels)))
    return font


def _unit(window: QRect) -> int:
    """A length that grows with the window, by which text and plates are measured."""
    return max(10, min(window.width() // 2, window.height()) // 24)
