"""Every edit by its name, to go back to and forward again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QListWidget, QListWidgetItem

from app.theme import tokens

if TYPE_CHECKING:
    from app.session import Session


class HistoryPanel(QListWidget):
    """The steps, the latest last; a click goes there. What was undone stays below, greyed."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._stale = True
        self.setAccessibleName("History")
        session.changed.listen(lambda _: self._mark_stale())
        session.opened.listen(lambda _: self._mark_stale())
        self.itemClicked.connect(lambda item: self.go(self.row(item)))
        self.itemActivated.connect(lambda item: self.go(self.row(item)))

    def go(self, row: int) -> None:
        """Undoes or redoes until that many steps stand."""
        for _ in range(len(self._session.history.labels) - row):
            self._session.undo()
        for _ in range(row - len(self._session.history.labels)):
            self._session.redo()

    def tick(self) -> None:
        """Lists the steps where they changed and somebody looks."""
        if self._stale and self.isVisible():
            self._stale = False
            self.fill()

    def fill(self) -> None:
        """Lists the steps."""
        history = self._session.history
        self.clear()
        for label in ("Opened", *history.labels):
            self.addItem(QListWidgetItem(label))
        self.setCurrentRow(self.count() - 1)
        for label in history.undone:
            item = QListWidgetItem(label)
            item.setForeground(tokens.current().color("text.disabled"))
            self.addItem(item)
        self.scrollToItem(self.currentItem())

    def _mark_stale(self) -> None:
        self._stale = True
