"""The dots behind the graph: drawn once per zoom and size, then shifted."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor, QImage, QPixmap

from app.canvas import metrics
from app.theme import tokens

FINE_FROM = 0.7  # zoom below which the small dots would be fog


class Grid:
    """A picture of the dots, a little larger than the view."""

    def __init__(self) -> None:
        self._made: tuple[object, ...] = ()
        self._picture = QPixmap()

    def picture(self, width: int, height: int, zoom: float, ratio: float) -> QPixmap:
        """The dots for a view of so many logical pixels; the first of them in the corner."""
        look = tokens.current()
        wanted = (width, height, zoom, ratio, look)
        if wanted != self._made:
            self._made = wanted
            self._picture = _drawn(width, height, zoom, ratio)
        return self._picture

    def period(self, zoom: float) -> float:
        """Logical pixels after which the picture repeats."""
        return spacing(zoom) * zoom


def spacing(zoom: float) -> float:
    """Canvas pixels between the large dots: more of them where they would come too close."""
    step = float(metrics.COARSE)
    while step * zoom < 24:
        step *= 4
    return step


def _drawn(width: int, height: int, zoom: float, ratio: float) -> QPixmap:
    look = tokens.current()
    scale, period = zoom * ratio, spacing(zoom) * zoom * ratio
    wide, high = int((width * ratio) + period) + 2, int((height * ratio) + period) + 2
    dots = np.full((high, wide), _rgb(look.color("bg.canvas")), np.uint32)
    if zoom >= FINE_FROM:
        _dot(dots, metrics.GRID * scale, 1, _rgb(look.color("grid.minor")))
    _dot(dots, period, 2 if scale >= 0.5 else 1, _rgb(look.color("grid.major")))
    image = QImage(dots.data, wide, high, wide * 4, QImage.Format.Format_RGB32)
    picture = QPixmap.fromImage(image)
    picture.setDevicePixelRatio(ratio)
    return picture


def _dot(dots: np.ndarray, step: float, size: int, color: int) -> None:
    high, wide = dots.shape
    rows = np.rint(np.arange(0, high - size, step)).astype(int)
    columns = np.rint(np.arange(0, wide - size, step)).astype(int)
    for dy in range(size):
        for dx in range(size):
            dots[np.ix_(np.minimum(rows + dy, high - 1), np.minimum(columns + dx, wide - 1))] = (
                color
            )


def _rgb(color: QColor) -> int:
    return color.rgb() & 0xFFFFFFFF
