"""Plots of how the show goes: rates, milliseconds of each node under the budget, latency."""

from __future__ import annotations

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
AREAS = ("port.latent", "port.frame", "port.prompt", "port.camera", "port.bool", "port.number")
REST = "text.disabled"


class PerformancePanel(QWidget):
    """Three plots side by side over the last minute."""

    def __init__(self, meter: Meter) -> None:
        super().__init__()
        self._meter = meter
        self._shown = 0
        self.setAccessibleName("Performance")
        self._rates = _plot("frames a second", 0.0)
        self._times = _plot("milliseconds a picture", 0.0)
        self._health = _plot("latency, ms", 0.0)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 4)
        layout.setSpacing(8)
        for plot, share in ((self._rates, 3), (self._times, 4), (self._health, 3)):
            layout.addWidget(plot, share)
        self._lines: dict[str, pg.PlotDataItem] = {}
        self._areas: list[tuple[pg.PlotCurveItem, pg.FillBetweenItem]] = []
        self._legend = self._times.addLegend(offset=(4, 2), labelTextSize="8pt", verSpacing=-6)
        self._build(tokens.current())
        tokens.changed.listen(self._rebuild)

    def tick(self) -> None:
        """Draws what came in since; nothing where nobody sees it."""
        if self.isVisible() and self._meter.taken - self._shown >= REDRAW:
            self._shown = self._meter.taken
            self.draw()

    def draw(self) -> None:
        """Draws the samples of the last minute."""
        samples = [s for s in self._meter.samples if s.time >= self._meter.samples[-1].time - SPAN]
        times = np.array([sample.time - samples[-1].time for sample in samples])
        for name in ("source_rate", "generated_rate", "output_rate"):
            self._lines[name].setData(times, [getattr(sample, name) for sample in samples])
        self._lines["latency_ms"].setData(times, [sample.latency_ms for sample in samples])
        self._draw_stack(times, samples)
        self._budget.setValue(samples[-1].budget_ms)

    def _draw_stack(self, times: np.ndarray, samples: Sequence[Sample]) -> None:
        names = [cost.key for cost in samples[-1].busiest[:STACKED]]
        costs = [{cost.key: cost.per_picture_ms for cost in s.costs} for s in samples]
        layers = [np.array([of.get(name, 0.0) for of in costs]) for name in names]
        total = np.array([sum(of.values()) for of in costs])
        layers.append(np.maximum(total - sum(layers, np.zeros(len(total))), 0.0))
        below = np.zeros(len(times))
        self._legend.clear()
        for at, (curve, _) in enumerate(self._areas[1:]):
            layer = layers[at] if at < len(layers) else np.zeros(len(times))
            below = below + layer
            curve.setData(times, below)
            name = names[at] if at < len(names) else "other nodes" if at == len(names) else ""
            if name and layer[-1] > 0:
                self._legend.addItem(_swatch(curve), f"{name} {layer[-1]:.1f}")
        self._areas[0][0].setData(times, np.zeros(len(times)))

    def _rebuild(self, look: Tokens) -> None:
        for plot in (self._rates, self._times, self._health):
            plot.clear()
        self._lines.clear()
        self._areas.clear()
        self._build(look)

    def _build(self, look: Tokens) -> None:
        for plot in (self._rates, self._times, self._health):
            _dress(plot, look)
        names = (
            ("source_rate", "port.camera", "in"),
            ("generated_rate", "port.latent", "generated"),
        )
        for name, color, title in (*names, ("output_rate", "port.frame", "out")):
            self._lines[name] = _line(self._rates, look.color(color), title)
        self._lines["latency_ms"] = _line(self._health, look.color("warn"), "camera to output")
        self._budget = pg.InfiniteLine(angle=0, pen=pg.mkPen(look.color("error"), width=1.5))
        self._build_areas(look)
        self._times.addItem(self._budget)

    def _build_areas(self, look: Tokens) -> None:
        ground = pg.PlotCurveItem(pen=None)
        self._areas.append((ground, pg.FillBetweenItem(ground, ground)))
        for name in (*AREAS, REST):
            curve = pg.PlotCurveItem(pen=pg.mkPen(look.color(name), width=1))
            fill = pg.FillBetweenItem(self._areas[-1][0], curve, brush=_faint(look.color(name)))
            for item in (curve, fill):
                self._times.addItem(item)
            self._areas.append((curve, fill))


def _plot(title: str, low: float) -> pg.PlotWidget:
    plot = pg.PlotWidget()
    plot.setMinimumHeight(96)
    plot.setAccessibleName(title)
    plot.setTitle(title, size="8pt")
    plot.setMenuEnabled(False)
    plot.setMouseEnabled(False, False)
    plot.hideButtons()
    _item(plot).setXRange(-SPAN, 0, padding=0)
    plot.setLimits(yMin=low)
    plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return plot


def _dress(plot: pg.PlotWidget, look: Tokens) -> None:
    plot.setBackground(look.color("bg.panel"))
    item = _item(plot)
    item.titleLabel.setText(item.titleLabel.text, color=look.hex("text.secondary"), size="8pt")
    item.showGrid(x=False, y=True, alpha=0.15)
    for name in ("left", "bottom"):
        axis = item.getAxis(name)
        axis.setPen(look.color("border"))
        axis.setTextPen(look.color("text.secondary"))
        axis.setStyle(tickFont=look.font("label", 9))


def _item(plot: pg.PlotWidget) -> Any:
    return plot.getPlotItem()  # its stubs know half of what it can do


def _line(plot: pg.PlotWidget, color: QColor, name: str) -> pg.PlotDataItem:
    if _item(plot).legend is None:
        plot.addLegend(offset=(4, 2), labelTextSize="8pt", verSpacing=-6)
    return plot.plot(pen=pg.mkPen(color, width=1.5), name=name)


def _swatch(curve: pg.PlotCurveItem) -> pg.PlotDataItem:
    return pg.PlotDataItem(pen=pg.mkPen(curve.opts["pen"].color(), width=3))


def _faint(color: QColor) -> QColor:
    faint = QColor(color)
    faint.setAlphaF(0.35)
    return faint
