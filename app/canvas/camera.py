"""Where a view looks: zoom and pan, what was looked at before, and what each document remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QTransform

from app.canvas import metrics

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

BORDER = 48  # screen pixels around what is framed


class Camera:
    """The eye of a view."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view

    @property
    def center(self) -> QPointF:
        """The point of the scene in the middle of the view."""
        return self._view.seen().center()

    def pan(self, dx: float, dy: float) -> None:
        """Moves what is seen by screen pixels."""
        across, down = self._view.horizontalScrollBar(), self._view.verticalScrollBar()
        across.setValue(across.value() - round(dx))
        down.setValue(down.value() - round(dy))

    def zoom_at(self, position: QPointF, factor: float) -> None:
        """Zooms by a factor; what is under a point of the viewport stays there."""
        zoom = min(max(self._view.zoom * factor, metrics.SMALLEST), metrics.LARGEST)
        under = self._view.to_scene(position)
        self._set(zoom)
        moved = self._view.viewportTransform().map(under) - position
        self.pan(-moved.x(), -moved.y())

    def look_at(self, center: QPointF, zoom: float) -> None:
        """Puts a point of the scene in the middle, at a zoom."""
        self._set(min(max(zoom, metrics.SMALLEST), metrics.LARGEST))
        self._view.centerOn(center)

    def fit(self, rect: QRectF) -> None:
        """Frames a rectangle of the scene, enlarged no further than 100 %."""
        if rect.isEmpty():
            self.look_at(QPointF(0, 0), 1.0)
            return
        size = self._view.viewport().size()
        across = (size.width() - 2 * BORDER) / rect.width()
        down = (size.height() - 2 * BORDER) / rect.height()
        self.look_at(rect.center(), min(1.0, max(across, 0.01), max(down, 0.01)))

    def keep(self) -> None:
        """Remembers where one looks."""

    def tick(self) -> None:
        """Follows what is on its way."""

    def _set(self, zoom: float) -> None:
        before = metrics.tier(self._view.zoom)
        self._view.setTransform(QTransform.fromScale(zoom, zoom))
        tier = metrics.tier(zoom)
        if tier is not before:
            for link in self._view.canvas.links.values():
                link.show_tier(tier)
