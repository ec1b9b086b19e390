"""The models that a generator can name, with what they weigh and their terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem

from app.model_list import models
from app.theme import icon, tokens

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

    from engine.weights import Weights

NAME = Qt.ItemDataRole.UserRole
MARKS = {"embedded": ("ok", "ok"), "cached": ("ok", "text"), "missing": ("info", "text.disabled")}


class ModelsPanel(QTreeWidget):
    """`chosen` tells the name of a model that was double-clicked."""

    chosen = Signal(str)

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        self._weights = weights
        self.setAccessibleName("Models")
        self.setRootIsDecorated(False)
        self.setHeaderLabels(["Model", "Size", "Licence"])
        self.setColumnWidth(0, 140)
        self.itemActivated.connect(lambda item: self.chosen.emit(item.data(0, NAME)))

    def showEvent(self, event: QShowEvent) -> None:
        """Looks again each time it comes up, as files may have come since."""
        super().showEvent(event)
        self.fill()

    def fill(self) -> None:
        """Lists every model."""
        self.clear()
        for model in models(self._weights):
            item = QTreeWidgetItem([model.name, model.amount, model.licence])
            picture, color = MARKS[model.state]
            item.setIcon(0, icon(picture, color))
            item.setForeground(0, tokens.current().color(color if color != "ok" else "text"))
            item.setData(0, NAME, model.name)
            where = model.path or f"not on this machine; {model.link}"
            item.setToolTip(0, f"{model.state}: {where}\nDouble-click to use it")
            self.addTopLevelItem(item)
