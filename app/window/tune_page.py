"""The Tune workspace: plots above, the table of costs below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter

if TYPE_CHECKING:
    from app.panels.performance import PerformancePanel
    from app.panels.tune import TuneTable


class TunePage(QSplitter):
    """Where time goes."""

    def __init__(self, plots: PerformancePanel, table: TuneTable) -> None:
        super().__init__(Qt.Orientation.Vertical)
        self.plots, self.table = plots, table
        self.addWidget(plots)
        self.addWidget(table)
        self.setSizes([360, 480])

    def tick(self) -> None:
        self.plots.tick()
        self.table.tick()
