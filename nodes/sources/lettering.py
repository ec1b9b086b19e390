"""Text as a cover mask, in OpenCV's own fonts where it has them (any script), else in strokes."""

from __future__ import annotations

from typing import Any, Literal

import cv2
import numpy as np
import torch
from torch import Tensor

Align = Literal["left", "center", "right"]
LEADING = 1.3  # line to line, in letter heights
STROKE_HEIGHT = 22  # pixels of a capital of OpenCV's simplex font at scale 1
LIMIT = 4000  # letters of a card; more would only be slow


def lettering(
    text: str,
    *,
    width: int,
    height: int,
    size: int,
    weight: int = 400,
    align: Align = "center",
    offset: float = 0.0,
) -> Tensor:
    """Lines of text, wrapped to the width, as cover (1, 1, height, width) in [0, 1].

    `size` is the height of a letter in pixels; `offset` moves the block down from the middle, in
    pixels. Letters that no font has are drawn as question marks.
    """
    pen = Pen(size, weight)
    margin = max(1, min(size // 2, width // 16))
    lines = wrapped(text[:LIMIT], pen, width - 2 * margin)
    step = round(size * LEADING)
    top = round((height - step * (len(lines) - 1) + 0.7 * size) / 2 + offset)
    canvas = np.zeros((height, width, 3), np.uint8)
    for number, line in enumerate(lines):
        baseline = top + number * step
        if -size < baseline < height + 2 * size and line:
            free = width - 2 * margin - pen.width(line)
            left = margin + {"left": 0, "center": free // 2, "right": free}[align]
            pen.draw(canvas, line, left, baseline)
    return torch.from_numpy(canvas[:, :, 0].astype(np.float32) / 255)[None, None]


def block_height(text: str, *, width: int, size: int, weight: int = 400) -> int:
    """Pixels that the wrapped text takes from its first line to its last."""
    margin = max(1, min(size // 2, width // 16))
    lines = wrapped(text[:LIMIT], Pen(size, weight), width - 2 * margin)
    return round(size * LEADING) * len(lines)


def wrapped(text: str, pen: Pen, room: int) -> list[str]:
    """The text's lines, broken between words, and inside words that are wider than the room."""
    lines: list[str] = []
    for paragraph in text.expandtabs(4).split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if not line or pen.width(longer) <= room:
                line = longer
            else:
                lines.append(line)
                line = word
            while pen.width(line) > room and len(line) > 1:
                cut = _fitting(line, pen, room)
                lines.append(line[:cut])
                line = line[cut:]
        lines.append(line)
    return lines


def _fitting(line: str, pen: Pen, room: int) -> int:
    low, high = 1, len(line)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if pen.width(line[:middle]) <= room else (low, middle - 1)
    return low


class Pen:
    """One font at one size."""

    def __init__(self, size: int, weight: int) -> None:
        self._size = max(4, size)
        self._weight = weight
        self._font: Any = cv2.FontFace("sans") if hasattr(cv2, "FontFace") else None

    def width(self, line: str) -> int:
        """Pixels that a line takes."""
        if not line:
            return 0
        if self._font is not None:
            box = cv2.getTextSize((0, 0), line, (0, 0), self._font, self._size, self._weight)
            return int(box[0] + box[2])
        return cv2.getTextSize(_ascii(line), *self._stroke(), self._thickness())[0][0]

    def draw(self, canvas: np.ndarray, line: str, left: int, baseline: int) -> None:
        """Draws a line in white with its baseline and left end at a pixel."""
        white = (255, 255, 255)
        if self._font is not None:
            cv2.putText(canvas, line, (left, baseline), white, self._font, self._size, self._weight)
            return
        font, scale = self._stroke()
        where = (left, baseline)
        thick = self._thickness()
        cv2.putText(canvas, _ascii(line), where, font, scale, white, thick, cv2.LINE_AA)

    def _stroke(self) -> tuple[int, float]:
        return cv2.FONT_HERSHEY_SIMPLEX, 0.7 * self._size / STROKE_HEIGHT

    def _thickness(self) -> int:
        return max(1, round(self._size * self._weight / 400 / 12))


def _ascii(line: str) -> str:
    return line.encode("ascii", "replace").decode()
