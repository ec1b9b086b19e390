"""Plots of how the show goes: rates, milliseconds of each node under the budget, latency."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.theme import tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.meter import Meter, Sample
    from app.theme.tokens import Tokens

SPAN = 60.0  # seconds that are shown
STACKED = 6  # nodes with an area of their own; the rest share one
REDRAW = 2  # samples between two drawings
LEAST = 0.05  # milliseconds a picture under which a node is not named
RATES, TIMES, LATENCY = "frames a second", "milliseconds a picture", "latency in milliseconds"
LINES = (  # field of a sample, title, colour
    ("source_rate", "in", "port.camera"),
    ("generated_rate", "generated", "port.latent"),
    ("output_rate", "out", "port.frame"),
)
AREAS = ("port.latent", "port.frame", "port.prompt", "port.camera", "port.bool", "port.number")
REST = "text.disabled"


class PerformancePanel(QWidget):
    """Three plots side by side over the last minute."""

    def __init__(self, meter: Meter) -> None:
        super().__init__()
        self._meter = meter
        self._shown = 0
        self.setAccessibleName("Performance")
        self._rates, self._times, self._health = map(_plot, (RATES, TIMES, LATENCY))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 4)
        layout.setSpacing(8)
        for plot, share in ((self._rates, 3), (self._times, 4), (self._health, 3)):
            layout.addWidget(plot, share)
        self._lines: dict[str, pg.PlotDataItem] = {}
        self._tops: list[pg.PlotCurveItem] = []  # upper edges of the areas, the ground first
        self._build(tokens.current())
        end = tokens.changed.listen(self._rebuild)
        self.destroyed.connect(lambda _=None: end())

    def tick(self) -> None:
        """Draws what came in since; nothing where nobody sees it."""
        seen = self.isVisible() and not self.visibleRegion().isEmpty()  # not behind another tab
        if seen and self._meter.taken - self._shown >= REDRAW:
            self._shown = self._meter.taken
            self.draw()

    def draw(self) -> None:
        """Draws the samples of the last minute."""
        newest = self._meter.samples[-1]
        samples = [s for s in self._meter.samples if s.time >= newest.time - SPAN]
        times = np.array([sample.time - newest.time for sample in samples])
        for name, line in self._lines.items():
            line.setData(times, [getattr(sample, name) for sample in samples])
        self._draw_stack(times, samples)
        self._budget.setValue(newest.budget_ms)
        self._scale(samples)
        self._caption(newest)

    def _draw_stack(self, times: np.ndarray, samples: Sequence[Sample]) -> None:
        names = [cost.key for cost in samples[-1].busiest[:STACKED]]
        costs = [{cost.key: cost.per_picture_ms for cost in s.costs} for s in samples]
        total = np.array([sum(of.values()) for of in costs])
        below = np.zeros(len(times))
        self._tops[0].setData(times, below)
        for at, top in enumerate(self._tops[1:-1]):
            if at < len(names):
                below = below + np.array([of.get(names[at], 0.0) for of in costs])
            top.setData(times, below)
        self._tops[-1].setData(times, np.maximum(total, below))

    def _scale(self, samples: Sequence[Sample]) -> None:
        """Every axis begins at zero, and the budget line is always in sight."""
        budget = samples[-1].budget_ms
        rates = (getattr(sample, name) for sample in samples for name, _, _ in LINES)
        costs = (sum(cost.per_picture_ms for cost in sample.costs) for sample in samples)
        latest = max(sample.latency_ms for sample in samples)
        _item(self._rates).setYRange(0, max(1000 / budget, *rates) * 1.1, padding=0)
        _item(self._times).setYRange(0, max(budget, *costs) * 1.15, padding=0)
        _item(self._health).setYRange(0, max(50.0, latest) * 1.15, padding=0)

    def _caption(self, newest: Sample) -> None:
        rates = [(title, color, getattr(newest, name)) for name, title, color in LINES]
        _say(self._rates, RATES, [part for part in rates if part[2]])
        dearest = zip(newest.busiest, AREAS, strict=False)
        parts = [(cost.key, color, cost.per_picture_ms) for cost, color in dearest]
        _say(self._times, TIMES, [part for part in parts if part[2] >= LEAST][:4])
        _say(self._health, LATENCY, [("content to output", "warn", newest.latency_ms)])

    def _rebuild(self, look: Tokens) -> None:
        for plot in (self._rates, self._times, self._health):
            plot.clear()
        self._lines.clear()
        self._tops.clear()
        self._build(look)

    def _build(self, look: Tokens) -> None:
        for plot in (self._rates, self._times, self._health):
            _dress(plot, look)
        for name, _, color in LINES:
            self._lines[name] = _line(self._rates, look.color(color))
        self._lines["latency_ms"] = _line(self._health, look.color("warn"))
        self._tops.append(pg.PlotCurveItem(pen=None))
        for name in (*AREAS, REST):
            self._add_area(look.color(name))
        self._budget = pg.InfiniteLine(angle=0, pen=pg.mkPen(look.color("error"), width=1.5))
        self._times.addItem(self._budget)

    def _add_area(self, color: QColor) -> None:
        top = pg.PlotCurveItem(pen=pg.mkPen(color, width=1))
        faint = QColor(color)
        faint.setAlphaF(0.35)
        self._times.addItem(top)
        self._times.addItem(pg.FillBetweenItem(self._tops[-1], top, brush=faint))
        self._tops.append(top)


def _plot(name: str) -> pg.PlotWidget:
    plot = pg.PlotWidget()
    plot.setMinimumHeight(96)
    plot.setAccessibleName(name)
    plot.setMenuEnabled(False)
    plot.setMouseEnabled(False, False)
    plot.hideButtons()
    plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    _item(plot).setTitle(name, size="8pt")
    _item(plot).setXRange(-SPAN, 0, padding=0)
    return plot


def _say(plot: pg.PlotWidget, name: str, parts: Sequence[tuple[str, str, float]]) -> None:
    """What is plotted, and the newest figures in the colours of their lines."""
    look = tokens.current()
    words = [_colored(name, look.hex("text.secondary"))]
    words += [_colored(f"{title} {value:.1f}", look.hex(color)) for title, color, value in parts]
    _item(plot).titleLabel.setText("&nbsp;&nbsp;&nbsp;".join(words), size="8pt")


def _colored(text: str, color: str) -> str:
    return f"<span style='color: {color}'>{escape(text)}</span>"


def _dress(plot: pg.PlotWidget, look: Tokens) -> None:
    plot.setBackground(look.color("bg.panel"))
    item = _item(plot)
    item.showGrid(x=False, y=True, alpha=0.15)
    for name in ("left", "bottom"):
        axis = item.getAxis(name)
        axis.setPen(look.color("border"))
        axis.setTextPen(look.color("text.secondary"))
        axis.setStyle(tickFont=look.font("label", 9))


def _line(plot: pg.PlotWidget, color: QColor) -> pg.PlotDataItem:
    return plot.plot(pen=pg.mkPen(color, width=1.5))


def _item(plot: pg.PlotWidget) -> Any:
    return plot.getPlotItem()  # its stubs know half of what it can do
