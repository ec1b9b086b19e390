"""Values as images just large enough for a monitor, made in numpy so that torch's threads rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtGui import QColor, QImage, QPainter

from app.canvas.pictures import thumbnail
from engine.values import Frame
from nodes.sinks.window import packed

if TYPE_CHECKING:
    from PySide6.QtCore import QRect

CHECKER = 8  # pixels a square
LIGHT, DARK = QColor("#6F7785"), QColor("#4A505C")


def image_of(value: Any, width: int, height: int) -> QImage | None:
    """A value as an image of about width x height pixels or its own size, None where it has none.

    Every nth pixel is taken before anything else is done, so that a large picture costs a small
    one's time. Where a frame has alpha the image has it too.
    """
    if not isinstance(value, Frame):
        return thumbnail(value, width, height)
    step = max(1, min(value.width // max(1, width), value.height // max(1, height)))
    thin = Frame(value.tensor[..., ::step, ::step])
    pixels = packed(thin)
    high, wide = pixels.shape[:2]
    made = QImage(pixels.data, wide, high, wide * 3, QImage.Format.Format_RGB888)
    if value.alpha is None:
        return made.convertToFormat(QImage.Format.Format_RGB32)
    cover = value.alpha[..., ::step, ::step]
    return _with_alpha(made, packed(Frame(cover.expand(1, 3, high, wide)))[..., 0])


def checker(painter: QPainter, rect: QRect) -> None:
    """The ground under what is clear."""
    painter.save()
    painter.setClipRect(rect)
    painter.fillRect(rect, DARK)
    for y in range(rect.top(), rect.bottom() + 1, CHECKER):
        offset = CHECKER * ((y - rect.top()) // CHECKER % 2)
        for x in range(rect.left() + offset, rect.right() + 1, 2 * CHECKER):
            painter.fillRect(x, y, CHECKER, CHECKER, LIGHT)
    painter.restore()


def _with_alpha(image: QImage, alpha: np.ndarray) -> QImage:
    plain = image.convertToFormat(QImage.Format.Format_ARGB32)
    words = np.frombuffer(plain.bits(), np.uint8).reshape(plain.height(), plain.width(), 4)
    words[..., 3] = alpha
    return plain.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
