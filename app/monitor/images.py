"""Values as images just large enough for a monitor, made in numpy so that torch's threads rest."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtGui import QColor, QImage, QPainter

from app.canvas.pictures import thumbnail, words_image
from engine.values import Frame
from nodes.sinks.window import packed, scaled

if TYPE_CHECKING:
    from PySide6.QtCore import QRect

CHECKER = 8  # pixels a square
SHARED = 4  # images kept, so that monitors which show the same share them
LIGHT, DARK = QColor("#6F7785"), QColor("#4A505C")


def image_of(value: Any, width: int, height: int, *, fit: bool = False) -> QImage | None:
    """A value as an image of about width x height pixels or its own size, None where it has none.

    With `fit` it is scaled to what fits exactly, so that it is painted pixel by pixel. Every nth
    pixel is taken before anything else is done, so that a large picture costs a small one's time.
    Where a frame has alpha the image has it too, at its own size.
    """
    if not isinstance(value, Frame):
        return thumbnail(value, width, height)
    return _frame_image(value, max(1, width), max(1, height), fit)


@lru_cache(maxsize=SHARED)
def _frame_image(frame: Frame, width: int, height: int, fit: bool) -> QImage:
    """Kept for the monitors beside it that show the same."""
    step = max(1, min(frame.width // width, frame.height // height))
    pixels = packed(Frame(frame.tensor[..., ::step, ::step]))
    high, wide = pixels.shape[:2]
    if frame.alpha is None:
        room = (width, height) if fit else (wide, high)
        return words_image(scaled(pixels, *room))
    cover = frame.alpha[..., ::step, ::step].expand(1, 3, high, wide)
    made = QImage(pixels.data, wide, high, wide * 3, QImage.Format.Format_RGB888)
    return _with_alpha(made, packed(Frame(cover))[..., 0])


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
