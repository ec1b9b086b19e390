"""Looks at what a widget has painted."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtGui import QColor
    from PySide6.QtWidgets import QWidget


def counted(widget: QWidget, color: QColor) -> int:
    """How many pixels of a widget have that colour."""
    image = widget.grab().toImage()
    return sum(
        image.pixelColor(x, y) == color for x in range(image.width()) for y in range(image.height())
    )
