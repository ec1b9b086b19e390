"""Brings what the engine does onto the canvas: pictures and traces, a little at every tick.

Only nodes in sight are looked at, twelve times a second at most, the longest neglected first, and
no tick takes longer than its share.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from app.canvas import metrics
from app.canvas.metrics import Tier
from app.canvas.origins import shown_output
from app.canvas.pictures import thumbnail
from engine.values import Trigger

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.canvas.node_item import NodeItem
    from app.canvas.view import CanvasView
    from engine.packet import Packet

EVERY = 1 / 12  # seconds between two pictures of one node, usually
SHARE = 0.002  # seconds that a tick may take
KEPT = 80  # values of a trace


class Feed:
    """The pictures in the nodes of a view; `on` is whether any is shown."""

    def __init__(self, view: CanvasView, clock: Callable[[], float] = time.perf_counter) -> None:
        self._view, self._clock = view, clock
        self.every = EVERY  # infinity for pictures that stand still
        self._at: dict[str, float] = {}  # when a node was looked at last
        self._seen: dict[str, Packet] = {}  # what it showed then
        self._traces: dict[str, deque[float]] = {}
        self._counts: dict[str, Trigger] = {}
        self.on = True

    def tick(self) -> None:
        """Refreshes some of the nodes in sight."""
        view = self._view
        if not self.on or metrics.tier(view.zoom) is not Tier.FULL or not view.session.is_running:
            return
        began = self._clock()
        for item in self._due(began):
            self._at[item.key] = began
            self._refresh(item)
            if self._clock() - began > SHARE:
                return

    def forget(self) -> None:
        """The items are others: what was shown is not."""
        self._at.clear()
        self._seen.clear()
        self._traces.clear()
        self._counts.clear()

    def _due(self, now: float) -> list[NodeItem]:
        seen = self._view.seen()
        left, top, right, bottom = seen.left(), seen.top(), seen.right(), seen.bottom()
        due = [
            item
            for item in self._view.canvas.nodes.values()
            if item.face.preview
            and now - self._at.get(item.key, 0.0) >= self.every
            and left - item.face.size[0] < item.x() < right
            and top - item.face.size[1] < item.y() < bottom
        ]
        return sorted(due, key=lambda item: self._at.get(item.key, 0.0))

    def _refresh(self, item: NodeItem) -> None:
        packet = self._newest(item)
        if packet is None:
            return
        if item.face.preview == "trace":
            self._extend(item, packet.value)
        elif self._seen.get(item.key) is not packet:
            self._seen[item.key] = packet
            self._show(item, packet)

    def _newest(self, item: NodeItem) -> Packet | None:
        session = self._view.session
        output = shown_output(session.graph, item)
        tap = session.tap(*output) if output is not None else None
        packet = tap.newest() if tap is not None else None
        is_ready = packet is not None and (packet.ready is None or packet.ready.query())
        return packet if is_ready else None

    def _show(self, item: NodeItem, packet: Packet) -> None:
        scale = min(2.0, self._view.zoom * self._view.devicePixelRatioF())
        width, height = (round(side * scale) for side in metrics.PICTURE)
        picture = thumbnail(packet.value, width, height)
        if picture is not None:
            item.show_picture(picture)

    def _extend(self, item: NodeItem, value: object) -> None:
        if not isinstance(value, int | float):
            return
        trace = self._traces.setdefault(item.key, deque(maxlen=KEPT))
        if isinstance(value, Trigger):  # a counter: what shows is whether it went up
            before = self._counts.get(item.key, value)
            self._counts[item.key] = value
            value = value > before
        trace.append(float(value))
        item.show_trace(list(trace))
