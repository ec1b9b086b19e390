"""A link on the canvas: a curve in the colour and line of its type, led over dots where it has any.

Qt draws it from a path and a pen, so that links cost the interpreter nothing while they stand.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsPathItem

from app.canvas.metrics import Tier
from app.theme import tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.canvas.node_item import NodeItem
    from app.placement import Point
    from engine.parts import Link

DOT = 3.0  # radius of a reroute dot
STEPS = 16  # pieces that a curve is taken as when a point is sought on it
LINES = {"dash": [4.0, 3.0], "dot": [1.0, 2.0], "solid": [], "double": []}


@dataclass(frozen=True)
class LinkLook:
    """The state of a link."""

    hovered: bool = False
    selected: bool = False
    dimmed: bool = False
    cut: bool = False  # the knife is over it
    target: bool = False  # a node would be inserted here
    warning: str = ""  # why it carries nothing
    stale: bool = False  # what it carries is old


class LinkItem(QGraphicsPathItem):
    """A link between two node items. `text` is the link with path keys as a document writes it."""

    def __init__(self, link: Link, source: NodeItem, target: NodeItem) -> None:
        super().__init__()
        self.link, self.text = link, str(link)
        self.source, self.target = source, target
        self.waypoints: tuple[Point, ...] = ()
        self.look = LinkLook()
        self.tier = Tier.FULL
        self._polyline: list[Point] | None = None
        self.setBrush(Qt.BrushStyle.NoBrush)

    @property
    def carries(self) -> type:
        return self.source.port_type(self.link.source_port, True)

    @property
    def start(self) -> QPointF:
        return self.source.port_pos(self.link.source_port, True)

    @property
    def end(self) -> QPointF:
        return self.target.port_pos(self.link.target_port, False)

    def lead(self, waypoints: tuple[Point, ...]) -> None:
        """Leads the curve over other dots."""
        self.waypoints = waypoints
        self.reroute()

    def reroute(self) -> None:
        """Draws the curve between where the ports are now."""
        self._polyline = None
        points = [self.start, *(QPointF(x, y) for x, y in self.waypoints), self.end]
        double = tokens.current().port(self.carries).line == "double"
        path = QPainterPath()
        for offset in (-2.0, 2.0) if double else (0.0,):
            add_curve(path, [point + QPointF(0, offset) for point in points])
        for x, y in self.waypoints:
            for radius in (DOT, DOT / 3):  # a stroke fills it
                path.addEllipse(QPointF(x, y), radius, radius)
        self.setPath(path)

    def mark(self, **changes: Any) -> None:
        """Changes states by name, see `LinkLook`."""
        look = replace(self.look, **changes)
        if look != self.look:
            self.look = look
            self.setZValue(1.0 if look.hovered or look.selected or look.target else 0.0)
            self.restyle()

    def show_tier(self, tier: Tier) -> None:
        """Another level of detail."""
        self.tier = tier
        self.restyle()

    def restyle(self) -> None:
        """Chooses the pen by type, state and level of detail."""
        self.setPen(_pen(self))

    def distance(self, point: QPointF) -> float:
        """How far a point lies from the curve, in canvas pixels."""
        line = self.polyline()
        x, y = point.x(), point.y()
        return min(_from_segment(x, y, a, b) for a, b in pairwise(line))

    def polyline(self) -> list[Point]:
        """The curve as short straight pieces."""
        if self._polyline is None:
            points = [_point(self.start), *self.waypoints, _point(self.end)]
            self._polyline = [points[0]]
            for a, b, bend in _pieces(points):
                self._polyline += _sampled(a, b, bend)
        return self._polyline

    def along(self, share: float) -> QPointF:
        """A point on the curve, 0 at its start and 1 at its end."""
        line = self.polyline()
        at = min(max(share, 0.0), 1.0) * (len(line) - 1)
        below = min(int(at), len(line) - 2)
        (ax, ay), (bx, by), rest = line[below], line[below + 1], at - below
        return QPointF(ax + (bx - ax) * rest, ay + (by - ay) * rest)

    def waypoint_near(self, point: QPointF, radius: float) -> int | None:
        """The number of the dot within a radius, None where there is none."""
        for number, (x, y) in enumerate(self.waypoints):
            if math.hypot(point.x() - x, point.y() - y) <= radius:
                return number
        return None

    def __repr__(self) -> str:
        return f"<LinkItem {self.text}>"


def add_curve(path: QPainterPath, points: list[QPointF]) -> None:
    """Adds a curve that leaves each point to the right and arrives from the left."""
    path.moveTo(points[0])
    for (ax, ay), (bx, by), bend in _pieces([_point(point) for point in points]):
        path.cubicTo(ax + bend, ay, bx - bend, by, bx, by)


def pen_for(kind: type, *, width: float = 0.0) -> QPen:
    """The pen of a type at rest."""
    look = tokens.current().port(kind)
    pen = QPen(look.color, width or look.width)
    if LINES[look.line]:
        pen.setDashPattern(LINES[look.line])
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen


def _pen(item: LinkItem) -> QPen:
    state, look = item.look, tokens.current()
    pen = pen_for(item.carries)
    color = QColor(pen.color())
    if state.cut or state.warning:
        color = QColor(look.color("error" if state.cut else "warn"))
        pen.setDashPattern([2.0, 3.0])
    elif state.selected:
        color = QColor(look.color("selection"))
    elif state.target:
        color = QColor(look.color("accent"))
    elif not state.hovered:
        color = _faded(color, 0.45 if state.stale else 0.2)
    if state.hovered or state.selected or state.target or state.cut:
        pen.setWidthF(pen.widthF() + 1.5)
    if state.dimmed:
        color = _faded(color, 0.65)
    pen.setColor(color)
    if item.tier is not Tier.FULL:  # a third of the cost of a line with a width
        pen.setWidthF(1.0 + state.selected + state.hovered)
        pen.setCosmetic(True)
    return pen


def _faded(color: QColor, share: float) -> QColor:
    """A colour moved toward the canvas; drawing it costs less than one that shines through."""
    back = tokens.current().color("bg.canvas")
    pairs = zip(_rgb(color), _rgb(back), strict=True)
    return QColor.fromRgbF(*(own * (1 - share) + behind * share for own, behind in pairs))


def _rgb(color: QColor) -> tuple[float, float, float]:
    return color.redF(), color.greenF(), color.blueF()


def _pieces(points: list[Point]) -> Iterator[tuple[Point, Point, float]]:
    """From point to point, and how far the handles reach: back from dot to dot it is straight."""
    last = len(points) - 2
    for number, (a, b) in enumerate(pairwise(points)):
        runs_back = b[0] < a[0] and 0 < number < last
        yield a, b, 0.0 if runs_back else _bend(*a, *b)


def _bend(ax: float, ay: float, bx: float, by: float) -> float:
    """How far the handles of a curve reach: half the way, and more where it runs backwards."""
    ahead = bx - ax
    if ahead >= 0:
        return max(ahead * 0.5, min(40.0, abs(by - ay) * 0.5 + ahead * 0.5))
    return min(40.0 - ahead * 0.5, 240.0)


def _sampled(a: Point, b: Point, bend: float) -> list[Point]:
    found: list[Point] = []
    for step in range(1, STEPS + 1):
        t = step / STEPS
        s = 1.0 - t
        k0, k1, k2, k3 = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
        x = k0 * a[0] + k1 * (a[0] + bend) + k2 * (b[0] - bend) + k3 * b[0]
        found.append((x, (k0 + k1) * a[1] + (k2 + k3) * b[1]))
    return found


def _from_segment(x: float, y: float, a: Point, b: Point) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    t = 0.0 if length == 0 else min(1.0, max(0.0, ((x - a[0]) * dx + (y - a[1]) * dy) / length))
    return math.hypot(x - a[0] - t * dx, y - a[1] - t * dy)


def _point(point: QPointF) -> Point:
    return point.x(), point.y()
