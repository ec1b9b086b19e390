"""Dots that run along links while something passes: few, cheap, none where motion is reduced."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QGraphicsEllipseItem

from app.canvas import metrics
from app.canvas.metrics import Tier
from app.theme import motion, tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.canvas.link_item import LinkItem
    from app.canvas.view import CanvasView

EVERY = 0.1  # seconds
MOST = 40  # Qt repaints single places up to fifty, beyond that all between them
SPEED = 140.0  # canvas pixels a second
RADIUS = 2.6
APART = 0.618  # of a link, so that no two dots march in step


class Pulses:
    """The dots of a view, lent to the links in sight."""

    def __init__(self, view: CanvasView, clock: Callable[[], float] = time.perf_counter) -> None:
        self._view, self._clock = view, clock
        self._at = 0.0
        self._dots: list[QGraphicsEllipseItem] = []

    def tick(self) -> None:
        """Moves the dots where it is time."""
        now = self._clock()
        if now - self._at < EVERY:
            return
        self._at = now
        shown = self._flowing() if self._are_wanted() else []
        for number, item in enumerate(shown):
            length = max(1.0, (item.end - item.start).manhattanLength())
            dot = self._dot(number)
            dot.setPos(item.along((now * SPEED / length + number * APART) % 1.0))
            dot.setBrush(tokens.current().port(item.carries).color.lighter(150))
            dot.show()
        for dot in self._dots[len(shown) :]:
            dot.hide()

    def _are_wanted(self) -> bool:
        full = metrics.tier(self._view.zoom) is Tier.FULL
        return full and self._view.session.is_running and not motion.is_reduced()

    def _flowing(self) -> list[LinkItem]:
        seen, canvas = self._view.seen(), self._view.canvas
        moving = (
            canvas.links[text]
            for text, traffic in self._view.health.traffic.items()
            if traffic.rate > 0 and text in canvas.links
        )
        found = [item for item in moving if item.boundingRect().intersects(seen)]
        return found[:MOST]

    def _dot(self, number: int) -> QGraphicsEllipseItem:
        while number >= len(self._dots):
            dot = QGraphicsEllipseItem(QRectF(-RADIUS, -RADIUS, 2 * RADIUS, 2 * RADIUS))
            dot.setPen(QPen(Qt.PenStyle.NoPen))
            dot.setZValue(2.0)
            self._dots.append(dot)
            self._view.canvas.addItem(dot)
        return self._dots[number]
