"""Where a view looks: zoom and pan, what was looked at before, and what is looked at at each path.

None of it is an edit. A document's own "@camera" is where it begins; `said` is what to write there.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QTransform

from app.canvas import metrics
from app.placement import CAMERA

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.canvas.view import CanvasView

LEGIBLE = metrics.FULL_FROM  # zoom: a document is first seen with its words and pictures
BORDER = 48  # screen pixels around what is framed
SETTLED = 0.12  # seconds after the last zoom
KEPT = 50  # looks that can be gone back to


class Look(NamedTuple):
    """A path, the point of it in the middle of the view, and the zoom."""

    path: str
    x: float
    y: float
    zoom: float

    def is_near(self, other: Look) -> bool:
        """Whether two looks show much the same."""
        if self.path != other.path or not 0.8 < self.zoom / other.zoom < 1.25:
            return False
        return math.hypot(self.x - other.x, self.y - other.y) * self.zoom < 200


class Camera:
    """The eye of a view."""

    def __init__(self, view: CanvasView, clock: Callable[[], float] = time.perf_counter) -> None:
        self._view, self._clock = view, clock
        self._paths: dict[str, Look] = {}  # where one looked last at each path
        self._past: list[Look] = []
        self._at = -1  # in the past
        self._zoomed = 0.0
        self._waiting = True  # for a size to fit into
        self._fitted = False  # shows everything, and nobody looked elsewhere since

    @property
    def look(self) -> Look:
        """What is looked at now."""
        center = self._view.seen().center()
        return Look(self._view.canvas.path, center.x(), center.y(), self._view.zoom)

    # Moving

    def pan(self, dx: float, dy: float) -> None:
        """Moves what is seen by screen pixels."""
        self._fitted = False
        across, down = self._view.horizontalScrollBar(), self._view.verticalScrollBar()
        across.setValue(across.value() - round(dx))
        down.setValue(down.value() - round(dy))
        self._view.minimap.stale()

    def zoom_at(self, position: QPointF, factor: float) -> None:
        """Zooms by a factor; what is under a point of the viewport stays there."""
        under = self._view.to_scene(position)
        self._set(self._view.zoom * factor)
        moved = self._view.viewportTransform().map(under) - position
        self.pan(-moved.x(), -moved.y())

    def look_at(self, center: QPointF, zoom: float) -> None:
        """Puts a point of the scene in the middle, at a zoom."""
        self._fitted = False
        self._set(zoom)
        self._view.centerOn(center)
        self._view.minimap.stale()

    def fit(self, rect: QRectF, least: float = 0.01) -> None:
        """Frames a rectangle of the scene, enlarged no further than 100 %, made no smaller than
        `least`.
        """
        if rect.isEmpty():
            self.look_at(QPointF(0, 0), 1.0)
            return
        size = self._view.viewport().size()
        across = (size.width() - 2 * BORDER) / rect.width()
        down = (size.height() - 2 * BORDER) / rect.height()
        self.look_at(rect.center(), max(least, min(1.0, across, down)))

    # Remembering

    def note(self) -> None:
        """Remembers what is looked at, to go back to."""
        look = self.look
        if 0 <= self._at < len(self._past) and self._past[self._at].is_near(look):
            self._past[self._at] = look
            return
        self._past = [*self._past[: self._at + 1], look][-KEPT:]
        self._at = len(self._past) - 1

    def back(self) -> None:
        """Looks at what was looked at before."""
        self.note()
        self._step(-1)

    def forward(self) -> None:
        """Looks at what was looked at after."""
        self._step(1)

    def _step(self, by: int) -> None:
        if 0 <= self._at + by < len(self._past):
            self._at += by
            self.go(self._past[self._at])

    def go(self, look: Look) -> None:
        """Looks where one looked once."""
        self._view.canvas.go(look.path)
        self.look_at(QPointF(look.x, look.y), look.zoom)

    # Paths and documents

    def entered(self, path: str) -> None:
        """Another path is looked at: as it was left, else all of it."""
        known = self._paths.get(path)
        if known is not None:
            self.go(known)
        else:
            self.fit(self._view.canvas.bounds(), LEGIBLE)
            self._fitted = True

    def resized(self) -> None:
        """Still shows everything where it did, as when panes come and go at the start."""
        if self._fitted:
            self.fit(self._view.canvas.bounds(), LEGIBLE)
            self._fitted = True

    def leaving(self) -> None:
        """Keeps where the path that is left was looked at."""
        self._paths[self._view.canvas.path] = self.look

    def opened(self, view: Mapping[str, Any]) -> None:
        """Another document: where it says that it was looked at, else all of it."""
        self._paths, self._past, self._at = _read(view.get(CAMERA)), [], -1
        self.entered("")

    def said(self) -> dict[str, list[float]]:
        """What a document may keep as "@camera": x, y and zoom by path."""
        looks = {**self._paths, self._view.canvas.path: self.look}
        return {
            path: [round(look.x, 1), round(look.y, 1), round(look.zoom, 3)]
            for path, look in looks.items()
        }

    # Time

    def tick(self) -> None:
        """Lets the chrome become crisp once the zoom stands."""
        canvas = self._view.canvas
        if canvas.hasty and self._clock() - self._zoomed > SETTLED:
            canvas.hasty = False
            self.note()

    def shown(self) -> None:
        """The view has its first size."""
        if self._waiting:
            self._waiting = False
            self.opened(self._view.session.document.view)

    def _set(self, zoom: float) -> None:
        zoom = min(max(zoom, metrics.SMALLEST), metrics.LARGEST)
        before = self._view.zoom
        if zoom == before:
            return
        self._view.canvas.hasty, self._zoomed = True, self._clock()
        self._view.setTransform(QTransform.fromScale(zoom, zoom))
        if metrics.tier(zoom) is not metrics.tier(before):
            self._view.canvas.show_tier(metrics.tier(zoom))


def _read(value: Any) -> dict[str, Look]:
    """The looks that a document names; what is mangled is left out."""
    if isinstance(value, list):
        value = {"": value}
    found = value.items() if isinstance(value, dict) else ()
    read = {str(path): _look(str(path), numbers) for path, numbers in found}
    return {path: look for path, look in read.items() if look is not None}


def _look(path: str, numbers: Any) -> Look | None:
    if not isinstance(numbers, list) or len(numbers) != 3:
        return None
    if not all(isinstance(n, int | float) and math.isfinite(n) for n in numbers):
        return None
    x, y, zoom = (float(n) for n in numbers)
    return Look(path, x, y, zoom) if zoom > 0 and max(abs(x), abs(y)) < 1e6 else None
