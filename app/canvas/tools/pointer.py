"""Where the pointer is: on the canvas, on the screen, with which button and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPoint, QPointF, Qt

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QGraphicsView

    from app.placement import Point

DRIFT, SOON, SLOW_DRIFT = 6.0, 150, 2.0  # pixels and milliseconds: ComfyUI's click tolerance


class Pointer(NamedTuple):
    """One mouse event. `at` is in canvas pixels, `on` in pixels of the view, `time` in ms."""

    at: QPointF
    on: QPointF
    screen: QPoint
    button: Qt.MouseButton
    modifiers: Qt.KeyboardModifier
    time: int

    @property
    def shift(self) -> bool:
        return bool(self.modifiers & Qt.KeyboardModifier.ShiftModifier)

    @property
    def ctrl(self) -> bool:
        return bool(self.modifiers & Qt.KeyboardModifier.ControlModifier)

    @property
    def alt(self) -> bool:
        return bool(self.modifiers & Qt.KeyboardModifier.AltModifier)

    @property
    def place(self) -> Point:
        """Where it is on the canvas, in whole pixels."""
        return round(self.at.x()), round(self.at.y())

    @property
    def is_left(self) -> bool:
        return self.button == Qt.MouseButton.LeftButton

    @property
    def is_right(self) -> bool:
        return self.button == Qt.MouseButton.RightButton

    def has_left(self, start: Pointer) -> bool:
        """Whether this is a drag that began at `start`, and not a click with a shaky hand."""
        away = self.on - start.on
        far = max(abs(away.x()), abs(away.y()))
        return far > DRIFT or (far > SLOW_DRIFT and self.time - start.time > SOON)


def read(view: QGraphicsView, event: QMouseEvent) -> Pointer:
    """The pointer of a mouse event of a view's viewport."""
    on = event.position()
    return Pointer(
        to_scene(view, on),
        on,
        event.globalPosition().toPoint(),
        event.button(),
        event.modifiers(),
        int(event.timestamp()),
    )


def to_scene(view: QGraphicsView, on: QPointF) -> QPointF:
    """A point of the viewport on the canvas, not rounded to whole pixels."""
    return view.viewportTransform().inverted()[0].map(on)
